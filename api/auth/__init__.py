"""Logging in by the API: tokens, who am I, sign-up."""
