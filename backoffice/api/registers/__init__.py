"""Complaints and violations: who has each until when, and what came of it."""
