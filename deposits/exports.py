"""A deposit's movements as a file. It needs `change`: how the balance changed, signed."""

from django.utils.translation import gettext_lazy as _

from deposits.models import DepositTransaction, PaymentMethod
from leadsmarket.lib.exports import Column, labels_of

MOVEMENTS = (
    Column(_("Number"), "sequence", "number", width=10),
    Column(_("Date"), "created_at", "moment"),
    Column(_("Movement"), "kind", "code", labels_of(DepositTransaction.Kind.choices)),
    Column(_("Amount (MAD)"), "amount", "amount"),
    Column(_("Change of the balance (MAD)"), "change", "amount"),
    Column(_("Balance after (MAD)"), "balance_after", "amount"),
    Column(_("Reserved after (MAD)"), "reserved_after", "amount"),
    Column(_("Payment method"), "payment_method", "code", labels_of(PaymentMethod.choices)),
    Column(_("Payment reference"), "payment_reference", width=24),
    Column(_("Reason"), "reason", width=30),
    Column(_("Number of the lead"), "lead_id", "id", width=38),
)
