"""The acceptance rules of the store, and what happens by itself."""
