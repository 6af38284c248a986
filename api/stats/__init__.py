"""Figures by the API."""
