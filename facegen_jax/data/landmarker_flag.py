"""`--face_landmarker`, of every command that looks for faces."""

from absl import flags

FACE_LANDMARKER = flags.DEFINE_string(
  'face_landmarker',
  None,
  "MediaPipe's FaceLandmarker model file, else found or fetched once.",
)
