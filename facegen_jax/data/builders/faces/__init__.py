"""Faces cut out of a prepared dataset, in the form that a paper wants."""
