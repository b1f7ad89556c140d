"""The REST API of couriers and the numbers that they gave in advance."""
