"""Sheets of products, skus and counts."""
