"""Every kind with each of its faces; a kind that is missing here fails the test that reads them all."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from alerts.kinds import ChannelName, Kind
from alerts.previews import contexts
from alerts.previews.rendering import Sample
from deposits.levels import AlertLevel
from leads.models import Campaign
from leads.models.agreements import QUALITY_REASON
from payments.models import Payment

MERCHANT, INFLUENCER, STAFF = "merchant", "influencer", "staff"
TO_MERCHANT, TO_INFLUENCER, TO_STAFF = _("to the merchant"), _("to the influencer"), _("to staff")
PAUSED, ENDED, ACTIVE = Campaign.Status.PAUSED, Campaign.Status.ENDED, Campaign.Status.ACTIVE
LEVEL_AMOUNTS = {
    AlertLevel.ATTENTION: ("50.00", "2500.00", 24),
    AlertLevel.WARNING: ("20.00", "1000.00", 9),
    AlertLevel.CRITICAL: ("8.40", "420.00", 3),
    AlertLevel.DEPLETED: ("0.00", "0.00", 0),
}
"""Percentage, balance (MAD) and days left."""


def _to_merchant(kind: Kind, context: partial) -> Sample:
    return Sample(kind, MERCHANT, TO_MERCHANT, MERCHANT, context)


def _to_influencer(kind: Kind, context: partial) -> Sample:
    return Sample(kind, INFLUENCER, TO_INFLUENCER, INFLUENCER, context)


def _to_staff(kind: Kind, context: partial) -> Sample:
    return Sample(kind, STAFF, TO_STAFF, STAFF, context)


_about = contexts.about_agreement
_campaign, _returned, _expired = contexts.campaign_changed, contexts.return_decided, contexts.lead_expired
_recharge, _suspended, _problem = contexts.payment_succeeded, contexts.agreement_suspended, contexts.staff_problem

SAMPLES: tuple[Sample, ...] = (
    _to_merchant(Kind.WELCOME, partial(contexts.welcome)),
    _to_influencer(Kind.WELCOME, partial(contexts.welcome)),
    Sample(Kind.NEW_LEAD, "one", _("one lead"), MERCHANT, partial(contexts.new_leads, 1)),
    Sample(
        Kind.NEW_LEAD,
        "several",
        _("those of a quarter-hour"),
        MERCHANT,
        partial(contexts.new_leads, 5),
        on_dashboard=False,
    ),
    _to_influencer(Kind.LEAD_VALIDATED, partial(contexts.lead_validated)),
    _to_influencer(Kind.LEAD_REJECTED, partial(contexts.lead_rejected)),
    _to_merchant(Kind.LEAD_EXPIRED, partial(_expired, 3, to_influencer=False)),
    _to_influencer(Kind.LEAD_EXPIRED, partial(_expired, 1, to_influencer=True)),
    *(
        Sample(
            Kind.DEPOSIT_LEVEL,
            level.value,
            level.label,
            MERCHANT,
            partial(contexts.deposit_level, level, *amounts),
            level.value,
        )
        for level, amounts in LEVEL_AMOUNTS.items()
    ),
    _to_influencer(Kind.CAMPAIGN_PAUSED, partial(_campaign, PAUSED, "depleted", to_influencer=True)),
    _to_merchant(Kind.CAMPAIGN_PAUSED, partial(_campaign, PAUSED, "depleted", to_influencer=False)),
    Sample(
        Kind.CAMPAIGN_PAUSED,
        "by-staff",
        _("to the merchant, paused by staff"),
        MERCHANT,
        partial(_campaign, PAUSED, "manual", to_influencer=False),
    ),
    Sample(
        Kind.CAMPAIGN_PAUSED,
        "ended",
        _("to the influencer, ended for good"),
        INFLUENCER,
        partial(_campaign, ENDED, "", to_influencer=True),
    ),
    _to_influencer(Kind.CAMPAIGN_RESUMED, partial(_campaign, ACTIVE, "recharged", to_influencer=True)),
    _to_merchant(Kind.CAMPAIGN_RESUMED, partial(_campaign, ACTIVE, "recharged", to_influencer=False)),
    Sample(Kind.PAYMENT_SUCCEEDED, "recharge", _("recharge"), MERCHANT, partial(_recharge)),
    Sample(
        Kind.PAYMENT_SUCCEEDED,
        "automatic",
        _("auto-recharge"),
        MERCHANT,
        partial(_recharge, purpose=Payment.Purpose.AUTO_RECHARGE),
    ),
    _to_merchant(Kind.PAYMENT_FAILED, partial(contexts.payment_failed)),
    *(
        Sample(
            Kind.AUTO_RECHARGE_NEEDS_YOU,
            name,
            label,
            MERCHANT,
            partial(contexts.auto_recharge, reason, enabled=enabled),
        )
        for name, label, reason, enabled in (
            ("authentication", _("the bank asks for the merchant"), "authentication_required", True),
            ("ceiling", _("monthly ceiling reached"), "monthly_limit", True),
            ("off", _("switched off"), "expired_card", False),
        )
    ),
    _to_merchant(Kind.AGREEMENT_ASKED, partial(_about, to_influencer=False)),
    _to_influencer(Kind.AGREEMENT_OFFERED, partial(_about, to_influencer=True)),
    _to_influencer(Kind.AGREEMENT_ACCEPTED, partial(_about, to_influencer=True)),
    _to_merchant(Kind.AGREEMENT_ACCEPTED, partial(_about, to_influencer=False)),
    *(
        Sample(
            Kind.AGREEMENT_SUSPENDED,
            f"{cause}-{role}",
            label,
            role,
            partial(_suspended, reason, to_influencer=role == INFLUENCER),
        )
        for cause, reason, role, label in (
            ("quality", QUALITY_REASON, INFLUENCER, _("to the influencer, by the quality threshold")),
            ("quality", QUALITY_REASON, MERCHANT, _("to the merchant, by the quality threshold")),
            ("person", "Trop de doublons", INFLUENCER, _("to the influencer, by a person")),
            ("person", "Trop de doublons", MERCHANT, _("to the merchant, by a person")),
        )
    ),
    _to_staff(Kind.PAYOUT_ASKED, partial(contexts.payout_asked)),
    _to_influencer(Kind.PAYOUT_APPROVED, partial(contexts.payout)),
    _to_influencer(Kind.PAYOUT_PAID, partial(contexts.payout)),
    _to_influencer(Kind.PAYOUT_FAILED, partial(contexts.payout)),
    _to_staff(Kind.RETURN_ASKED, partial(contexts.return_asked)),
    *(
        Sample(
            Kind.RETURN_DECIDED,
            f"{'accepted' if accepted else 'refused'}-{role}",
            label,
            role,
            partial(_returned, accepted=accepted, to_influencer=role == INFLUENCER),
        )
        for accepted, role, label in (
            (True, MERCHANT, _("to the merchant, accepted")),
            (True, INFLUENCER, _("to the influencer, accepted")),
            (False, MERCHANT, _("to the merchant, refused")),
            (False, INFLUENCER, _("to the influencer, refused")),
        )
    ),
    _to_merchant(Kind.DAILY_REPORT, partial(contexts.merchant_report)),
    _to_staff(Kind.DAILY_REPORT, partial(contexts.platform_report)),
    _to_merchant(Kind.MONTHLY_REPORT, partial(contexts.monthly_report, MERCHANT)),
    _to_influencer(Kind.MONTHLY_REPORT, partial(contexts.monthly_report, INFLUENCER)),
    Sample(Kind.WEBHOOK_OFF, "silent", _("nothing came through"), MERCHANT, partial(contexts.webhook_off, "failing")),
    Sample(Kind.WEBHOOK_OFF, "gone", _("the address is gone"), MERCHANT, partial(contexts.webhook_off, "gone")),
    _to_staff(Kind.STAFF_REVIEW, partial(contexts.staff_review)),
    *(
        Sample(Kind.STAFF_PROBLEM, name, label, STAFF, partial(_problem, problem, detail))
        for name, label, problem, detail in (
            ("messages", _("messages given up"), "delivery_given_up", ChannelName.SMS.value),
            (
                "differences",
                _("the books don't agree"),
                "differences",
                "deposit 01a1f765: balance 4940.00, movements 4939.00",
            ),
            ("job", _("a job failed"), "job_failed", "expire_leads: OperationalError: connection refused"),
        )
    ),
)


def sample_of(kind: str, name: str) -> Sample | None:
    """Return one face of a kind, None for one that isn't there."""
    return next((sample for sample in SAMPLES if (sample.kind, sample.name) == (kind, name)), None)
