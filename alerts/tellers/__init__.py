"""What each kind of event says, and to whom: one module per part of the business, connected at start-up (alerts.apps)."""
