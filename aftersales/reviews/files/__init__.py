"""Files of reviews: spreadsheets by their headers, and what the platform's interface answers, as JSON."""
