"""PostgreSQL and a Redis-compatible server out of wheels, for the demo and the tests.

Nothing here imports Django: manage.py asks this package for the environment before it loads the settings.
"""
