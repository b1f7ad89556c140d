"""What buyers speak of: topics with their words, the texts that speak of them, and what was done about a product."""
