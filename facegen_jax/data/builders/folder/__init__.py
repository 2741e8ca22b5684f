"""A folder of a user's own clips and pictures as a dataset."""
