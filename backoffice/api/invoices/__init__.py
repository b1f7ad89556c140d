"""Invoices for buyers."""
