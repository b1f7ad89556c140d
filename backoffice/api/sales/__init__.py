"""The REST API of sales figures, read from the nightly rollups."""
