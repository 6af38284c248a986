"""SMS by Twilio. See docs/sms.md."""
