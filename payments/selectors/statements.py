"""What a monthly statement says, from the movements alone. Amounts in MAD, as text; times in ISO 8601.

A month has the movements up to the last one that began before its end, by their numbers, which have no gap: so each month opens
with what the one before closed with, to the centime, also where two movements crossed at midnight.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.models import Influencer, Merchant
from deposits.campaign_names import campaign_names
from deposits.models import Deposit, DepositTransaction
from leads.models import EarningEntry, Lead
from leadsmarket.lib.days import Month
from leadsmarket.lib.money import ZERO
from payments.models import Payment, Payout

Kind = DepositTransaction.Kind
Entry = EarningEntry.Kind
Data = dict[str, Any]

OF_BALANCE = (Kind.INITIAL, Kind.RECHARGE, Kind.DEDUCTION, Kind.REFUND, Kind.ADJUSTMENT)
BUCKETS = ("earned", "payable", "in_payout", "paid")


class StatementDiffers(Exception):
    """Opening, movements and closing of a statement don't agree: the books are wrong, `reconcile` says where."""


def merchant_statement(merchant_id: UUID, month: Month) -> Data:
    """Return a merchant's month over all its deposits. Raises StatementDiffers. Eight queries."""
    merchant = Merchant.objects.get(pk=merchant_id)
    deposits = _deposits_with_bounds(merchant_id, month)
    movements = _movements_between(deposits)
    sums = {
        (row["deposit_id"], row["kind"]): row
        for row in movements.order_by().values("deposit_id", "kind").annotate(count=Count("pk"), sum=Sum("amount"))
    }
    lines = _deposit_lines(deposits, sums)
    total = {name: sum((line[name] for line in lines), ZERO) for name in _DEPOSIT_AMOUNTS}
    return {
        "month": str(month),
        "merchant": {
            "name": merchant.name,
            "ice": merchant.ice,
            "address": merchant.address,
            "city": merchant.city,
        },
        "platform": dict(settings.PLATFORM_LEGAL_DETAILS),
        "currency": "MAD",
        **_texts(total),
        "movements": [_sum_of(kind, sums) for kind in Kind.values],
        "deposits": [_texts(line) for line in lines],
        "campaigns": _campaigns(movements),
        "payments": _payments(movements),
        "adjustments": [
            {"at": row.created_at.isoformat(), "reason": row.reason, "amount": str(row.amount)}
            for row in movements.filter(kind=Kind.ADJUSTMENT).order_by("created_at", "sequence")
        ],
    }


_DEPOSIT_AMOUNTS = ("opening_amount", "change_amount", "closing_amount", "opening_reserved_amount", "reserved_amount")


def _deposits_with_bounds(merchant_id: UUID, month: Month) -> list[Any]:
    """Return the merchant's deposits with `before` and `until`: the last movement before the month, and of it (0: none)."""

    def last_before(moment: Any) -> Subquery:
        earlier = DepositTransaction.objects.filter(deposit=OuterRef("pk"), created_at__lt=moment)
        return Subquery(earlier.order_by("-created_at", "-sequence").values("sequence")[:1])

    deposits = Deposit.objects.filter(merchant_id=merchant_id).annotate(
        before=last_before(month.starts_at), until=last_before(month.ends_at)
    )
    return [deposit for deposit in deposits.order_by(F("campaign_id").asc(nulls_first=True), "id") if deposit.until]


def _movements_between(deposits: Iterable[Any]) -> QuerySet[DepositTransaction]:
    within = Q(pk__in=[])
    for deposit in deposits:
        within |= Q(deposit_id=deposit.pk, sequence__gt=deposit.before or 0, sequence__lte=deposit.until)
    return DepositTransaction.objects.filter(within)


