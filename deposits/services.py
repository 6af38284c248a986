"""Every business action on a deposit. Amounts are in MAD; balances move only inside the SQL functions of migrations/sql."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from deposits.errors import AmountTooSmall, DepositNotFound
from deposits.models import Deposit, PaymentMethod
from deposits.signals import deposit_opened, level_changed
from leadsmarket.lib.errors import InvalidInput, raising_refusals
from leadsmarket.lib.money import CENTIME, LARGEST_AMOUNT, format_mad, round_to_centime

MINIMUM_OPENING_AMOUNT = Decimal("2000.00")
MINIMUM_RECHARGE_AMOUNT = Decimal("500.00")
DEFAULT_SMALLEST_COMMISSION = Decimal("5.00")
"""10 % of the minimum estimated value of 50 MAD: the least that a campaign with default terms can ask."""


@dataclass(frozen=True, slots=True)
class Movement:
    """The deposit after a movement, and its alert level and status before and after it. Amounts in MAD.

    An influencer's reservation has no amounts (NULL): the merchant's balance is not theirs to know.
    """

    deposit_id: UUID
    merchant_id: UUID
    current_balance: Decimal
    reserved_amount: Decimal
    available_balance: Decimal
    level_before: str
    level_after: str
    status_before: str
    status_after: str


@dataclass(frozen=True, slots=True)
class Release:
    """A pending lead's commission to give back: which lead, on which deposit, how much (MAD)."""

    lead_id: UUID
    deposit_id: UUID
    amount: Decimal


def open_deposit(
    *,
    merchant_id: UUID,
    initial_amount: Decimal,
    campaign_id: UUID | None = None,
    payment_method: str = PaymentMethod.BANK_TRANSFER,
    payment_reference: str,
) -> Deposit:
    """Open a deposit with money that staff has received, active at once.

    initial_amount: at least 2,000.00. campaign_id: None for the general deposit of all campaigns. payment_reference: what
    proves the payment. Raises AmountTooSmall, InvalidInput, DepositAlreadyOpen, DepositNotActorsOwn (not staff).
    Rule: product.md, "Deposit".
    """
    check_amount("initial_amount", initial_amount, MINIMUM_OPENING_AMOUNT)
    reference = _required_text("payment_reference", payment_reference)
    with transaction.atomic(), raising_refusals():
        deposit_id = _create_awaiting(merchant_id, campaign_id, initial_amount)
        return _activate(deposit_id, initial_amount, None, payment_method, reference)


def request_deposit(*, merchant_id: UUID, initial_amount: Decimal, campaign_id: UUID | None = None) -> Deposit:
    """Make a deposit that waits for its first payment, or return the one that waits already. Holds no money.

    initial_amount: at least 2,000.00. Raises AmountTooSmall, InvalidInput, DepositAlreadyOpen, DepositNotActorsOwn.
    """
    check_amount("amount", initial_amount, MINIMUM_OPENING_AMOUNT)
    waiting = Deposit.objects.filter(
        merchant_id=merchant_id, campaign_id=campaign_id, status=Deposit.Status.AWAITING_PAYMENT
    ).first()
    if waiting is not None:
        return waiting
    with transaction.atomic(), raising_refusals():
        return get_deposit(_create_awaiting(merchant_id, campaign_id, initial_amount))


def activate_deposit(
    *, deposit_id: UUID, amount: Decimal, payment_id: UUID, payment_method: str, payment_reference: str
) -> Deposit:
    """Open a deposit that waits for its first payment with the money that arrived, at least 2,000.00.

    Raises AmountTooSmall, DepositSuspended (not waiting any more), MovementRepeated, DepositNotActorsOwn.
    """
    check_amount("amount", amount, MINIMUM_OPENING_AMOUNT)
    with transaction.atomic(), raising_refusals():
        return _activate(deposit_id, amount, payment_id, payment_method, payment_reference)


def recharge_deposit(
    *,
    deposit_id: UUID,
    amount: Decimal,
    payment_id: UUID | None = None,
    payment_method: str = PaymentMethod.BANK_TRANSFER,
    payment_reference: str = "",
) -> Movement:
    """Credit money that was received; the gauge's 100 % rises where the balance passes it.

    amount: at least 500.00 by staff; of a payment, whatever arrived (its minimum was checked when it was asked).
    payment_id: credits once per payment; without one a payment_reference is needed.
    Raises AmountTooSmall, DepositNotFound, DepositSuspended (closed or unpaid), MovementRepeated, DepositNotActorsOwn.
    Rule: product.md, "Deposit".
    """
    check_amount("amount", amount, CENTIME if payment_id else MINIMUM_RECHARGE_AMOUNT)
    reference = payment_reference if payment_id else _required_text("payment_reference", payment_reference)
    with transaction.atomic(), raising_refusals():
        movement = _move("recharge_deposit", deposit_id, amount, payment_id, payment_method, reference)
        record_audit(
            "deposits.deposit.recharged",
            get_deposit(deposit_id),
            merchant_id=movement.merchant_id,
            data={"amount": str(amount), "payment_reference": reference},
        )
    return movement


