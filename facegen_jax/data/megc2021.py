"""The nine driving clips of the generation task of MEGC 2021.

Each drives two faces, and a generator must not have seen them.
"""

from collections.abc import Sequence

from facegen_jax.data.folds import Key, Person, person_of

# Negative, positive, surprise.
MEGC2021_DRIVING: tuple[tuple[Person, str], ...] = (
  (Person('casme2', 'sub01'), 'EP19_06f'),
  (Person('casme2', 'sub19'), 'EP01_01f'),
  (Person('casme2', 'sub17'), 'EP01_13'),
  (Person('samm', '018'), '018_3_1'),
  (Person('samm', '022'), '022_3_3'),
  (Person('samm', '007'), '007_7_1'),
  (Person('smic', 's11'), 's11_ne_02'),
  (Person('smic', 's3'), 's3_po_05'),
  (Person('smic', 's20'), 's20_sur_01'),
)


def without_driving(
  keys: Sequence[Key], *, whole_people: bool = False
) -> list[Key]:
  """What may be trained on when the task of MEGC 2021 is evaluated.

  Args:
    keys: (person, clip) or rows; their order is kept. People alone only with
      `whole_people`.
    whole_people: drop every clip of the nine people, not the nine clips only.
  """
  if whole_people:
    drivers = {person for person, _ in MEGC2021_DRIVING}
    return [key for key in keys if person_of(key) not in drivers]
  return [key for key in keys if _clip_of(key) not in MEGC2021_DRIVING]


def _clip_of(key: Key) -> tuple[Person, str]:
  if isinstance(key, Person):
    raise TypeError(f'{key!r} names no clip: give (person, clip)')
  return person_of(key), key[1]
