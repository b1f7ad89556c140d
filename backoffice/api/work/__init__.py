"""The REST API of who does what: workload, shifts."""
