"""What stops a whole run: inputs that contradict themselves. A value that is only missing holds one person's line."""


class InputError(ValueError):
    """The inputs break their contract (two values for one key, overlapping seats); the message names the rows."""
