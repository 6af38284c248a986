"""Earnings and payouts by the API."""
