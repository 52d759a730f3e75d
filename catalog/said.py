"""What a person meets."""


class Said(Exception):
    """The work could not be done; its text is one sentence that says what to do, and the command line prints it and ends with 1."""