def reserve_commission(*, deposit_id: UUID, lead_id: UUID, amount: Decimal) -> None:
    """Hold a pending lead's commission; returns nothing, since the influencer may not know the deposit's amounts.

    Raises InsufficientDeposit, DepositSuspended, MovementRepeated, MovementDoesNotFitLead, DepositNotActorsOwn.
    """
    with raising_refusals():
        _move("reserve_commission", deposit_id, lead_id, amount)


def deduct_commission(*, deposit_id: UUID, lead_id: UUID, amount: Decimal) -> Movement:
    """Take a validated lead's reserved commission. Raises MovementRepeated, MovementDoesNotFitLead, DepositNotActorsOwn."""
    with raising_refusals():
        return _move("deduct_commission", deposit_id, lead_id, amount)


def release_commission(*, deposit_id: UUID, lead_id: UUID, amount: Decimal) -> Movement:
    """Give a rejected or expired lead's reserved commission back.

    Raises MovementRepeated, MovementDoesNotFitLead, DepositNotActorsOwn.
    """
    with raising_refusals():
        return _move("release_commission", deposit_id, lead_id, amount)


def refund_commission(*, deposit_id: UUID, lead_id: UUID, amount: Decimal) -> Movement:
    """Give the deducted commission of a returned lead back to the deposit; staff only, once per lead.

    Raises MovementRepeated, MovementDoesNotFitLead, DepositSuspended (closed), DepositNotActorsOwn.
    """
    with raising_refusals():
        return _move("refund_commission", deposit_id, lead_id, amount)


def release_commissions(*, releases: Sequence[Release]) -> list[Movement]:
    """Give many reserved commissions back in one round trip; as the platform. Returns one movement per deposit, by id.

    All or none. Raises MovementRepeated, InsufficientDeposit (less is reserved), DepositNotFound, DepositSuspended (closed or
    unpaid), DepositNotActorsOwn.
    """
    with transaction.atomic(), raising_refusals():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM release_commissions(%s::uuid[], %s::uuid[], %s::numeric[])",
                [
                    [release.lead_id for release in releases],
                    [release.deposit_id for release in releases],
                    [release.amount for release in releases],
                ],
            )
            movements = [Movement(*row) for row in cursor.fetchall()]
        for movement in movements:
            _announce(movement)
    return movements


def adjust_deposit(*, deposit_id: UUID, amount: Decimal, reason: str) -> Movement:
    """Correct a balance by a signed amount; staff only, always with a reason.

    Raises InvalidInput, InsufficientDeposit (more than is available), DepositSuspended (closed or unpaid), DepositNotFound.
    """
    if amount == 0 or not _fits(amount):
        raise InvalidInput(fields={"amount": _("Enter an amount other than zero, with two decimals at most.")})
    reason = _required_text("reason", reason)
    with transaction.atomic(), raising_refusals():
        movement = _move("adjust_deposit", deposit_id, amount, reason)
        record_audit(
            "deposits.deposit.adjusted",
            get_deposit(deposit_id),
            merchant_id=movement.merchant_id,
            data={"amount": str(amount), "reason": reason},
        )
    return movement


def suspend_deposit(*, deposit_id: UUID, reason: str) -> Deposit:
    """Stop a deposit from taking new reservations; decisions on pending leads stay possible. Repeating is harmless.

    Raises InvalidInput (no reason), DepositNotFound, DepositSuspended (closed or unpaid).
    """
    return _set_suspended(deposit_id, True, _required_text("reason", reason))


def resume_deposit(*, deposit_id: UUID, reason: str) -> Deposit:
    """Let a suspended deposit work again, active or depleted as its balance says. Repeating is harmless.

    Raises InvalidInput (no reason), DepositNotFound, DepositSuspended (closed or unpaid).
    """
    return _set_suspended(deposit_id, False, _required_text("reason", reason))


