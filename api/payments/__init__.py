"""Payments by the API."""
