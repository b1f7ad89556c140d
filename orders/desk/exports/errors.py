class ExportError(Exception):
    """An export that cannot be made or fetched, with a translated sentence for staff."""
