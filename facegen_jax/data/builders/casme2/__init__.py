"""CASME II: spontaneous micro-expressions of 26 people at 200 frames a second.

Obtained from the Institute of Psychology, Chinese Academy of Sciences
(http://casme.psych.ac.cn/casme/e2): fill in the application, sign the licence
and send a scan. Nothing of it may be passed on.

Cite: W.-J. Yan et al., CASME II: An Improved Spontaneous Micro-Expression
Database and the Baseline Evaluation, PLOS ONE 9(1), e86041, 2014.

Accepted layouts; each top folder may hold another of its own name, may lie up
to three levels down, or may be left out:

  CASME2-coding-20140508.xlsx          or a later one; of several the last
  CASME2_RAW_selected/
    sub01/
      EP02_01f/
        img46.jpg                      from the onset on, not padded
  Cropped/                             registered faces
    sub01/
      EP02_01f/
        reg_img46.jpg

Published: 26 subjects; the paper counts 247 clips, the workbook of 2014 has
255 rows. Emotions are happiness, disgust, repression, surprise, sadness, fear
and others.

Repaired, each time with a note: an apex that is '/' or lies outside of onset
to offset is not given; an offset beyond the last frame becomes that frame;
clips that have no row (two are known) stay unlabelled. Rows without a folder
are skipped.
"""

PUBLISHED = {
  'subjects': 26,
  'clips': 255,
  'emotions': {
    'happiness': 32,
    'disgust': 63,
    'repression': 27,
    'surprise': 25,
    'sadness': 7,
    'fear': 2,
    'others': 99,
  },
}
