from facegen_jax.data import folds, published_folds

# LFDM's lists (CVPR 2023) of the same 52 people: an independent source.
LFDM = """
  008 017 021 028 030 031 034 036 037 038 039 042 043 044 045 055 060 061 062
  063 071 075 076 077 083 084
  001 002 006 007 010 013 014 020 027 032 033 040 046 048 049 052 064 065 066
  070 072 073 074 078 079 082
"""

# All people of DISFA: 27 of the numbers up to 32.
DISFA = sorted({*range(1, 33)} - {14, 15, 19, 20, 22})


def test_mug_is_42_and_10_of_the_released_52():
  fold = published_folds.mug_52()
  assert (len(fold.train), len(fold.test)) == (42, 10)
  people = folds.people(fold.train + fold.test)
  assert [p.subject for p in people] == sorted(LFDM.split())
  assert {p.database for p in people} == {'mug'}


def test_disfa_tests_everybody_once():
  done = published_folds.disfa_folds()
  assert [(len(f.train), len(f.test)) for f in done] == [(18, 9)] * 3
  tested = sorted(p for f in done for p in f.test)
  assert [p.subject for p in tested] == [f'SN{i:03d}' for i in DISFA]
  assert all(sorted(f.train + f.test) == tested for f in done)


def test_disfa_first_fold_tests_the_third_part():
  first, second, third = published_folds.disfa_folds()
  for fold, number in ((first, 3), (second, 13), (third, 2)):
    assert f'SN{number:03d}' in {p.subject for p in fold.test}
