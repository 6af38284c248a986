"""Forms of leads, campaigns and agreements."""
