"""The console back end shows what a person reads."""

import io

from django.core.mail import EmailMessage

from leadsmarket.lib.mail import ReadableConsoleBackend


def test_text_and_names_of_attachments_are_shown():
    shown = io.StringIO()
    message = EmailMessage("Paiement reçu", "Bonjour,\nle lien : http://localhost/x", to=["a@exemple.ma"])
    message.attach("R-2026-000001.pdf", b"%PDF-", "application/pdf")

    assert ReadableConsoleBackend(stream=shown).send_messages([message]) == 1

    assert "a@exemple.ma: Paiement reçu" in shown.getvalue()
    assert "le lien : http://localhost/x" in shown.getvalue()
    assert "Attached: R-2026-000001.pdf" in shown.getvalue()
    assert "%PDF" not in shown.getvalue()
