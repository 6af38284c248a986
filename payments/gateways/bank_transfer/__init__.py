"""Bank transfer: bank details and a reference; staff confirms what arrived."""