def set_smallest_commission(*, deposit_id: UUID, amount: Decimal) -> None:
    """Tell a deposit the least that its campaigns can ask for a lead now (MAD); it may become depleted or active by that."""
    with transaction.atomic(), raising_refusals():
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM set_deposit_smallest_commission(%s, %s)", [deposit_id, amount])
            status_before, status_after = cursor.fetchone()
        if status_before != status_after:
            deposit = get_deposit(deposit_id)
            level_changed.send(
                Deposit,
                deposit_id=deposit_id,
                merchant_id=deposit.merchant_id,
                level_before=deposit.alert_level,
                level_after=deposit.alert_level,
                status_before=status_before,
                status_after=status_after,
            )


def take_back_from_deposit(*, deposit_id: UUID, amount: Decimal, reason: str) -> Decimal:
    """Take up to `amount` (MAD) of what is available, for a refund or chargeback, and return what was taken.

    What is reserved for pending leads stays. Raises DepositNotFound, DepositNotActorsOwn.
    """
    with transaction.atomic(), raising_refusals():
        available = _scalar("SELECT lock_available_balance(%s)", [deposit_id])
        taken = min(available, amount)
        if taken > 0:
            _move("adjust_deposit", deposit_id, -taken, reason)
    return taken


def get_deposit(deposit_id: UUID) -> Deposit:
    """Return a deposit that the actor can see, or raise DepositNotFound."""
    try:
        return Deposit.objects.get(pk=deposit_id)
    except Deposit.DoesNotExist:
        raise DepositNotFound from None


def _create_awaiting(merchant_id: UUID, campaign_id: UUID | None, initial_amount: Decimal) -> UUID:
    return _scalar(
        "SELECT create_deposit(%s, %s, %s, %s)", [merchant_id, campaign_id, initial_amount, DEFAULT_SMALLEST_COMMISSION]
    )


def _activate(
    deposit_id: UUID, amount: Decimal, payment_id: UUID | None, payment_method: str, reference: str
) -> Deposit:
    movement = _move("open_deposit", deposit_id, amount, payment_id, payment_method, reference)
    campaign_id = get_deposit(deposit_id).campaign_id
    deposit_opened.send(Deposit, deposit_id=deposit_id, merchant_id=movement.merchant_id, campaign_id=campaign_id)
    deposit = get_deposit(deposit_id)
    record_audit(
        "deposits.deposit.opened",
        deposit,
        merchant_id=movement.merchant_id,
        data={"amount": str(amount), "payment_reference": reference},
    )
    return deposit


def _move(function: str, deposit_id: UUID, *arguments: Any) -> Movement:
    placeholders = ", ".join(["%s"] * (len(arguments) + 1))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}({placeholders})", [deposit_id, *arguments])
        (merchant_id, *amounts_and_states) = cursor.fetchone()
    movement = Movement(deposit_id, merchant_id, *amounts_and_states)
    _announce(movement)
    return movement


def _announce(movement: Movement) -> None:
    if movement.level_before != movement.level_after or movement.status_before != movement.status_after:
        level_changed.send(
            Deposit,
            deposit_id=movement.deposit_id,
            merchant_id=movement.merchant_id,
            level_before=movement.level_before,
            level_after=movement.level_after,
            status_before=movement.status_before,
            status_after=movement.status_after,
        )


def _set_suspended(deposit_id: UUID, suspended: bool, reason: str) -> Deposit:
    with transaction.atomic(), raising_refusals():
        before = get_deposit(deposit_id)
        _scalar("SELECT set_deposit_suspended(%s, %s)", [deposit_id, suspended])
        deposit = get_deposit(deposit_id)
        if deposit.status != before.status:
            action = "suspended" if suspended else "resumed"
            record_audit(
                f"deposits.deposit.{action}", deposit, merchant_id=deposit.merchant_id, data={"reason": reason}
            )
            level_changed.send(
                Deposit,
                deposit_id=deposit_id,
                merchant_id=deposit.merchant_id,
                level_before=before.alert_level,
                level_after=deposit.alert_level,
                status_before=before.status,
                status_after=deposit.status,
            )
    return deposit


def _scalar(sql: str, arguments: list) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchone()[0]


def _fits(amount: Decimal) -> bool:
    return amount.is_finite() and abs(amount) <= LARGEST_AMOUNT and amount == round_to_centime(amount)


def check_amount(field: str, amount: Decimal, minimum: Decimal) -> None:
    """Check an amount (MAD) that somebody typed into `field`. Raises InvalidInput, AmountTooSmall."""
    if not _fits(amount):
        raise InvalidInput(fields={field: _("Enter an amount with two decimals at most.")})
    if amount < minimum:
        raise AmountTooSmall(fields={field: _("At least %(minimum)s.") % {"minimum": format_mad(minimum)}})


def _required_text(field: str, text: str) -> str:
    if not text.strip():
        raise InvalidInput(fields={field: _("This field is required.")})
    return text.strip()
