"""Twilio, which carries SMS and, where it is chosen, WhatsApp. See docs/sms.md."""
