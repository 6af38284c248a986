"""Reads about payments."""
