"""The one error of the local stack: a sentence that says what to do."""


class StackError(Exception):
    """Something the person at the machine has to settle; its text is one whole sentence."""
