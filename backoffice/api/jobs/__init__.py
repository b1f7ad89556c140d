"""The REST API of long work and its schedules."""
