"""The REST API of the services that a shop offers in some places."""
