"""Names that datasets share: theirs, emotions, action units, landmark order."""

# Each is a package of `data.builders`.
LICENSED: tuple[str, ...] = (
  'mug',
  'oulu_casia',
  'casme2',
  'samm',
  'smic',
  'disfa',
)

# AIP-GAN's six classes; -1 stands for neutral or unlabelled.
EMOTIONS: tuple[str, ...] = (
  'anger',
  'disgust',
  'fear',
  'happiness',
  'sadness',
  'surprise',
)
UNLABELLED = -1

# The action units that DISFA grades; intensities are in [0, 1] (DISFA's / 5).
AUS: tuple[int, ...] = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)

NUM_LANDMARKS = 68  # iBUG order, (x, y) in pixels, pixel centres at integers


def emotion_id(name: str) -> int:
  """Class of an emotion's name, -1 for '', 'neutral' and unknown names."""
  name = name.strip().lower()
  return EMOTIONS.index(name) if name in EMOTIONS else UNLABELLED
