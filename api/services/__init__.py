"""What partners set up for their programs: keys, and webhooks to them."""
