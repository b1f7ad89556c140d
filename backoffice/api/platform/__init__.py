"""The REST API of a store's connection to its platform."""
