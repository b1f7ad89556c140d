"""The REST API of the rules that a store sets for itself."""
