"""Subject folds that others published, by database."""

from facegen_jax.data.folds import Fold, Person

# ImaGINator's lists (WACV 2020; github.com/wyhsirius/ImaGINator, annotation/)
# of the 52 people whom MUG releases. FEV-GAN reports on 80/20 of these 52 and
# names nobody; SSLG gives no split at all.
_MUG_TRAIN = """
  001 002 006 007 008 010 013 014 020 021 027 028 030 031 032 033 036 037 038
  039 040 042 043 044 046 048 049 052 061 062 063 066 070 071 072 074 075 076
  077 079 082 084
"""
_MUG_TEST = '017 034 045 055 060 064 065 073 078 083'

# The three parts of the usual cross-validation over eight action units, as in
# ME-GraphAU (IJCAI 2022, tool/DISFA_image_label_process.py) and elsewhere.
_DISFA_1 = 'SN002 SN010 SN001 SN026 SN027 SN032 SN030 SN009 SN016'
_DISFA_2 = 'SN013 SN018 SN011 SN028 SN012 SN006 SN031 SN021 SN024'
_DISFA_3 = 'SN003 SN029 SN023 SN025 SN008 SN005 SN007 SN017 SN004'


def _persons(database: str, subjects: str) -> tuple[Person, ...]:
  return tuple(Person(database, subject) for subject in subjects.split())


def mug_52() -> Fold:
  """42 people of MUG to train on and 10 to test on, those of ImaGINator."""
  return Fold(_persons('mug', _MUG_TRAIN), _persons('mug', _MUG_TEST))


def disfa_folds() -> tuple[Fold, Fold, Fold]:
  """Three folds of DISFA's 27 people, 18 to train on and 9 to test on.

  Numbered as in ME-GraphAU: its fold 1 tests on the third part.
  """
  a, b, c = (_persons('disfa', p) for p in (_DISFA_1, _DISFA_2, _DISFA_3))
  return Fold(a + b, c), Fold(a + c, b), Fold(b + c, a)
