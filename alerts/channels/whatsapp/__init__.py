"""WhatsApp: approved templates by Meta's Cloud API or by Twilio. See docs/whatsapp.md."""
