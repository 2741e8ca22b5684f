import pytest
import tiny_downloads as tiny

from facegen_jax.core.errors import UserError
from facegen_jax.data.builders.oulu_casia.parse import parse


@pytest.mark.parametrize(
  'folder',
  [
    'VL',
    'OriginalImg/VL',
    'B_OriginalImg/VL',
    'B_OriginalImg/B_OriginalImg/OriginalImg/VL',
    'Oulu_CASIA_NIR_VIS/VL',
    'OriginalImg/VL/VL',
    'originalimg/vl',
  ],
)
def test_the_originals_are_found_however_they_are_wrapped(tmp_path, folder):
  tiny.oulu_casia_clip(tmp_path / folder / 'Strong/P001/Anger')
  found = parse(tmp_path, 'original')
  assert tiny.names(found) == [('P001', 'VL_Strong_Anger')]
  assert found.skipped == ()
  with pytest.raises(UserError, match=r'VL_Acropped.* not found'):
    parse(tmp_path, 'preprocessed')


@pytest.mark.parametrize(
  'folder',
  [
    'PreProcess Img/NI_Acropped',
    'PreProcess_Img/NI_Acropped',
    'PreProcessImg/PreProcessImg/NI_Acropped',
    'C_PreProcess/NI Acropped',
    'preprocess/NI',
    'anything/NI_Acropped',
  ],
)
def test_the_crops_are_found_however_they_are_spelt(tmp_path, folder):
  tiny.oulu_casia_clip(tmp_path / folder / 'Weak/P001/Fear')
  found = parse(tmp_path, 'preprocessed')
  assert tiny.names(found) == [('P001', 'NI_Weak_Fear')]
  assert found.skipped == ()
  with pytest.raises(UserError, match=r'OriginalImg.* not found'):
    parse(tmp_path, 'original')


@pytest.mark.parametrize('top', ['', 'preprocess'])
def test_the_sets_are_told_apart_side_by_side(tmp_path, top):
  top = tmp_path / top
  original = tiny.oulu_casia_clip(top / 'OriginalImg/VL/Strong/P001/Anger')
  crops = tiny.oulu_casia_clip(
    top / 'PreProcess Img/VL_Acropped/Strong/P001/Anger'
  )
  (top / 'PreProcess Img/change_log.txt').touch()
  for image_set, folder in (('original', original), ('preprocessed', crops)):
    found = parse(top, image_set)
    assert [clip.path for clip in found.clips] == [folder]
    assert found.skipped == ()


def test_a_flattened_set_lies_beside_the_crops(tmp_path):
  tiny.oulu_casia_clip(tmp_path / 'VL/Strong/P001/Anger')
  tiny.oulu_casia_clip(tmp_path / 'PreProcess Img/VL_Acropped/Strong/P001/Fear')
  (tmp_path / 'A_Videos').mkdir()
  found = parse(tmp_path)
  assert tiny.names(found) == [('P001', 'VL_Strong_Anger')]
  assert found.skipped == (('A_Videos', 'neither VL nor NI'),)
  found = parse(tmp_path, 'preprocessed')
  assert tiny.names(found) == [('P001', 'VL_Strong_Fear')]
