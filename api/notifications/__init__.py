"""Notifications by the API."""
