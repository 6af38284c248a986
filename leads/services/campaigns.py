"""Campaigns: what a merchant wants leads for, on which terms, and when it takes them.

A change here can change the least commission that a deposit must be able to pay. Lock order: deposit, then campaign.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Func, QuerySet, UUIDField
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from deposits.models import Deposit
from deposits.services import DEFAULT_SMALLEST_COMMISSION, set_smallest_commission
from leads.errors import CampaignNotFound, StepNotPossible
from leads.models import Campaign, CampaignSettings
from leads.models.campaigns import LONGEST_DESCRIPTION
from leads.signals import campaign_status_changed
from leadsmarket.lib.errors import InvalidInput, raising_refusals


@dataclass(frozen=True, slots=True)
class CampaignTerms:
    """A campaign's settings; the defaults of product.md, "Commission". Amounts in MAD, the rate in percent."""

    percentage_commission_rate: Decimal = Decimal("10.00")
    fixed_commission_amount: Decimal = Decimal("80.00")
    commission_threshold: Decimal = Decimal("800.00")
    minimum_estimated_value: Decimal = Decimal("50.00")
    auto_stop_on_depletion: bool = True
    lead_expiry_hours: int = 72


DEFAULT_TERMS = CampaignTerms()


def create_campaign(
    *,
    merchant_id: UUID,
    name: str,
    service: str,
    description: str = "",
    terms: CampaignTerms = DEFAULT_TERMS,
    activate: bool = True,
) -> Campaign:
    """Make a campaign with its settings, active at once or a draft. Raises InvalidInput.

    On a depleted deposit an active one begins paused by that, like one that is activated (activate_campaign).
    """
    campaign = Campaign(
        merchant_id=merchant_id,
        name=name.strip(),
        service=service.strip(),
        description=description.strip(),
        status=Campaign.Status.DRAFT,
    )
    settings = _settings_from(campaign, terms)
    _check(campaign, settings)
    with transaction.atomic(), raising_refusals():
        _lock_deposits(merchant_id)
        if activate:
            campaign.status, campaign.pause_reason = _status_when_activated(campaign, settings)
        campaign.save(force_insert=True)
        settings.save(force_insert=True)
        record_audit("leads.campaign.created", campaign, merchant_id=merchant_id, data=_terms_data(settings))
        refresh_smallest_commissions(merchant_id)
        campaign.refresh_from_db(fields=["status", "pause_reason"])
        if activate:
            campaign_status_changed.send(
                Campaign, campaign=campaign, status_before=Campaign.Status.DRAFT, reason=campaign.pause_reason
            )
    return campaign


def change_campaign(*, campaign_id: UUID, name: str, service: str, description: str, terms: CampaignTerms) -> Campaign:
    """Change a campaign's texts and settings; leads that exist keep their terms.

    Raises InvalidInput, CampaignNotFound, StepNotPossible (ended).
    """
    with transaction.atomic(), raising_refusals():
        campaign = _locked(campaign_id)
        if campaign.status == Campaign.Status.ENDED:
            raise StepNotPossible
        before = _terms_data(campaign.settings)
        campaign.name, campaign.service, campaign.description = name.strip(), service.strip(), description.strip()
        settings = _settings_from(campaign, terms)
        _check(campaign, settings)
        campaign.save(update_fields=["name", "service", "description"])
        settings.save(force_update=True)
        record_audit(
            "leads.campaign.changed",
            campaign,
            merchant_id=campaign.merchant_id,
            data={"before": before, "after": _terms_data(settings)},
        )
        refresh_smallest_commissions(campaign.merchant_id)
    return Campaign.objects.select_related("settings").get(pk=campaign_id)


def update_campaign(
    *, campaign_id: UUID, texts: Mapping[str, str], terms: Mapping[str, Any], status: str | None = None
) -> Campaign:
    """Change only what is given: some of name, service, description, some of CampaignTerms, the status.

    All or nothing. status: active, paused or ended. Raises InvalidInput, CampaignNotFound, StepNotPossible.
    """
    steps = {
        Campaign.Status.ACTIVE: activate_campaign,
        Campaign.Status.PAUSED: pause_campaign,
        Campaign.Status.ENDED: end_campaign,
    }
    with transaction.atomic(), raising_refusals():
        campaign = _locked(campaign_id)
        if texts or terms:
            present = {name: getattr(campaign, name) for name in ("name", "service", "description")}
            present_terms = {field.name: getattr(campaign.settings, field.name) for field in fields(CampaignTerms)}
            change_campaign(
                campaign_id=campaign_id, **(present | dict(texts)), terms=CampaignTerms(**(present_terms | dict(terms)))
            )
        if status is not None:
            steps[Campaign.Status(status)](campaign_id=campaign_id)
    return Campaign.objects.select_related("settings").get(pk=campaign_id)


