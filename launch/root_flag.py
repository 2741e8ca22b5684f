"""`--root`, of every command about a sweep."""

from absl import flags

ROOT = flags.DEFINE_string('root', None, 'Folder of the sweep.')
flags.mark_flag_as_required('root')
