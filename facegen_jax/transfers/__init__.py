"""Many portraits moved by many clips: which, how, and the folder of them."""