def require_open_campaign(*, merchant_id: UUID, campaign_id: UUID) -> None:
    """Raise CampaignNotFound unless the campaign is this merchant's and has not ended."""
    campaigns = Campaign.objects.filter(pk=campaign_id, merchant_id=merchant_id)
    if not campaigns.exclude(status=Campaign.Status.ENDED).exists():
        raise CampaignNotFound


def activate_campaign(*, campaign_id: UUID) -> Campaign:
    """Let a draft or paused campaign take leads. Repeating is harmless. Raises CampaignNotFound, StepNotPossible (ended).

    On a depleted deposit one that stops by itself is paused with reason `depleted` instead: the next recharge resumes it.
    """
    return _set_status(campaign_id, Campaign.Status.ACTIVE, possible_from=("draft", "paused"))


def pause_campaign(*, campaign_id: UUID) -> Campaign:
    """Stop an active campaign by hand; a recharge will not resume it.

    A campaign paused by depletion becomes paused by hand. Repeating is harmless. Raises CampaignNotFound,
    StepNotPossible (draft or ended).
    """
    return _set_status(
        campaign_id, Campaign.Status.PAUSED, Campaign.PauseReason.MANUAL, possible_from=("active", "paused")
    )


def end_campaign(*, campaign_id: UUID) -> Campaign:
    """End a campaign for good; its pending leads can still be decided. Repeating is harmless. Raises CampaignNotFound."""
    return _set_status(campaign_id, Campaign.Status.ENDED, possible_from=("draft", "active", "paused"))


def pause_depleted_campaigns(deposit_id: UUID, merchant_id: UUID) -> None:
    """Pause, with reason `depleted`, the active campaigns that draw on a depleted deposit and want to stop by themselves."""
    campaigns = _served_by(deposit_id, merchant_id).filter(
        status=Campaign.Status.ACTIVE, settings__auto_stop_on_depletion=True
    )
    for campaign in campaigns:
        _change_status(campaign, Campaign.Status.PAUSED, Campaign.PauseReason.DEPLETED, reason="depleted")


def resume_recharged_campaigns(deposit_id: UUID, merchant_id: UUID) -> None:
    """Resume exactly the campaigns that a depletion of this deposit paused; never one that a person paused."""
    campaigns = _served_by(deposit_id, merchant_id).filter(
        status=Campaign.Status.PAUSED, pause_reason=Campaign.PauseReason.DEPLETED
    )
    for campaign in campaigns:
        _change_status(campaign, Campaign.Status.ACTIVE, "", reason="recharged")


