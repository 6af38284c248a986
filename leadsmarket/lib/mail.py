"""E-mails for a developer's eyes: what a person would read, on the terminal."""

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend


class ReadableConsoleBackend(EmailBackend):
    """Write address, subject and text as they are read, and only the names of attachments, in place of MIME source."""

    def write_message(self, message: EmailMessage) -> None:
        attached = ", ".join(str(attachment[0]) for attachment in message.attachments)
        lines = [f"E-mail to {', '.join(message.recipients())}: {message.subject}", "", str(message.body).strip()]
        if attached:
            lines += ["", f"Attached: {attached}"]
        self.stream.write("\n".join([*lines, "-" * 72, ""]))
