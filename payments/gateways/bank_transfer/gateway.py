"""The gateway of bank transfers: calls nobody, leads to our page with the bank details."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deposits.models import PaymentMethod
from payments.gateways.base import Gateway, Started
from payments.models import Payment

WAITING_TIME = timedelta(days=30)


class BankTransferGateway(Gateway):
    """On with BANK_TRANSFER_HOLDER and BANK_TRANSFER_RIB or BANK_TRANSFER_IBAN."""

    method = PaymentMethod.BANK_TRANSFER
    settles_by_webhook = False
    icon = "cash"
    description = _(
        "From your bank, with a reference. Credited when the money has arrived, usually within two working days."
    )

    def is_configured(self) -> bool:
        return bool(settings.BANK_TRANSFER_HOLDER and (settings.BANK_TRANSFER_RIB or settings.BANK_TRANSFER_IBAN))

    def start(self, payment: Payment) -> Started:
        page = settings.SITE_URL + reverse("payments:transfer", args=[payment.pk])
        return Started("", page, expires_at=payment.expires_at or timezone.now() + WAITING_TIME)