def refresh_smallest_commissions(merchant_id: UUID) -> None:
    """Tell each of a merchant's deposits the least that its campaigns can ask for a lead now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deposit_id, amount FROM deposit_smallest_commissions(%s) ORDER BY 1", [merchant_id])
        smallest = cursor.fetchall()
    for deposit_id, amount in smallest:
        set_smallest_commission(deposit_id=deposit_id, amount=amount or DEFAULT_SMALLEST_COMMISSION)


def _served_by(deposit_id: UUID, merchant_id: UUID) -> QuerySet[Campaign]:
    deposit_of_campaign = Func(F("merchant_id"), F("id"), function="deposit_of_campaign", output_field=UUIDField())
    return (
        Campaign.objects.alias(deposit_id=deposit_of_campaign)
        .filter(merchant_id=merchant_id, deposit_id=deposit_id)
        .select_for_update(no_key=True, of=("self",))
        .order_by("id")
    )


def _set_status(campaign_id: UUID, status: str, pause_reason: str = "", *, possible_from: tuple[str, ...]) -> Campaign:
    with transaction.atomic(), raising_refusals():
        campaign = _locked(campaign_id)
        if (campaign.status, campaign.pause_reason) == (status, pause_reason):
            return campaign
        if campaign.status not in possible_from:
            raise StepNotPossible
        if status == Campaign.Status.ACTIVE:
            status, pause_reason = _status_when_activated(campaign, campaign.settings)
            if (campaign.status, campaign.pause_reason) == (status, pause_reason):
                return campaign
        _change_status(campaign, status, pause_reason, reason=pause_reason)
        refresh_smallest_commissions(campaign.merchant_id)
        # What it asks for can revive its deposit or deplete it, and that resumes or pauses it at once.
        campaign.refresh_from_db(fields=["status", "pause_reason"])
    return campaign


def _status_when_activated(campaign: Campaign, settings: CampaignSettings) -> tuple[str, str]:
    """Status and reason of its pause. Called with the merchant's deposits locked, so that no recharge comes between."""
    if settings.auto_stop_on_depletion:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT status FROM company_deposits WHERE id = deposit_of_campaign(%s, %s)",
                [campaign.merchant_id, campaign.pk],
            )
            if cursor.fetchone() == (Deposit.Status.DEPLETED,):
                return Campaign.Status.PAUSED, Campaign.PauseReason.DEPLETED
    return Campaign.Status.ACTIVE, ""


def _change_status(campaign: Campaign, status: str, pause_reason: str, *, reason: str) -> None:
    status_before = campaign.status
    campaign.status, campaign.pause_reason = status, pause_reason
    campaign.save(update_fields=["status", "pause_reason"])
    record_audit(
        "leads.campaign.status_changed",
        campaign,
        merchant_id=campaign.merchant_id,
        data={"before": status_before, "after": status, "reason": reason},
    )
    campaign_status_changed.send(Campaign, campaign=campaign, status_before=status_before, reason=reason)


def _locked(campaign_id: UUID) -> Campaign:
    merchant_id = Campaign.objects.filter(pk=campaign_id).values_list("merchant_id", flat=True).first()
    if merchant_id is None:
        raise CampaignNotFound
    _lock_deposits(merchant_id)
    campaigns = Campaign.objects.select_related("settings").select_for_update(no_key=True, of=("self",))
    try:
        return campaigns.get(pk=campaign_id)
    except Campaign.DoesNotExist:
        # Visible but not the actor's to change, as an active campaign is to an influencer.
        raise CampaignNotFound from None


def _lock_deposits(merchant_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock_deposits_of_merchant(%s)", [merchant_id])


def _settings_from(campaign: Campaign, terms: CampaignTerms) -> CampaignSettings:
    return CampaignSettings(
        campaign=campaign,
        percentage_commission_rate=terms.percentage_commission_rate,
        fixed_commission_amount=terms.fixed_commission_amount,
        commission_threshold=terms.commission_threshold,
        minimum_estimated_value=terms.minimum_estimated_value,
        auto_stop_on_depletion=terms.auto_stop_on_depletion,
        lead_expiry_hours=terms.lead_expiry_hours,
    )


def _check(campaign: Campaign, settings: CampaignSettings) -> None:
    errors: dict[str, str] = {}
    for row, skipped in ((campaign, {"merchant"}), (settings, {"campaign"})):
        try:
            row.clean_fields(exclude=skipped)
            row.validate_constraints(exclude=skipped)
        except ValidationError as error:
            for field, messages in error.message_dict.items():
                errors.setdefault(field, str(messages[0]))
    # Django checks the length of a text field in forms only.
    if len(campaign.description) > LONGEST_DESCRIPTION:
        errors["description"] = _("At most %(limit)s characters.") % {"limit": LONGEST_DESCRIPTION}
    if errors:
        raise InvalidInput(fields=errors)


def _terms_data(settings: CampaignSettings) -> dict[str, str]:
    return {
        "percentage_commission_rate": str(settings.percentage_commission_rate),
        "fixed_commission_amount": str(settings.fixed_commission_amount),
        "commission_threshold": str(settings.commission_threshold),
        "minimum_estimated_value": str(settings.minimum_estimated_value),
        "auto_stop_on_depletion": str(settings.auto_stop_on_depletion),
        "lead_expiry_hours": str(settings.lead_expiry_hours),
    }
