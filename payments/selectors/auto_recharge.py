"""Reads behind the auto-recharge: its page, its texts, the way out when a card needs its owner."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deposits.models import Deposit, PaymentMethod
from leadsmarket.lib.money import ZERO
from payments.models import AutoRecharge, Payment, SavedCard
from payments.services.auto_recharge_failures import MONTHLY_LIMIT, month_start

FAILURES = {
    "authentication_required": gettext_lazy("The bank asks you to confirm the payment yourself."),
    "insufficient_funds": gettext_lazy("The bank says that there is not enough money for this payment."),
    "lost_card": gettext_lazy("The bank refuses this card."),
    "stolen_card": gettext_lazy("The bank refuses this card."),
    "pickup_card": gettext_lazy("The bank refuses this card."),
    "expired_card": gettext_lazy("The card has expired."),
    "card_unusable": gettext_lazy("The card is no longer on file at the payment provider."),
    "expired": gettext_lazy("The payment provider didn't answer."),
    MONTHLY_LIMIT: gettext_lazy("The monthly ceiling is reached."),
}


@dataclass(frozen=True, slots=True)
class AutoRechargeState:
    """An auto-recharge (None where none was ever set) with the cards there are and what this month has cost. MAD."""

    auto: AutoRecharge | None
    cards: list[SavedCard]
    is_card_coming: bool
    in_flight: Payment | None
    charged_this_month: Decimal


def auto_recharge_state(deposit: Deposit) -> AutoRechargeState:
    """Return how a deposit's auto-recharge stands. charged_this_month: settled, since the 1st in Casablanca, in MAD."""
    charges = Payment.objects.filter(deposit=deposit, purpose=Payment.Purpose.AUTO_RECHARGE)
    charged = charges.filter(status=Payment.Status.SETTLED, created_at__gte=month_start())
    cards = SavedCard.objects.filter(merchant_id=deposit.merchant_id)
    return AutoRechargeState(
        auto=AutoRecharge.objects.select_related("card").filter(deposit=deposit).first(),
        cards=list(cards.filter(status=SavedCard.Status.ACTIVE).order_by("-created_at")),
        is_card_coming=cards.filter(status=SavedCard.Status.WANTED).exists(),
        in_flight=charges.filter(status__in=Payment.OPEN_STATUSES).first(),
        charged_this_month=charged.aggregate(total=Sum("credited_amount"))["total"] or ZERO,
    )


def failure_text(reason: str) -> str:
    """Return why an auto-recharge brought no money, as a merchant reads it."""
    return str(FAILURES.get(reason, _("The bank declined the payment.")))


def consent_text() -> str:
    """Return the sentence that an owner agrees to, in the active language."""
    return _(
        "I agree that Leadsmarket charges this card with the amount above, without asking me again, each time the gauge of "
        "this deposit falls to the threshold, up to the monthly ceiling. I can switch this off at any time on this page."
    )


def api_consent_text() -> str:
    """Return the same sentence as a request to the API says it, in the active language."""
    return _(
        "By this request to the API I agree that Leadsmarket charges this card with this amount, without asking me again, each"
        " time the gauge of this deposit falls to the threshold, up to the monthly ceiling. I can switch this off at any time."
    )


def finish_path(deposit_id: UUID, amount: Decimal) -> str:
    """Return the page, on this site, on which the merchant pays by themselves what the card could not be charged."""
    query = urlencode({"amount": amount, "payment_method": PaymentMethod.STRIPE})
    return f"{reverse('payments:recharge', args=[deposit_id])}?{query}"


def finish_url(deposit_id: UUID, amount: Decimal) -> str:
    """Return the whole address of the same page, for messages."""
    return settings.SITE_URL + finish_path(deposit_id, amount)
