"""Campaigns by the API."""
