"""Leads by the API: creating, deciding, listing."""
