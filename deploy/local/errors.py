"""What went wrong on the local platform, said to a person: one sentence and what to do."""


class PlatformError(Exception):
    """A sentence that the command line prints as it is, without a traceback."""
