"""Pages and webhook addresses of payments."""
