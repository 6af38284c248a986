"""Settings, section "API access": keys, webhooks and their log."""
