"""The three classes of MEGC 2019 from a dataset's own emotion words."""

CLASSES = ('negative', 'positive', 'surprise')

_NEGATIVE = {
  'casme2': ('disgust', 'repression'),
  'samm': ('anger', 'contempt', 'disgust', 'fear', 'sadness'),
  'smic': ('negative',),
}
_SIX_WORDS = {
  'negative': ('anger', 'disgust', 'fear', 'sadness'),
  'positive': ('happiness',),
  'surprise': ('surprise',),
}


def class_of(dataset: str, emotion: str) -> int | None:
  """Index into `CLASSES` of a clip's word in a dataset, None = no class.

  The composite's datasets go by `composite_class`, all others by the six
  words. 'neutral', '' and words that are neither have no class.
  """
  if dataset in _NEGATIVE:
    return composite_class(dataset, emotion)
  word = emotion.strip().lower()
  for i, name in enumerate(CLASSES):
    if word in _SIX_WORDS[name]:
      return i
  return None


def composite_class(database: str, emotion: str) -> int | None:
  """Class of a dataset's own emotion word by rule, None = not in MEGC 2019.

  For those without the list. The rule is not the list: it takes 147 clips of
  CASME II where the list has 145. Fear and sadness count as negative in SAMM
  and are left out in CASME II.

  Raises:
    ValueError: a database that is not part of the composite.
  """
  if database not in _NEGATIVE:
    raise ValueError(f'{database!r} is none of {", ".join(_NEGATIVE)}')
  emotion = emotion.strip().lower()
  if emotion in _NEGATIVE[database]:
    return 0
  if emotion == ('positive' if database == 'smic' else 'happiness'):
    return 1
  return 2 if emotion == 'surprise' else None
