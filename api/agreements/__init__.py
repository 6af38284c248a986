"""Agreements by the API."""
