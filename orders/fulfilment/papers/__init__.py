"""Papers of a batch as one PDF: what stands on them is read once (`reading`), then set page by page."""
