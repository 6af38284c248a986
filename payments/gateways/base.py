"""The contract of a payment gateway. Each lives in a folder of its own; only its `client` knows the provider's library.

A gateway converts amounts at its own edge and never touches our tables: it returns what the provider said, and
payments.services decides what that means for the books.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from django.utils.functional import Promise

from deposits.models import PaymentMethod
from payments.models import Payment, WebhookEvent


@dataclass(frozen=True, slots=True)
class Started:
    """Where the payer goes: a page, or a form that the browser posts there (form_fields)."""

    provider_id: str
    payment_url: str
    form_fields: dict[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """What a verified webhook request holds, enough to store it once."""

    event_id: str
    event_type: str


class Said(StrEnum):
    """What a provider says about a payment."""

    PAID = "paid"
    PROCESSING = "processing"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    CHARGEBACK_WON = "chargeback_won"
    REFUND_FAILED = "refund_failed"
    CARD_CHANGED = "card_changed"
    CARD_GONE = "card_gone"
    ATTENTION = "attention"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class CardDetails:
    """A card kept at the provider, as people recognise it."""

    payment_method_id: str
    customer_id: str = ""
    brand: str = ""
    last4: str = ""
    expiry_month: int | None = None
    expiry_year: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a provider said, in our words. Amounts in MAD where currency is `MAD`.

    reference or provider_id finds the payment. ledger_key: the one movement of money, needed for paid and all reversals.
    amount of a refund or chargeback: that movement's, not the running total. undoes: the ledger key of the movement that is
    given back (chargeback won, refund failed). card: what the notice is about when a saved card changed or went.
    attention: what staff should know (also beside another statement); attention_if_settled: only where the payment was
    credited already. is_live: None where the provider makes no difference.
    """

    said: Said
    reference: str = ""
    provider_id: str = ""
    ledger_key: str = ""
    amount: Decimal | None = None
    currency: str = "MAD"
    is_live: bool | None = None
    failure_code: str = ""
    failure_message: str = ""
    attention: str = ""
    attention_if_settled: str = ""
    undoes: str = ""
    card: CardDetails | None = None


class Gateway(ABC):
    """One way to pay. Calls to the provider happen in `start`, `notices` and `query`, never inside a transaction."""

    method: str
    settles_by_webhook = True
    """Whether a signed event settles a payment; staff confirms a bank transfer by hand."""
    pays_by_form = False
    """Whether the browser must post `form_fields` to the payment page; else a link opens it."""
    answer_decides = False
    """Whether our answer to a webhook decides if money is taken: its events are processed before the answer, never later."""
    keeps_cards = False
    """Whether a merchant can let it keep the card for auto-recharge."""
    icon: ClassVar[str] = "credit-card"
    description: ClassVar[str | Promise] = ""
    """One line under the name, where a merchant chooses how to pay."""

    @property
    def label(self) -> str | Promise:
        """The name that people read."""
        return PaymentMethod(self.method).label

    @property
    def can_be_asked(self) -> bool:
        """Whether the provider says how a payment stands when it is asked (`query`)."""
        return type(self).query is not Gateway.query

    @abstractmethod
    def is_configured(self) -> bool:
        """Say whether the settings switch this gateway on; only then it is offered."""

    @abstractmethod
    def start(self, payment: Payment) -> Started:
        """Ask the provider for a page to pay on. Repeating gives the same page. Raises GatewayUnavailable."""

    def close(self, payment: Payment) -> None:
        """Close the page of a payment that was given up, where the provider can; raises GatewayUnavailable."""
        return

    def verify(self, body: bytes, headers: dict[str, str]) -> SignedEvent:
        """Check a webhook's signature over its raw body and return its id and type. Raises InvalidSignature."""
        raise NotImplementedError(f"{self.method} has no webhooks")

    def notices(self, event: WebhookEvent) -> list[Notice]:
        """Return what a stored event says, after asking the provider where the event alone proves too little."""
        raise NotImplementedError(f"{self.method} has no webhooks")

    def query(self, payment: Payment) -> Notice | None:
        """Ask the provider how an open payment stands; None where it cannot be asked. Raises GatewayUnavailable."""
        return None
