"""What the templates get for the previews: the tellers' own contexts where they have them, of rows that are not stored."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Influencer, Merchant
from alerts.pages import page
from alerts.tellers.agreements import suspension_context
from alerts.tellers.campaigns import campaign_context
from alerts.tellers.deposits import level_context
from alerts.tellers.leads import decision_context, expiry_context, new_leads_context
from alerts.tellers.platform import problem_context
from alerts.tellers.reports import bars
from analytics.selectors.leads import LeadFigures
from analytics.selectors.money import Balances, MoneyFigures
from analytics.selectors.platform import CashFigures, LevelFigures, ThingsToDo
from deposits.levels import AlertLevel
from deposits.models import Deposit, PaymentMethod
from leads.models import Campaign, InfluencerAgreement, Lead, LeadReturn, RejectionReason, ReturnReason
from leads.selectors.pending import PendingSummary
from leadsmarket.lib.days import Month
from payments.models import AutoRecharge, Payment, Payout, PayoutStatement, Receipt, ReviewItem
from payments.selectors.auto_recharge import FAILURES, finish_url
from payments.selectors.payments import failure_reason

Context = dict[str, Any]
GENERAL_DEPOSIT = _("General deposit")


def _world() -> tuple[Merchant, Influencer, Campaign, Deposit]:
    merchant = Merchant(name="Atlas Rénovation")
    campaign = Campaign(merchant=merchant, name="Cuisine sur mesure", service="Rénovation de cuisine")
    deposit = Deposit(merchant=merchant, initial_amount=Decimal("5000.00"), current_balance=Decimal("420.00"))
    return merchant, Influencer(display_name="Salma Bennani"), campaign, deposit


def _lead(**changes: Any) -> Lead:
    merchant, influencer, campaign, deposit = _world()
    now = timezone.now()
    fields = {
        "status": Lead.Status.PENDING,
        "estimated_value": Decimal("600.00"),
        "commission_amount": Decimal("60.00"),
        "influencer_commission_amount": Decimal("18.00"),
        "auto_payment": True,
        "created_at": now - timedelta(minutes=6),
        "expires_at": now + timedelta(hours=71, minutes=54),
    }
    return Lead(merchant=merchant, campaign=campaign, influencer=influencer, deposit=deposit, **(fields | changes))


def _agreement(**changes: Any) -> InfluencerAgreement:
    merchant, influencer, campaign, _deposit = _world()
    return InfluencerAgreement(merchant=merchant, influencer=influencer, campaign=campaign, **changes)


def new_leads(count: int) -> Context:
    """New leads of the last minutes, three of them named; 14 wait in all."""
    leads = [_lead() for _number in range(min(count, 3))]
    pending = PendingSummary(14, False, Decimal("8400.00"), Decimal("840.00"))
    return new_leads_context(leads, count, expires_at=leads[-1].expires_at, pending=pending)


def deposit_level(level: str, percentage: str, left: str, days: int | None) -> Context:
    """A level with its percentage and amount left (MAD); 60.00 of it are reserved."""
    _merchant, _influencer, _campaign, deposit = _world()
    balance = Decimal(left)
    context = level_context(
        deposit,
        level,
        current_balance=balance,
        available_balance=max(balance - 60, Decimal("0.00")),
        gauge_percentage=Decimal(percentage),
        forecast=(int(balance // 60), days),
    )
    return context | {"deposit_name": GENERAL_DEPOSIT}


def campaign_changed(status: str, reason: str, *, to_influencer: bool) -> Context:
    """A campaign that stopped or goes on."""
    _merchant, _influencer, campaign, _deposit = _world()
    return campaign_context(
        campaign, status=status, reason=reason, by_staff=reason == "manual", to_influencer=to_influencer
    )


def _payment(**changes: Any) -> Payment:
    merchant, _influencer, _campaign, deposit = _world()
    fields = {"amount": Decimal("5000.00"), "method": PaymentMethod.CMI, "purpose": Payment.Purpose.RECHARGE}
    return Payment(merchant=merchant, deposit=deposit, **(fields | changes))


def payment_succeeded(**changes: Any) -> Context:
    """A recharge of 5,000.00 that was credited."""
    payment = _payment(credited_amount=Decimal("5000.00"), **changes)
    return {
        "payment": payment,
        "receipt": Receipt(payment=payment, number="R-2026-000042"),
        "deposit_name": GENERAL_DEPOSIT,
        "new_balance": Decimal("5420.00"),
        "owed_part": None,
        "is_automatic": payment.purpose == Payment.Purpose.AUTO_RECHARGE,
        "url": page("deposits:detail", payment.deposit.pk),
    }


def payment_failed() -> Context:
    """The same, declined."""
    payment = _payment(failure_code="card_declined")
    return {
        "payment": payment,
        "deposit_name": GENERAL_DEPOSIT,
        "reason": failure_reason(payment),
        "url": page("payments:recharge", payment.deposit.pk),
    }


def auto_recharge(reason: str, *, enabled: bool = True) -> Context:
    """An auto-recharge of 2,000.00 that brought no money."""
    payment = _payment(amount=Decimal("2000.00"))
    paused_until = timezone.now() + timedelta(hours=24)
    return {
        "auto": AutoRecharge(deposit=payment.deposit, enabled=enabled, paused_until=paused_until),
        "amount": payment.amount,
        "deposit_name": GENERAL_DEPOSIT,
        "reason": FAILURES.get(reason, _("The bank declined the payment.")),
        "is_ceiling": reason == "monthly_limit",
        "url": finish_url(payment.deposit.pk, payment.amount),
        "settings_url": page("payments:auto_recharge", payment.deposit.pk),
    }


def about_agreement(*, to_influencer: bool) -> Context:
    """An agreement that was asked for, offered or accepted."""
    agreement = _agreement()
    return {
        "agreement": agreement,
        "campaign_name": agreement.campaign.name,
        "to_influencer": to_influencer,
        "url": page("leads:agreements"),
    }


def agreement_suspended(reason: str, *, to_influencer: bool) -> Context:
    """An agreement that was suspended, by QUALITY_REASON or what a person wrote."""
    return suspension_context(_agreement(quality_threshold=Decimal("6.00")), reason, to_influencer=to_influencer)


def payout(**more: Any) -> Context:
    """A payout of 750.00, with all that its steps tell."""
    payout = Payout(
        influencer=Influencer(display_name="Salma Bennani"),
        amount=Decimal("750.00"),
        reference="V-7K2M9QRT",
        rib="011780000012345678901250",
        failure_reason="Compte clôturé",
    )
    context = {
        "payout": payout,
        "statement": PayoutStatement(payout=payout, number="RV-2026-000007"),
        "url": page("payments:payouts"),
    }
    return context | more


def payout_asked() -> Context:
    """The same, as staff is told of it."""
    return payout(influencer_name="Salma Bennani", url=page("admin:payments_payout_changelist"))


def return_asked() -> Context:
    """A lead that a merchant wants to return."""
    lead = _lead()
    details = "Le numéro ne répond jamais."
    return {
        "lead_return": LeadReturn(lead=lead, reason=ReturnReason.WRONG_CONTACT, details=details),
        "lead": lead,
        "merchant_name": lead.merchant.name,
        "campaign_name": lead.campaign.name,
        "url": page("admin:index"),
    }


def return_decided(*, accepted: bool, to_influencer: bool) -> Context:
    """The same, decided."""
    lead = _lead()
    status = LeadReturn.Status.ACCEPTED if accepted else LeadReturn.Status.REFUSED
    note = "Vérifié par téléphone." if accepted else "Le numéro fonctionne."
    return {
        "lead_return": LeadReturn(lead=lead, reason=ReturnReason.WRONG_CONTACT, status=status, decision_note=note),
        "accepted": accepted,
        "to_influencer": to_influencer,
        "amount": lead.influencer_commission_amount if to_influencer else lead.commission_amount,
        "campaign_name": lead.campaign.name,
        "url": page("leads:detail", lead.pk),
    }


def staff_review() -> Context:
    """Money that no rule may decide."""
    payment = _payment()
    item = ReviewItem(kind=ReviewItem.Kind.WRONG_AMOUNT, payment=payment, details="paid: 4999.00 MAD")
    return {"item": item, "payment": payment, "url": page("admin:index")}


def staff_problem(problem: str, detail: str) -> Context:
    """What staff must know of."""
    return problem_context({"problem": problem, "detail": detail})


def welcome() -> Context:
    """A new person."""
    return {"url": page("dashboard")}


def lead_validated() -> Context:
    """A lead with a score."""
    return decision_context(_lead(status=Lead.Status.VALIDATED, quality_score=8))


def lead_rejected() -> Context:
    """A lead without one."""
    return decision_context(_lead(status=Lead.Status.REJECTED, rejection_reason=RejectionReason.UNREACHABLE))


def lead_expired(count: int, *, to_influencer: bool) -> Context:
    """Leads that nobody decided in time."""
    lead_id = _lead().pk if count == 1 else None
    return expiry_context(count, amount=Decimal("60.00") * count, lead_id=lead_id, to_influencer=to_influencer)


def webhook_off(reason: str) -> Context:
    """A webhook that the platform switched off; its model is of an app above this one."""
    endpoint = SimpleNamespace(url="https://crm.example.ma/leadsmarket", off_reason=reason)
    return {"endpoint": endpoint, "url": page("accounts:settings")}


def merchant_report() -> Context:
    """A merchant's yesterday."""
    return {
        **_report(),
        "is_platform": False,
        "merchant_name": "Atlas Rénovation",
        "money": MoneyFigures(deposited_amount=Decimal("5000.00"), deducted_amount=Decimal("240.00")),
        "balances": Balances(
            deposit_count=1,
            current_balance=Decimal("4760.00"),
            reserved_amount=Decimal("840.00"),
            available_balance=Decimal("3920.00"),
            deposited_amount=Decimal("10000.00"),
            spent_amount=Decimal("5240.00"),
            alert_level=AlertLevel.HEALTHY,
            leads_left=65,
            days_left=16,
        ),
        "has_activity": True,
        "url": page("dashboard"),
    }


