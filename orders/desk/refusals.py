class DeskError(Exception):
    """A refusal of the desk, with a sentence for staff."""
