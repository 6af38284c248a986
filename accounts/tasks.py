"""Work of accounts outside the request."""

from celery import shared_task
from django.core.mail import EmailMultiAlternatives


@shared_task(autoretry_for=(OSError,), retry_backoff=5, retry_backoff_max=300, max_retries=6)
def send_account_email(*, subject: str, text: str, html: str, sender: str, recipients: list[str]) -> None:
    """Send one e-mail of the accounts pages (confirmation, reset, notice), again for half an hour if the server fails.

    SMTP errors are OSErrors. A repeat may send a second copy, which does no harm.
    """
    message = EmailMultiAlternatives(subject, text, sender, recipients)
    if html:
        message.attach_alternative(html, "text/html")
    message.send()