def monthly_report(role: str) -> Context:
    """The month before, of a merchant or an influencer."""
    report, month = _report(), Month.of(timezone.localdate()).before()
    to_merchant = role == "merchant"
    money = MoneyFigures(deposited_amount=Decimal("5000.00"), deducted_amount=Decimal("240.00"))
    return {
        "month": month.first,
        "name": "Atlas Rénovation" if to_merchant else "Salma Bennani",
        "figures": report["figures"],
        "before": report["before"],
        "money": money if to_merchant else None,
        "has_statement": True,
        "url": page("payments:statements"),
    }


def platform_report() -> Context:
    """The platform's yesterday."""
    return {
        **_report(),
        "is_platform": True,
        "cash": CashFigures(Decimal("12000.00"), Decimal("1500.00"), Decimal("0.00")),
        "levels": [LevelFigures(level, count) for level, count in zip(AlertLevel, (31, 8, 3, 2, 1), strict=True)],
        "to_do": ThingsToDo(2, 3, 1, 1, 0, 0),
        "url": page("admin:index"),
    }


def _report() -> Context:
    yesterday = timezone.localdate() - timedelta(days=1)
    days = {
        yesterday - timedelta(days=6 - place): LeadFigures(created_count=count)
        for place, count in enumerate((4, 7, 3, 0, 9, 6, 8))
    }
    return {
        "day": yesterday,
        "figures": LeadFigures(
            created_count=8,
            validated_count=4,
            gross_commission_amount=Decimal("240.00"),
            gross_influencer_amount=Decimal("72.00"),
        ),
        "before": LeadFigures(created_count=6),
        "pending": 14,
        "bars": bars(days),
    }