def _deposit_lines(deposits: list[Any], sums: dict[tuple[UUID, str], Any]) -> list[Data]:
    at_bounds = Q(pk__in=[])
    for deposit in deposits:
        at_bounds |= Q(deposit_id=deposit.pk, sequence__in=[deposit.before or 0, deposit.until])
    ends = {(row.deposit_id, row.sequence): row for row in DepositTransaction.objects.filter(at_bounds)}
    names = campaign_names({deposit.campaign_id for deposit in deposits if deposit.campaign_id})
    lines = []
    for deposit in deposits:
        first, last = ends.get((deposit.pk, deposit.before)), ends[deposit.pk, deposit.until]
        amounts = {kind: sums.get((deposit.pk, kind), {}).get("sum") or ZERO for kind in Kind.values}
        change = sum((_signed(kind, amounts[kind]) for kind in OF_BALANCE), ZERO)
        opening = first.balance_after if first else ZERO
        held = amounts[Kind.RESERVATION] - amounts[Kind.RELEASE] - amounts[Kind.DEDUCTION]
        opening_reserved = first.reserved_after if first else ZERO
        if opening + change != last.balance_after or opening_reserved + held != last.reserved_after:
            raise StatementDiffers(f"deposit {deposit.pk}")
        if opening or change or opening_reserved or any(amounts.values()):
            name = names.get(deposit.campaign_id, "") if deposit.campaign_id else ""
            amounts_of_line = (opening, change, last.balance_after, opening_reserved, last.reserved_after)
            lines.append({"name": name} | dict(zip(_DEPOSIT_AMOUNTS, amounts_of_line, strict=True)))
    return lines


def _signed(kind: str, amount: Decimal) -> Decimal:
    return -amount if kind == Kind.DEDUCTION else amount


def _sum_of(kind: str, sums: dict[tuple[UUID, str], Any]) -> Data:
    rows = [row for (_deposit, of_kind), row in sums.items() if of_kind == kind]
    amount = sum((row["sum"] for row in rows), ZERO)
    return {"kind": kind, "count": sum(row["count"] for row in rows), "amount": str(_signed(kind, amount))}


def _campaigns(movements: QuerySet[DepositTransaction]) -> list[Data]:
    """Return what leads cost and what was refunded, by campaign; the dearest first."""
    campaign = Subquery(Lead.objects.filter(pk=OuterRef("lead_id")).values("campaign_id")[:1])
    found: dict[UUID, Data] = defaultdict(
        lambda: {"validated": 0, "returned": 0, "commission_amount": ZERO, "refunded_amount": ZERO}
    )
    rows = movements.filter(kind__in=[Kind.DEDUCTION, Kind.REFUND]).order_by().annotate(campaign=campaign)
    for row in rows.values("campaign", "kind").annotate(count=Count("pk"), sum=Sum("amount")):
        count, amount = (
            ("validated", "commission_amount") if row["kind"] == Kind.DEDUCTION else ("returned", "refunded_amount")
        )
        found[row["campaign"]][count] += row["count"]
        found[row["campaign"]][amount] += row["sum"]
    names = campaign_names(set(found))
    lines = [
        {"name": names.get(key, "")} | line | {"net_amount": line["commission_amount"] - line["refunded_amount"]}
        for key, line in found.items()
    ]
    return [_texts(line) for line in sorted(lines, key=lambda line: (-line["commission_amount"], line["name"]))]


def _payments(movements: QuerySet[DepositTransaction]) -> list[Data]:
    """Return what was paid in, with the numbers of the receipts."""
    paid_in = list(movements.filter(kind__in=[Kind.INITIAL, Kind.RECHARGE]).order_by("created_at", "sequence"))
    payments = Payment.objects.filter(pk__in=[row.payment_id for row in paid_in if row.payment_id])
    by_id = {payment.pk: payment for payment in payments.select_related("receipt")}
    lines = []
    for row in paid_in:
        payment = by_id.get(row.payment_id) if row.payment_id else None
        receipt = getattr(payment, "receipt", None)
        lines.append(
            {
                "at": row.created_at.isoformat(),
                "kind": row.kind,
                "receipt": receipt.number if receipt else "",
                "reference": payment.reference if payment else row.payment_reference,
                "method": row.payment_method or (payment.method if payment else ""),
                "amount": str(row.amount),
            }
        )
    return lines


