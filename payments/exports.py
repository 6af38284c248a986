"""A merchant's payments as a file."""

from django.utils.translation import gettext_lazy as _

from deposits.models import PaymentMethod
from leadsmarket.lib.exports import Column, labels_of
from payments.models import Payment

PAYMENTS = (
    Column(_("Date"), "created_at", "moment"),
    Column(_("Reference"), "reference"),
    Column(_("Method"), "method", "code", labels_of(PaymentMethod.choices), width=22),
    Column(_("Purpose"), "purpose", "code", labels_of(Payment.Purpose.choices)),
    Column(_("Status"), "status", "code", labels_of(Payment.Status.choices)),
    Column(_("Amount (MAD)"), "amount", "amount"),
    Column(_("Paid on"), "settled_at", "moment"),
    Column(_("Credited (MAD)"), "credited_amount", "amount"),
    Column(_("Taken back (MAD)"), "reversed_amount", "amount"),
    Column(_("Receipt"), "receipt__number"),
)
