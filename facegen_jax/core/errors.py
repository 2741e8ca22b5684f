"""The one error for what a user can mend."""

USER_ERROR = 2  # exit code


class UserError(Exception):
  """One clear line: the thing, the place, the cure. Ends a program with 2."""
