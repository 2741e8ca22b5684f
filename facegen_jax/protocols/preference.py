"""FME generation's preference study on folders of clips (Tables III to V).

Its figures are those of `studies`; here votes meet the clips they are on.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from facegen_jax.core.errors import UserError
from facegen_jax.protocols import footage


class Votes(Protocol):
  """A comparison, as `studies.votes.Votes`: two methods and the items."""

  a: str
  b: str
  items: tuple[str, ...]


def check(
  comparisons: Sequence[Votes], methods: Mapping[str, footage.Listing]
) -> None:
  """Raises UserError for votes on other methods or clips than are given."""
  for votes in comparisons:
    for name in (votes.a, votes.b):
      if name not in methods:
        raise UserError(
          f'votes of {votes.a} against {votes.b}: no folder of {name}; give '
          f'--generated={name}=FOLDER, or name methods as the votes do'
        )
      lacking = [i for i in votes.items if i not in methods[name].clips]
      if lacking:
        raise UserError(
          f'{methods[name].root}: {len(lacking)} of {len(votes.items)} items '
          f'voted on lack, first {lacking[0]}; an item is a clip by its path '
          'without suffix'
        )
