"""SAMM: spontaneous micro-movements of 32 people at 200 frames a second, gray.

Obtained from Manchester Metropolitan University
(http://www2.docm.mmu.ac.uk/STAFF/M.Yap/dataset.php): sign the licence form and
mail it to M. H. Yap. Nothing of it may be passed on.

Cite: A. K. Davison, C. Lansley, N. Costen, K. Tan, M. H. Yap, SAMM: A
Spontaneous Micro-Facial Movement Dataset, IEEE Transactions on Affective
Computing 9(1), 2018.

Accepted layout; the top folder may hold another of its own name, may lie up to
three levels down, or may be left out. A cropped twin (SAMM_CROP) is passed
over unless it is the folder that is named.

  SAMM/
    SAMM_Micro_FACS_Codes_v2.xlsx      or another name that ends like this
    006/
      006_1_2/                         subject, inducement, running number
        006_05562.jpg                  four or five digits, some not padded

Published: 32 people recorded, 159 movements; emotions are anger, contempt,
disgust, fear, happiness, sadness, surprise and other.

Repaired, each time with a note: an apex that is missing, negative or outside
of onset to offset is not given; an offset beyond the last frame becomes that
frame; of action units 'x or y' both are taken; clips without a row stay
unlabelled. Rows without a folder are skipped.
"""

from facegen_jax.data import vocabulary

PUBLISHED = {'subjects': 32, 'clips': 159}

EMOTIONS = frozenset((*vocabulary.EMOTIONS, 'contempt', 'other'))
