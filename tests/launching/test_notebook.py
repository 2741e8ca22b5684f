"""The notebook runs from its first cell to its last."""

import nbclient
import nbformat
import pytest
from smoke import ROOT, environment

from facegen_jax.data import video

NOTEBOOK = ROOT / 'notebooks' / 'faces.ipynb'
# Of Jupyter's own, when it starts and ends a kernel.
pytestmark = [
  pytest.mark.filterwarnings('ignore::DeprecationWarning'),
  pytest.mark.filterwarnings('ignore::ResourceWarning'),
]


def executed(folder, **given):
  """The notebook after all its cells, run in its own folder."""
  notebook = nbformat.read(NOTEBOOK, as_version=4)
  own = {f'FACEGEN_{name}': str(value) for name, value in given.items()}
  client = nbclient.NotebookClient(
    notebook,
    timeout=300,
    kernel_name='python3',
    resources={'metadata': {'path': str(folder)}},
  )
  client.execute(env=environment(**own))
  return notebook


def test_all_cells_run(shared, data_dir, tmp_path):
  run = tmp_path / 'run'
  notebook = executed(
    NOTEBOOK.parent,
    CONFIG='configs/sslg.py:smoke',
    RUN=run,
    DATA=data_dir,
    FACE_LANDMARKER=shared / 'data/models/face_landmarker.task',
  )
  made = [set(_shown(cell)) for cell in notebook.cells]
  pictures = [i for i, kinds in enumerate(made) if 'image/png' in kinds]
  assert len(pictures) == 3  # faces, sheet, frames of the animation
  assert 'video/mp4' in made[-1] | _html(notebook.cells[-1])
  assert video.probe(run / 'animated.mp4').frames == 50


def test_another_folder_is_told(tmp_path):
  with pytest.raises(nbclient.exceptions.CellExecutionError, match='PROJECT'):
    executed(tmp_path, PROJECT=tmp_path / 'nothing')


def test_it_is_stored_without_outputs():
  notebook = nbformat.read(NOTEBOOK, as_version=4)
  nbformat.validate(notebook)
  code = [cell for cell in notebook.cells if cell.cell_type == 'code']
  assert not [c for c in code if c.outputs or c.execution_count]


def _shown(cell):
  for output in cell.get('outputs', ()):
    yield from output.get('data', ())


def _html(cell):
  texts = [o.get('data', {}).get('text/html', '') for o in cell.outputs]
  return {'video/mp4'} if any('video/mp4' in text for text in texts) else set()
