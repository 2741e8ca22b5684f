"""MUG Facial Expression Database: posed emotions, a folder a take.

Young adults act the six basic emotions and neutral before a blue screen, from
neutral over the peak back to neutral. The colour pictures have 896x896 px and
follow at 19 a second; a take has 50 to 160 of them.

How to obtain: https://mug.ee.auth.gr/fed/ gives an account for a licence that
is signed and sent by mail. Unpack the archives into one folder.

Citation: N. Aifanti, C. Papachristou, A. Delopoulos, "The MUG facial expression
database", WIAMIS 2010.

Accepted, at most three levels below the folder that is named:

  subjects3/                   or any other name
    001/                       three digits; 001/001/ is entered
      anger/                   disgust fear happiness neutral sadness surprise
        take000/
          img_0000.jpg         the first number need not be 0
          movie.avi            passed over
    002/
      session0/                some people came more than once
        anger/
          take000/

Published: 86 people were recorded, 52 of them are given to licensees. The
number of takes is not published, and not everybody shows every emotion.

Decisions:

  - a take that is not named `take` and digits is skipped, unless asked for;
  - a take that holds a video and no frames is skipped;
  - an emotion of another name is '', a take in no emotion's folder likewise;
  - above a take, a folder in a folder of its own name is entered;
  - pictures that are no JPEGs are left out of a take that has JPEGs;
  - numbers that are left out stay left out: frames keep their numbers.

There are no onsets, apexes, offsets or action units.
"""

PUBLISHED = {'subjects': 52}
