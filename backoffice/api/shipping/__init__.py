"""The REST API of shipping: parcels scanned out, split and unmerged; merge suggestions; checks before shipping."""
