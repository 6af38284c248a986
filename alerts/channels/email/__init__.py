"""E-mail; see docs/emails.md."""
