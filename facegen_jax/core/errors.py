"""The one error for what a user can mend."""


class UserError(Exception):
  """One clear line: the thing, the place, the cure. Ends a program with 2."""


USER_ERROR = 2  # exit code
