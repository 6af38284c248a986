"""Forms of payments."""