def influencer_statement(influencer_id: UUID, month: Month) -> Data:
    """Return an influencer's month: shares earned and taken back by campaign, payouts, balance. Raises StatementDiffers."""
    influencer = Influencer.objects.get(pk=influencer_id)
    entries = EarningEntry.objects.filter(influencer_id=influencer_id)
    before, until = (_last_before(entries, moment) for moment in (month.starts_at, month.ends_at))
    within = entries.filter(sequence__gt=before.sequence if before else 0, sequence__lte=until.sequence if until else 0)
    kinds: dict[str, dict[str, Any]] = {
        row["kind"]: dict(row)
        for row in within.order_by().values("kind").annotate(count=Count("pk"), sum=Sum("amount"))
    }
    sums = {kind: kinds.get(kind, {}).get("sum") or ZERO for kind in Entry.values}
    opening, closing = _buckets(before), _buckets(until)
    total = sum((opening[name] for name in BUCKETS), ZERO) + sums[Entry.EARNED] - sums[Entry.REVERSED]
    if total != sum((closing[name] for name in BUCKETS), ZERO):
        raise StatementDiffers(f"influencer {influencer_id}")
    return {
        "month": str(month),
        "influencer": influencer.display_name,
        "platform": dict(settings.PLATFORM_LEGAL_DETAILS),
        "currency": "MAD",
        "opening": _texts({f"{name}_amount": amount for name, amount in opening.items()} | _owed(opening)),
        "closing": _texts({f"{name}_amount": amount for name, amount in closing.items()} | _owed(closing)),
        "validated": kinds.get(Entry.EARNED, {}).get("count", 0),
        "returned": kinds.get(Entry.REVERSED, {}).get("count", 0),
        **_texts(
            {
                "earned_amount": sums[Entry.EARNED],
                "returned_amount": sums[Entry.REVERSED],
                "became_payable_amount": sums[Entry.PAYABLE],
                "asked_amount": sums[Entry.PAYOUT_REQUESTED] - sums[Entry.PAYOUT_FAILED],
                "paid_amount": sums[Entry.PAYOUT_PAID],
            }
        ),
        "campaigns": _earnings_by_campaign(within),
        "payouts": _payouts(within),
    }


def _last_before(entries: QuerySet[EarningEntry], moment: Any) -> EarningEntry | None:
    return entries.filter(created_at__lt=moment).order_by("-sequence").first()


def _buckets(entry: EarningEntry | None) -> dict[str, Decimal]:
    return {name: getattr(entry, f"{name}_after") if entry else ZERO for name in BUCKETS}


def _owed(buckets: dict[str, Decimal]) -> Data:
    """What the platform still has to pay: everything but what was paid."""
    return {"open_amount": buckets["earned"] + buckets["payable"] + buckets["in_payout"]}


def _earnings_by_campaign(within: QuerySet[EarningEntry]) -> list[Data]:
    found: dict[UUID, Data] = defaultdict(
        lambda: {"validated": 0, "returned": 0, "earned_amount": ZERO, "returned_amount": ZERO}
    )
    rows = within.filter(kind__in=[Entry.EARNED, Entry.REVERSED]).order_by()
    for row in rows.values("lead__campaign_id", "kind").annotate(count=Count("pk"), sum=Sum("amount")):
        count, amount = (
            ("validated", "earned_amount") if row["kind"] == Entry.EARNED else ("returned", "returned_amount")
        )
        found[row["lead__campaign_id"]][count] += row["count"]
        found[row["lead__campaign_id"]][amount] += row["sum"]
    names = campaign_names(set(found))
    lines = [
        {"name": names.get(key, "")} | line | {"net_amount": line["earned_amount"] - line["returned_amount"]}
        for key, line in found.items()
    ]
    return [_texts(line) for line in sorted(lines, key=lambda line: (-line["earned_amount"], line["name"]))]


def _payouts(within: QuerySet[EarningEntry]) -> list[Data]:
    paid = list(within.filter(kind=Entry.PAYOUT_PAID).order_by("sequence"))
    payouts = Payout.objects.filter(pk__in=[entry.payout_id for entry in paid]).select_related("statement")
    by_id: dict[UUID | None, Payout] = {payout.pk: payout for payout in payouts}
    return [
        {
            "at": entry.created_at.isoformat(),
            "reference": by_id[entry.payout_id].reference,
            "statement": getattr(getattr(by_id[entry.payout_id], "statement", None), "number", ""),
            "amount": str(entry.amount),
        }
        for entry in paid
    ]


def _texts(line: Data) -> Data:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in line.items()}


def first_month(*, merchant_id: UUID | None = None, influencer_id: UUID | None = None) -> Month | None:
    """Return the month of a side's first movement, or None. One query."""
    if merchant_id:
        deposits = Deposit.objects.filter(merchant_id=merchant_id)
        opening = DepositTransaction.objects.filter(deposit__in=deposits, sequence=1).aggregate(at=Min("created_at"))
        found = opening["at"]
    elif influencer_id:
        entries = EarningEntry.objects.filter(influencer_id=influencer_id, sequence=1)
        found = entries.values_list("created_at", flat=True).first()
    else:
        found = None
    return Month.of(timezone.localdate(found)) if found else None
