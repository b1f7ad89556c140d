"""Questions that notes keep asking, with the answers for the pages of the products."""
