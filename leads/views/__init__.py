"""Pages of leads, campaigns, agreements and earnings."""
