"""Traces of parcels: what couriers' texts mean, where they come from, and when a parcel is in trouble."""
