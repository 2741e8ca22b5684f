import pytest

from facegen_jax.data import three_classes
from facegen_jax.data.vocabulary import EMOTIONS


def test_six_words():
  found = [three_classes.class_of('mug', word) for word in EMOTIONS]
  names = [three_classes.CLASSES[i] for i in found]
  assert dict(zip(EMOTIONS, names, strict=True)) == {
    'anger': 'negative',
    'disgust': 'negative',
    'fear': 'negative',
    'happiness': 'positive',
    'sadness': 'negative',
    'surprise': 'surprise',
  }


@pytest.mark.parametrize('word', ['', 'neutral', 'contempt', 'others'])
def test_other_words_have_no_class(word):
  assert three_classes.class_of('folder', word) is None


def test_the_composites_datasets_go_by_its_rule():
  assert three_classes.class_of('casme2', 'fear') is None
  assert three_classes.class_of('casme2', ' Repression') == 0
  assert three_classes.class_of('samm', 'Fear') == 0
  assert three_classes.class_of('smic', 'positive') == 1
