"""The REST API of parcels before they leave: planning, numbers, papers."""
