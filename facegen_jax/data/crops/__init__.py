"""The form in which a paper wants the frames of one clip; writes nothing."""
