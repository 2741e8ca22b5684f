"""DISFA: spontaneous expressions with graded action units.

Twenty-seven young adults watched one film of four minutes before a stereo
pair of cameras at 20 frames a second. Experts graded twelve action units, 0 to
5, in every frame; there are no emotions.

To obtain it: fill in the form at http://mohammadmahoor.com/disfa/; the licence
is signed by a member of the staff.

Citation: S. M. Mavadati, M. H. Mahoor, K. Bartlett, P. Trinh, J. F. Cohn.
DISFA: a spontaneous facial action intensity database. IEEE Transactions on
Affective Computing, 2013.

Accepted layout, at the folder that is named or up to three levels below it;
upper and lower case do not matter, and each of the three folders may lie in
another of its own name:

    ActionUnit_Labels/
      SN001/
        SN001_au1.txt ... SN001_au26.txt: 'frame,grade' a line, from frame 1
    Videos_LeftCamera/, or Video_LeftCamera/
      LeftVideoSN001_comp.avi
    Video_RightCamera/, or Videos_RightCamera/
      RightVideoSN001_Comp.avi
    Landmark_Points/, which is not read
      SN001/
        tmp_frame_lm/
          SN001_0000_lm.mat, or l00000_lm.mat

Published: 27 people, two videos each, 4845 frames a video; SN010 has labels
for one frame less.

Each video becomes clips of so many frames. A label of frame k is that of the
decoded frame k - 1. Repaired, each with a note: of unlike numbers of frames
and labels the smaller counts; a frame that a label file has no readable line
for is left out of its clip; of two lines of a frame the first is taken. Left
out, each with its reason: people without a video, without labels or without
one of the twelve files, and videos that cannot be opened.
"""

PUBLISHED = {'subjects': 27, 'videos': 54, 'frames': 4845}
