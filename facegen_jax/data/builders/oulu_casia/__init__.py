"""Oulu-CASIA NIR&VIS: posed emotions in six conditions, a folder a clip.

The six basic emotions, each from neutral to its peak, were filmed by two
cameras at once, visible light (VL) and near infrared (NI), in strong, weak and
hardly any light. The original pictures have 320x240 px, 25 a second.

How to obtain: http://www.cse.oulu.fi/CMV/Downloads/Oulu-CASIA (University of
Oulu, Center for Machine Vision and Signal Analysis); an agreement signed by a
permanent member of staff. Of the three sets, B (original pictures) and C
(cropped faces) are read, A (videos) is not.

Citation: G. Zhao, X. Huang, M. Taini, S. Z. Li, M. Pietikainen, "Facial
expression recognition from near-infrared videos", Image and Vision Computing
29(9), 2011.

Accepted, at most three levels below the folder that is named:

  OriginalImg/                 B_OriginalImg, or any other name
    VL/                        or NI
      Strong/                  Weak Dark
        P001/
          Anger/               Disgust Fear Happiness Sadness Surprise
            000.jpeg
  PreProcess Img/              PreProcess_Img PreProcessImg PreProcess
    VL_Acropped/               or NI_Acropped
      Strong/
        P001/
          Anger/
            000.jpeg

Upper and lower case are one. A set may lie in folders of its own name.

Published: 80 people, 480 clips in each of the six conditions.

Decisions:

  - the first frame is the onset, the last one the apex; there is no offset;
  - a clip of one frame has neither;
  - an emotion of another name is '';
  - above a clip, a folder in a folder of its own name is entered;
  - pictures that are no JPEGs are left out of a clip that has JPEGs;
  - numbers that are left out stay left out: frames keep their numbers.

There are no action units.
"""

from facegen_jax.data import vocabulary

PUBLISHED = {
  'subjects': 80,
  'clips': 2880,
  'emotions': dict.fromkeys(vocabulary.EMOTIONS, 480),
}
