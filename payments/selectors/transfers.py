"""What a payer needs to make a bank transfer."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deposits.models import PaymentMethod
from leadsmarket.lib.money import format_mad
from payments.models import Payment


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of the bank details. copied: what the button copies, without the spaces that help reading."""

    label: str | Promise
    shown: str
    copied: str


def transfer_of(payment_id: UUID) -> Payment | None:
    """Return a bank transfer with its merchant; None where the actor sees none."""
    return Payment.objects.select_related("merchant").filter(pk=payment_id, method=PaymentMethod.BANK_TRANSFER).first()


def transfers_to_confirm(payments: QuerySet[Payment] | None = None) -> QuerySet[Payment]:
    """Return the transfers (of `payments`, else of all) that wait for staff to see the money."""
    payments = Payment.objects.all() if payments is None else payments
    return payments.filter(method=PaymentMethod.BANK_TRANSFER, status__in=Payment.OPEN_STATUSES)


def transfer_account() -> dict[str, str]:
    """Return the account that receives transfers, without the spaces that help reading; empty where it is not set."""
    return {
        "holder": settings.BANK_TRANSFER_HOLDER,
        "bank": settings.BANK_TRANSFER_BANK,
        "rib": _plain(settings.BANK_TRANSFER_RIB),
        "iban": _plain(settings.BANK_TRANSFER_IBAN),
        "swift": settings.BANK_TRANSFER_SWIFT,
    }


def bank_details(payment: Payment) -> list[Detail]:
    """Return what must be written on the transfer, in the order of a bank's form; what is not set is left out."""
    account = transfer_account()
    rib, iban = account["rib"], account["iban"]
    details = [
        Detail(_("Account holder"), account["holder"], account["holder"]),
        Detail(_("Bank"), account["bank"], account["bank"]),
        # Bank 3, town 3, account 16, key 2.
        Detail(_("RIB"), " ".join((rib[:3], rib[3:6], rib[6:22], rib[22:])).strip(), rib),
        Detail(_("IBAN"), " ".join(iban[start : start + 4] for start in range(0, len(iban), 4)), iban),
        Detail(_("SWIFT / BIC"), account["swift"], account["swift"]),
        Detail(_("Amount"), format_mad(payment.amount), f"{payment.amount:.2f}"),
        Detail(_("Reference (required)"), payment.reference, payment.reference),
    ]
    return [detail for detail in details if detail.copied]


def _plain(number: str) -> str:
    return "".join(number.split())
