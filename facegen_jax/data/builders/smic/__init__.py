"""SMIC: spontaneous micro-expressions, short clips and SMIC-E's long ones.

Twenty people watched emotional films while their faces were recorded; sixteen
showed micro-expressions. A fast camera (HS, 100 frames a second) recorded all,
a normal and a near-infrared one (VIS, NIR, 25 frames a second) the last ten.
Labels are negative, positive or surprise; there are no apexes and no action
units.

To obtain it: ask the Center for Machine Vision and Signal Analysis of the
University of Oulu (https://www.oulu.fi/cmvs/node/41319), who send a link for a
signed licence agreement.

Citation: X. Li, T. Pfister, X. Huang, G. Zhao, M. Pietikainen. A spontaneous
micro-expression database: inducement, collection and baseline. FG 2013.

Accepted layouts, at the folder that is named or up to three levels below it:

    SMIC_all_raw/
      HS/ VIS/ NIR/
        s1/
          micro/
            negative/ positive/ surprise/
              s1_ne_01/
                image090823.bmp ...
          non_micro/
            s1_n1/
              image000200.bmp ...
    SMIC_all_cropped/
      the same with reg_image090823.bmp ...
    SMIC-E_raw image/
      HS_long/
        SMIC-HS-E_annotation.xlsx, also one level up or beside the people
        SMIC-HS-E/
          s01/, or HS/s01/
            s1_ne_01/
              image090821.jpg ...

A short clip is the expression alone: its first frame is the onset, its last
the offset. Those of a long clip are in the sheet, by the columns Subject,
Filename, OnsetF, OffsetF, Emotion and, in some copies, ApexF.

Published: HS 16 people and 164 clips (70 negative, 51 positive, 43 surprise),
VIS and NIR 8 people and 71 clips each; 157 long clips of HS.

Repaired, each with a note: 's01' and 's1' are one person; the folder is
believed where a clip's name says another emotion or person; an onset, apex or
offset that its frames lack is moved to the next frame or dropped; missing
frames are named. Left out, each with its reason: second clips of a name,
clips without pictures, long clips without a row and rows without a clip.
"""

PUBLISHED = {
  'HS': {
    'subjects': 16,
    'clips': 164,
    'emotions': {'negative': 70, 'positive': 51, 'surprise': 43},
  },
  'VIS': {'subjects': 8, 'clips': 71},
  'NIR': {'subjects': 8, 'clips': 71},
  'HS long': {'clips': 157},
}
