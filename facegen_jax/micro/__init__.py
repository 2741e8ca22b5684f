"""The micro-expression paper's experiment, from one config."""
