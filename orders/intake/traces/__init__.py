"""Traces of parcels from spreadsheets."""
