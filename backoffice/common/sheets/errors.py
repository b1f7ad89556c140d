class SheetError(Exception):
    """A file cannot be read as a table; the message is a translated sentence fit for the staff."""
