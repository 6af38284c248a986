"""Deposits by the API."""
