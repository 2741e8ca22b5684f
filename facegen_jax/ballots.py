"""A preference study: clips side by side for raters, and their votes.

  python -m facegen_jax.ballots --generated=awp=gen/awp --generated=fomm=gen/a \
    --out=study --raters=31
  python -m facegen_jax.ballots --out=study --count
  python -m facegen_jax.compare --protocol=preference --votes=study/votes.csv \
    --generated=awp=gen/awp --generated=fomm=gen/a --out=preferred

A rater gets `clips/` and a form of `forms/`, and writes left or right beside
each video's name. key.csv tells the methods: keep it from raters. The method
that is expected to win is named first.
"""

from collections.abc import Sequence

from absl import flags

from facegen_jax.core.paths import expanded
from facegen_jax.method_flag import named
from facegen_jax.start import start

_GENERATED = flags.DEFINE_multi_string(
  'generated', [], 'NAME=FOLDER of generated clips; once a method.'
)
_OUT = flags.DEFINE_string('out', None, 'Folder of the study.')
_RATERS = flags.DEFINE_integer('raters', 31, 'How many forms.', 1, 10_000)
_SEED = flags.DEFINE_integer('seed', 0, 'Of names, sides and orders.', 0)
_COUNT = flags.DEFINE_bool('count', False, 'Read the forms, write votes.csv.')
flags.mark_flag_as_required('out')


def main(argv: Sequence[str]) -> None:
  """Makes the ballots, or counts them."""
  del argv
  out = expanded(_OUT.value)
  if _COUNT.value:
    from facegen_jax.studies import ballots

    found = ballots.count(out)
    print(f'{found.votes} votes, {found.empty} not cast: {out / "votes.csv"}')
    return
  methods = named(_GENERATED.value)
  from facegen_jax.protocols import ballots as made  # --help must not wait
  from facegen_jax.protocols import footage

  listings = {name: footage.listed(path) for name, path in methods.items()}
  shown = made.make(listings, out, raters=_RATERS.value, seed=_SEED.value)
  print(
    f'{len(shown)} videos in {out / "clips"}, {_RATERS.value} forms in '
    f'{out / "forms"}; {out / "key.csv"} is not for raters'
  )


if __name__ == '__main__':
  start(main)
