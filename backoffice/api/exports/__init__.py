"""The REST API of exports: ask for a file, watch its job, fetch it."""
