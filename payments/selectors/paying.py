"""Reads behind the pages that start a payment: what can be paid, what would come of it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from deposits.models import Deposit
from deposits.selectors import with_names
from leads.models import Campaign
from leadsmarket.lib.money import ZERO
from payments.models import Receivable


@dataclass(frozen=True, slots=True)
class DepositToPay:
    """A deposit with its name, what its merchant owes from reversals (MAD), and whether it can be paid into."""

    deposit: Deposit
    name: str
    owed_amount: Decimal

    @property
    def is_payable(self) -> bool:
        """Closed: no. Suspended: only to pay what is owed, which lets it work again."""
        if self.deposit.status == Deposit.Status.SUSPENDED:
            return self.owed_amount > 0
        return self.deposit.status != Deposit.Status.CLOSED

    @property
    def opens(self) -> bool:
        """Whether the payment would be the deposit's first."""
        return self.deposit.status == Deposit.Status.AWAITING_PAYMENT

    def preview(self, amount: Decimal) -> "Preview | None":
        """Return what a payment of this amount would do; None for no amount."""
        if amount <= 0:
            return None
        for_debt = min(self.owed_amount, self.deposit.available_balance + amount)
        return Preview(amount, for_debt, self.deposit.current_balance + amount - for_debt)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payment would do: how much of it pays what is owed, and the balance after it. MAD."""

    amount: Decimal
    owed_part: Decimal
    new_balance: Decimal


def opening_preview(amount: Decimal) -> Preview | None:
    """Return with what a deposit would open; None for no amount."""
    return Preview(amount, ZERO, amount) if amount > 0 else None


def deposit_to_pay(deposit_id: UUID) -> DepositToPay | None:
    """Return a deposit to pay into; None where the actor sees none. Two or three queries."""
    deposit = Deposit.objects.filter(pk=deposit_id).first()
    if deposit is None:
        return None
    [named] = with_names([deposit])
    return DepositToPay(deposit, named.name, owed_amount(deposit))


def owed_amount(deposit: Deposit) -> Decimal:
    """Return what is still owed on a deposit from refunds and chargebacks, in MAD."""
    owed = Receivable.objects.owed().filter(deposit=deposit)
    return owed.aggregate(total=Sum(F("amount") - F("settled_amount")))["total"] or ZERO


def opening_choices(merchant_id: UUID) -> list[tuple[str, str]]:
    """Return for what a merchant can open a deposit, as form choices: all campaigns (""), and campaigns that haven't ended.

    What has an open deposit is left out; one that waits for its first payment is offered again. Two queries.
    """
    paid = set(
        Deposit.objects.filter(merchant_id=merchant_id)
        .exclude(status__in=[Deposit.Status.CLOSED, Deposit.Status.AWAITING_PAYMENT])
        .values_list("campaign_id", flat=True)
    )
    campaigns = (
        Campaign.objects.filter(merchant_id=merchant_id)
        .exclude(status=Campaign.Status.ENDED)
        .exclude(pk__in=[campaign_id for campaign_id in paid if campaign_id])
        .order_by("name")
        .values_list("pk", "name")
    )
    general = [] if None in paid else [("", _("All campaigns"))]
    return general + [(str(campaign_id), name) for campaign_id, name in campaigns]
