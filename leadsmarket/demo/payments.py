"""What merchants paid in: settled and failed payments with their receipts, the events of providers, what staff looked at."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from deposits.models import Deposit, PaymentMethod
from leadsmarket.demo.catalogue import DepositPlan
from leadsmarket.demo.chance import Chance
from leadsmarket.demo.world import World
from payments.gateways.bank_transfer.gateway import WAITING_TIME
from payments.gateways.stripe.reading import metadata_of
from payments.models import (
    AutoRecharge,
    Payment,
    PaymentReversal,
    Receipt,
    ReceiptSeries,
    ReviewItem,
    SavedCard,
    WebhookEvent,
)
from payments.models.payments import REFERENCE_ALPHABET
from payments.selectors.auto_recharge import consent_text
from payments.services.receipts import frozen_data

Purpose = Payment.Purpose
Status = Payment.Status
Method = PaymentMethod
BY_CARD = (Method.STRIPE, Method.CMI)
METHODS = {Method.STRIPE: 45, Method.CMI: 28, Method.CRYPTO: 7, Method.BANK_TRANSFER: 20}
AUTOMATIC_SHARE = 0.5
FAILED_BEFORE = (
    (Status.FAILED, "insufficient_funds"),
    (Status.CANCELLED, ""),
    (Status.FAILED, "card_declined"),
    (Status.EXPIRED, ""),
    (Status.FAILED, "expired_card"),
)
FAILED_BEFORE_SHARE = 0.3
EVENTS_KEPT = timedelta(days=60)


@dataclass(slots=True)
class Till:
    """Every payment, in the order in which the deposits' books ask for them, with all that follows from it."""

    world: World
    chance: Chance
    payments: list[Payment] = field(default_factory=list)
    cards: dict[Deposit, SavedCard] = field(default_factory=dict)
    auto_recharges: list[AutoRecharge] = field(default_factory=list)
    events: list[WebhookEvent] = field(default_factory=list)
    reversals: list[PaymentReversal] = field(default_factory=list)
    reviews: list[ReviewItem] = field(default_factory=list)
    failures: int = 0

    def settle(self, deposit: Deposit, plan: DepositPlan, amount: Decimal, moment: datetime) -> Payment:
        """Return the payment that was credited at that moment, sometimes after an attempt that failed."""
        is_opening = deposit.movement_count == 0
        method = self._method(moment, plan.opening_method if is_opening else "")
        purpose = Purpose.OPENING if is_opening else Purpose.RECHARGE
        card = self.cards.get(deposit)
        if card and self.chance.happens(AUTOMATIC_SHARE):
            method, purpose = Method.STRIPE, Purpose.AUTO_RECHARGE
        elif method in BY_CARD and not is_opening and self.chance.happens(FAILED_BEFORE_SHARE):
            self._fail(deposit, amount, method, moment - timedelta(minutes=self.chance.randint(8, 25)))
        started_at = max(moment - self._time_to_pay(method, purpose), deposit.created_at)
        payment = self._payment(deposit, purpose, method, amount, started_at)
        payment.status = Status.SETTLED
        payment.settled_at = payment.updated_at = moment
        payment.credited_amount = amount
        payment.save_card = is_opening and plan.keeps_card
        payment.card = card if purpose == Purpose.AUTO_RECHARGE else None
        payment.provider_id, payment.ledger_key = self._at_provider(payment)
        if payment.save_card:
            self._keep_card(payment)
        if method == Method.STRIPE and moment > self.world.midnight - EVENTS_KEPT:
            self._tell(payment, moment, "credited")
        return payment

    def announce(self, deposit: Deposit, purpose: str, amount: Decimal, moment: datetime) -> Payment:
        """Return a bank transfer that staff still wait for."""
        payment = self._payment(deposit, purpose, Method.BANK_TRANSFER, amount, moment)
        payment.status = Status.PENDING
        payment.payment_url = settings.SITE_URL + reverse("payments:transfer", args=[payment.pk])
        payment.expires_at = moment + WAITING_TIME
        return payment

    def refund(self, deposit: Deposit, amount: Decimal, moment: datetime) -> PaymentReversal:
        """Give a part of the deposit's first Stripe payment back, as staff did at Stripe on the merchant's wish."""
        payment = next(row for row in self.payments if row.deposit == deposit and row.method == Method.STRIPE)
        key = self._token()
        reversal = PaymentReversal(
            id=self.world.ids.at(moment),
            payment=payment,
            kind=PaymentReversal.Kind.REFUND,
            ledger_key=f"stripe:re_demo{key}",
            amount=amount,
            taken_amount=amount,
            created_at=moment,
            updated_at=moment,
        )
        payment.reversed_amount = amount
        self.reversals.append(reversal)
        refund = {
            "id": f"re_demo{key}",
            "object": "refund",
            "amount": int(amount * 100),
            "currency": "mad",
            "status": "succeeded",
            "payment_intent": payment.ledger_key.removeprefix("stripe:"),
        }
        event = self._event("refund.created", refund, moment, "refund booked", payment)
        self._review(
            ReviewItem.Kind.REVERSED,
            f"refund: {amount} MAD, {reversal.ledger_key}",
            event,
            moment,
            resolved_at=moment + timedelta(hours=2),
            resolved_by=self.world.staff,
            resolution="Remboursement convenu avec le marchand au téléphone.",
        )
        self.world.record(
            "payments.payment.reversed",
            payment,
            None,
            moment,
            kind=reversal.kind,
            amount=str(amount),
            taken=str(amount),
        )
        return reversal

    def receive_strange_money(self) -> None:
        """Leave staff an event about a payment that nobody knows."""
        moment = self.world.days_ago(2) + timedelta(hours=1, minutes=12)
        reference = self._reference()
        session = {
            "id": f"cs_test_demo{self._token()}",
            "object": "checkout.session",
            "amount_total": 150000,
            "currency": "mad",
            "livemode": False,
            "payment_status": "paid",
            "status": "complete",
            "payment_intent": f"pi_demo{self._token()}",
            "metadata": {"payment_reference": reference},
        }
        event = self._event("checkout.session.completed", session, moment, "unknown payment: staff", None)
        details = (
            f"paid: 1500.00 MAD, reference {reference}, provider id {session['id']},"
            f" ledger key stripe:{session['payment_intent']}, live False"
        )
        self._review(ReviewItem.Kind.UNKNOWN_PAYMENT, details, event, moment)

    def receipts(self) -> tuple[list[Receipt], list[ReceiptSeries]]:
        """Return the receipts, numbered in the order in which the money came, and the last number of each year."""
        serials: Counter[int] = Counter()
        receipts = []
        settled = (payment for payment in self.payments if payment.status == Status.SETTLED)
        for payment in sorted(settled, key=lambda payment: (payment.settled_at, payment.pk)):
            moment = payment.settled_at
            year = timezone.localtime(moment).year
            serials[year] += 1
            receipt = Receipt(
                id=self.world.ids.at(moment),
                payment=payment,
                merchant=payment.merchant,
                year=year,
                serial=serials[year],
                number=f"R-{year}-{serials[year]:06d}",
                amount=payment.credited_amount,
                language=payment.language,
                data=frozen_data(payment, payment.credited_amount, payment.settled_at, moment),
                created_at=moment,
                updated_at=moment,
            )
            receipts.append(receipt)
            self.world.record(
                "payments.payment.settled",
                payment,
                self.world.staff if payment.method == Method.BANK_TRANSFER else None,
                moment,
                credited=str(payment.credited_amount),
                ledger_key=payment.ledger_key,
                receipt=receipt.number,
            )
        return receipts, [ReceiptSeries(year=year, last_serial=last) for year, last in serials.items()]

    def _payment(self, deposit: Deposit, purpose: str, method: str, amount: Decimal, moment: datetime) -> Payment:
        payment = Payment(
            id=self.world.ids.at(moment),
            merchant=deposit.merchant,
            deposit=deposit,
            purpose=purpose,
            method=method,
            amount=amount,
            reference=self._reference(),
            language="fr",
            user=self._payer(deposit),
            created_at=moment,
            updated_at=moment,
        )
        self.payments.append(payment)
        return payment

    def _fail(self, deposit: Deposit, amount: Decimal, method: str, moment: datetime) -> None:
        status, code = FAILED_BEFORE[self.failures % len(FAILED_BEFORE)]
        self.failures += 1
        if status == Status.EXPIRED:
            moment -= timedelta(days=1)
        payment = self._payment(deposit, Purpose.RECHARGE, method, amount, max(moment, deposit.created_at))
        payment.status, payment.failure_code = status, code
        payment.updated_at = payment.created_at + timedelta(minutes=4)
        payment.provider_id, _key = self._at_provider(payment)

    def _keep_card(self, payment: Payment) -> None:
        """The card stays on file; the auto-recharge was on over the year and is off now, because nobody is charged here."""
        moment = payment.settled_at + timedelta(minutes=1)
        card = SavedCard(
            id=self.world.ids.at(moment),
            merchant=payment.merchant,
            payment=payment,
            status=SavedCard.Status.ACTIVE,
            customer_id=f"cus_demo{self._token()}",
            payment_method_id=f"pm_demo{self._token()}",
            brand="visa",
            last4="4242",
            expiry_month=9,
            expiry_year=self.world.now.year + 2,
            created_at=moment,
            updated_at=moment,
        )
        self.cards[payment.deposit] = card
        with translation.override(payment.language):
            text = str(consent_text())
        auto = AutoRecharge(
            id=self.world.ids.at(moment),
            merchant=payment.merchant,
            deposit=payment.deposit,
            enabled=False,
            threshold_percentage=30,
            amount=Decimal(5000),
            monthly_limit=Decimal(10000),
            card=card,
            consent_text=text,
            consented_at=moment,
            consented_by=payment.user,
            created_at=moment,
            updated_at=self.world.days_ago(3),
        )
        self.auto_recharges.append(auto)
        self.world.record("payments.auto_recharge.configured", auto, payment.user, moment, amount=str(auto.amount))
        self.world.record("payments.auto_recharge.disabled", auto, payment.user, self.world.days_ago(3))

    def _tell(self, payment: Payment, moment: datetime, outcome: str) -> None:
        common = {"currency": "mad", "livemode": False, "metadata": metadata_of(payment)}
        intent, centimes = payment.ledger_key.removeprefix("stripe:"), int(payment.amount * 100)
        if payment.purpose == Purpose.AUTO_RECHARGE:
            about = {"id": intent, "object": "payment_intent", "amount_received": centimes, "status": "succeeded"}
            self._event("payment_intent.succeeded", about | common, moment, outcome, payment)
            return
        about = {
            "id": payment.provider_id,
            "object": "checkout.session",
            "amount_total": centimes,
            "payment_status": "paid",
            "status": "complete",
            "payment_intent": intent,
        }
        self._event("checkout.session.completed", about | common, moment, outcome, payment)

    def _event(
        self, kind: str, about: dict[str, object], moment: datetime, outcome: str, payment: Payment | None
    ) -> WebhookEvent:
        event_id = f"evt_demo{self._token()}"
        body = {
            "id": event_id,
            "object": "event",
            "type": kind,
            "created": int(moment.timestamp()),
            "livemode": False,
            "data": {"object": about},
        }
        event = WebhookEvent(
            id=self.world.ids.at(moment),
            provider=Method.STRIPE,
            event_id=event_id,
            event_type=kind,
            body=json.dumps(body),
            status=WebhookEvent.Status.PROCESSED,
            outcome=outcome,
            attempts=1,
            next_attempt_at=moment,
            processed_at=moment,
            payment=payment,
            created_at=moment,
            updated_at=moment,
        )
        self.events.append(event)
        return event

    def _review(self, kind: str, details: str, event: WebhookEvent, moment: datetime, **resolved: object) -> None:
        self.reviews.append(
            ReviewItem(
                id=self.world.ids.at(moment),
                kind=kind,
                payment=event.payment,
                event=event,
                details=details,
                created_at=moment,
                updated_at=resolved.get("resolved_at", moment),
                **resolved,
            )
        )

    def _method(self, moment: datetime, wanted: str) -> str:
        """A way to pay, the wanted one if any, that fits the hour: staff confirm transfers in theirs."""
        local = timezone.localtime(moment)
        at_work = local.weekday() < 5 and 9 <= local.hour < 18
        method = wanted or self.chance.choices(list(METHODS), list(METHODS.values()))[0]
        return method if at_work or method != Method.BANK_TRANSFER else Method.STRIPE

    def _time_to_pay(self, method: str, purpose: str) -> timedelta:
        if purpose == Purpose.AUTO_RECHARGE:
            return timedelta(seconds=4)
        if method == Method.BANK_TRANSFER:
            return timedelta(days=self.chance.randint(1, 2), minutes=self.chance.randint(-90, 90))
        return timedelta(seconds=self.chance.randint(90, 400))

    def _payer(self, deposit: Deposit) -> User:
        return next(row.user for row in self.world.memberships if row.merchant == deposit.merchant)

    def _at_provider(self, payment: Payment) -> tuple[str, str]:
        """The provider's id and the ledger key that the gateway would have given."""
        token = self._token()
        if payment.method == Method.BANK_TRANSFER:
            return "", f"transfer:VIR{timezone.localdate(payment.updated_at):%Y%m%d}{token[:6]}"
        if payment.method == Method.CRYPTO:
            return f"demo{token}", f"btcpay:demo{token}"
        if payment.method == Method.CMI:
            return f"{payment.reference}{token}", f"cmi:{payment.reference}{token}"
        if payment.purpose == Purpose.AUTO_RECHARGE:
            return f"pi_demo{token}", f"stripe:pi_demo{token}"
        return f"cs_test_demo{token}", f"stripe:pi_demo{token}"

    def _reference(self) -> str:
        return "RCH" + "".join(self.chance.choices(REFERENCE_ALPHABET, k=8))

    def _token(self) -> str:
        return f"{self.chance.getrandbits(64):016X}"
