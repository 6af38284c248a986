"""Reads about campaigns, agreements, leads and earnings."""
