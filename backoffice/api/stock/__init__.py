"""Stock, shortages, products and gift rules."""
