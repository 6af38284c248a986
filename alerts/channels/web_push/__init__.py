"""Notifications of the browser (Web Push, RFC 8030, 8291 and 8292); see docs/web-push.md."""
