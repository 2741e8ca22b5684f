import jax
import numpy as np
import pytest

from facegen_jax.data import vocabulary
from facegen_jax.data.synthface import (
  EXPRESSIONS,
  render_batch,
  sample_identity,
  sample_scene,
)
from facegen_jax.data.synthface.clips import to_uint8


@pytest.fixture
def landmarker(shared):
  from mediapipe.tasks import python as mp_tasks

  path = shared / 'data/models/face_landmarker.task'
  options = mp_tasks.vision.FaceLandmarkerOptions(
    base_options=mp_tasks.BaseOptions(model_asset_path=str(path)),
    output_face_blendshapes=True,
  )
  model = mp_tasks.vision.FaceLandmarker.create_from_options(options)
  yield model
  model.close()


@pytest.mark.filterwarnings('ignore')
def test_a_face_detector_sees_faces_and_smiles(landmarker):
  import mediapipe as mp

  keys = jax.random.split(jax.random.key(11), 12)
  other = jax.random.split(jax.random.key(12), 12)
  aus = np.stack([EXPRESSIONS[e] for e in vocabulary.EMOTIONS * 2])
  faces = (jax.vmap(sample_identity)(keys), aus, jax.vmap(sample_scene)(other))
  smiles = []
  for picture in np.asarray(to_uint8(render_batch(*faces, size=128))):
    image = mp.Image(image_format=mp.ImageFormat.SRGB, data=picture)
    found = landmarker.detect(image)
    assert found.face_landmarks
    shapes = {c.category_name: c.score for c in found.face_blendshapes[0]}
    smiles.append((shapes['mouthSmileLeft'] + shapes['mouthSmileRight']) / 2)
  smiles = np.reshape(smiles, (2, 6)).mean(0)
  assert smiles.argmax() == vocabulary.EMOTIONS.index('happiness')
