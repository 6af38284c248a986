"""Which leads a list shows, and one lead with its history. Row level security decides whose; amounts in MAD."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.models import Campaign, Lead, LeadReturn, LeadValidation
from leadsmarket.lib.phone import NotAPhoneNumber, normalise_phone

SEARCHED_LEADS = 10_000
"""How many of the newest leads a search by a part of a name, company, address or number looks at."""


@dataclass(frozen=True, slots=True)
class LeadFilters:
    """What a list is narrowed to; None or empty means all. since and until are days in Casablanca, both included;
    created_after (included) and created_before (not included) are moments.
    """

    campaign_id: UUID | None = None
    source: str = ""
    status: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None


NO_FILTERS = LeadFilters()


def filter_leads(leads: QuerySet[Lead], filters: LeadFilters) -> QuerySet[Lead]:
    """Narrow `leads` by everything but the text; an index of Lead.Meta serves each filter."""
    if filters.campaign_id:
        leads = leads.filter(campaign_id=filters.campaign_id)
    if filters.source:
        leads = leads.filter(source=filters.source)
    if filters.status:
        leads = leads.filter(status=filters.status)
    if filters.since:
        leads = leads.filter(created_at__gte=_start_of(filters.since))
    if filters.until:
        leads = leads.filter(created_at__lt=_start_of(filters.until + timedelta(days=1)))
    if filters.created_after:
        leads = leads.filter(created_at__gte=filters.created_after)
    if filters.created_before:
        leads = leads.filter(created_at__lt=filters.created_before)
    return leads


def merchant_leads(merchant_id: UUID, filters: LeadFilters = NO_FILTERS) -> QuerySet[Lead]:
    """Return a merchant's leads in every state, with campaign and influencer, for a list by date.

    A whole e-mail address or phone number in `filters.text` is looked up by an index over all leads; a part of a name,
    company, address or number is searched in the newest SEARCHED_LEADS that the other filters leave (one query more).
    """
    leads = filter_leads(Lead.objects.filter(merchant_id=merchant_id), filters)
    if filters.text:
        # By campaign, because that is how the index on phones begins.
        leads = search_leads(leads, filters.text, campaigns=Campaign.objects.filter(merchant_id=merchant_id))
    return leads.select_related("campaign", "influencer")


def campaign_choices(merchant_id: UUID) -> list[tuple[UUID, str]]:
    """Return a merchant's campaigns, in every state, as choices by name."""
    return list(Campaign.objects.filter(merchant_id=merchant_id).order_by("name", "id").values_list("pk", "name"))


def lead_with_history(lead_id: UUID) -> tuple[Lead, list[LeadValidation]] | None:
    """Return a lead that the actor may see, with its sides, consent and return, and its decisions (first one first), or None.

    Two queries. The deposit is left out: influencers read this too.
    """
    related = ("campaign", "influencer", "merchant", "consent", "return_request")
    lead = Lead.objects.filter(pk=lead_id).select_related(*related).first()
    if lead is None:
        return None
    return lead, list(lead.decisions.select_related("user").order_by("created_at", "id"))


def lead_to_decide(lead_id: UUID) -> Lead | None:
    """Return a lead of the acting merchant with what its decision costs: campaign, influencer and deposit; or None."""
    return Lead.objects.filter(pk=lead_id).select_related("campaign", "influencer", "deposit").first()


def return_of(lead_id: UUID) -> LeadReturn | None:
    """Return the return of a lead that the actor may see, or None."""
    return LeadReturn.objects.filter(lead_id=lead_id).first()


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def search_leads(
    leads: QuerySet[Lead], text: str, *, campaigns: QuerySet[Campaign] | None = None, latest: str = "-created_at"
) -> QuerySet[Lead]:
    """Narrow `leads` by a text, see merchant_leads. campaigns: the only ones of these leads. latest: the index's order."""
    if phone := _as_phone(text):
        found = leads.filter(customer_phone=phone)
        return found.filter(campaign__in=campaigns.values("pk")) if campaigns is not None else found
    if _is_whole_address(text):
        return leads.filter(customer_email=text.lower())
    oldest = leads.order_by(latest, "-id").values_list("created_at", flat=True)
    if bound := next(iter(oldest[SEARCHED_LEADS : SEARCHED_LEADS + 1]), None):
        leads = leads.filter(created_at__gt=bound)
    part = Q(customer_name__icontains=text) | Q(customer_company__icontains=text) | Q(customer_email__icontains=text)
    digits = "".join(char for char in text if char.isdigit()).lstrip("0")
    if len(digits) >= 3 and not any(char.isalpha() for char in text):
        part |= Q(customer_phone__contains=digits)
    return leads.filter(part)


def _as_phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except NotAPhoneNumber:
        return ""


def _is_whole_address(text: str) -> bool:
    name, _at, domain = text.partition("@")
    return bool(name) and "." in domain.strip(".")
