"""Turns the stories of leads into unsaved rows: leads with their terms, consents and decisions, on their deposits."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.utils import translation

from accounts.models import User
from leads.consent import CONSENT_VERSION, consent_text
from leads.models import CommissionType, Lead, LeadConsent, LeadReturn, LeadValidation, RejectionReason
from leadsmarket.demo.books import DepositBook, open_book
from leadsmarket.demo.catalogue import MERCHANTS
from leadsmarket.demo.chance import Chance
from leadsmarket.demo.history import Story
from leadsmarket.demo.payments import Till
from leadsmarket.demo.returns import choose_returns
from leadsmarket.demo.world import World
from leadsmarket.lib.money import ZERO, round_to_centime


@dataclass(slots=True)
class LeadRows:
    """Leads with who decided them (None: a job), what belongs to each lead, and the money that paid for them."""

    till: Till
    leads: list[tuple[Lead, User | None]] = field(default_factory=list)
    consents: list[LeadConsent] = field(default_factory=list)
    decisions: list[LeadValidation] = field(default_factory=list)
    books: list[DepositBook] = field(default_factory=list)
    returns: dict[UUID, LeadReturn] = field(default_factory=dict)


def make_lead_rows(world: World, stories: list[Story], seed: str) -> LeadRows:
    """Return the rows of every lead that its deposit could take, and the deposits' books."""
    till = Till(world, Chance(f"{seed}/payments"))
    books = _open_books(till)
    chance = Chance(f"{seed}/deciders")
    told = []
    for story in stories:
        book = books.get((story.merchant, story.campaign.key)) or books[story.merchant, ""]
        lead = _lead(world, story, book)
        team = world.teams[story.merchant]
        decides_alone = story.reason == RejectionReason.EXPIRED or (
            story.decided_at is not None and story.decided_at == story.created_at
        )
        possible = [user for user in team if user.date_joined < story.created_at] or team[:1]
        decider = chance.choice(possible)
        book.leads.append((lead, None if decides_alone else decider))
        told.append((story, lead, book, None if decides_alone else decider))
    returns = choose_returns(world, [(story.merchant, lead) for story, lead, _book, _decider in told], seed)
    rows = LeadRows(till=till, books=list(books.values()), returns=returns)
    for book in rows.books:
        book.keep(returns)
    till.receive_strange_money()
    for story, lead, book, decider in told:
        if lead.pk in book.refused:
            returns.pop(lead.pk, None)
            continue
        rows.leads.append((lead, decider))
        rows.consents.append(_consent(lead))
        rows.decisions.extend(_decisions(world, story, lead, decider))
    return rows


def _open_books(till: Till) -> dict[tuple[str, str], DepositBook]:
    books, world = {}, till.world
    for plan in MERCHANTS:
        books[plan.key, ""] = open_book(till, plan.key, plan.deposit, world.days_ago(plan.joined - 0.125))
        for campaign in plan.campaigns:
            if campaign.deposit:
                opened_at = world.days_ago(campaign.started - 0.125)
                books[plan.key, campaign.key] = open_book(till, plan.key, campaign.deposit, opened_at, campaign.key)
    return books


def _lead(world: World, story: Story, book: DepositBook) -> Lead:
    _plan, agreement = world.agreements[story.agreement_index]
    terms = story.campaign.terms
    is_fixed = story.value >= terms.commission_threshold
    commission = (
        terms.fixed_commission_amount
        if is_fixed
        else round_to_centime(story.value * terms.percentage_commission_rate / 100)
    )
    share = round_to_centime(commission * agreement.commission_percentage / 100)
    return Lead(
        id=world.ids.at(story.created_at),
        merchant=world.merchants[story.merchant],
        campaign=world.campaigns[story.merchant, story.campaign.key],
        influencer=agreement.influencer,
        agreement=agreement,
        deposit=book.deposit,
        status=story.status,
        customer_name=story.contact.name,
        customer_email=story.contact.email,
        customer_phone=story.contact.phone,
        customer_company=story.contact.company,
        customer_notes=story.notes,
        source=story.source,
        estimated_value=story.value,
        percentage_commission_rate=terms.percentage_commission_rate,
        fixed_commission_amount=terms.fixed_commission_amount,
        commission_threshold=terms.commission_threshold,
        commission_type=CommissionType.FIXED if is_fixed else CommissionType.PERCENTAGE,
        commission_amount=commission,
        influencer_percentage=agreement.commission_percentage,
        influencer_commission_amount=share,
        platform_commission_amount=commission - share,
        auto_payment=agreement.auto_payment,
        submission_key=world.ids.at(story.created_at - timedelta(minutes=2)),
        expires_at=story.expires_at,
        decided_at=story.decided_at,
        quality_score=story.score,
        rejection_reason=story.reason,
        outcome_at=story.outcome_at,
        actual_value=story.actual_value,
        created_at=story.created_at,
        updated_at=story.outcome_at or story.decided_at or story.created_at,
    )


def _consent(lead: Lead) -> LeadConsent:
    with translation.override("fr"):
        text = consent_text(lead.merchant.name)
    return LeadConsent(
        lead=lead,
        text=text,
        version=CONSENT_VERSION,
        language="fr",
        channel=LeadConsent.Channel.FORM,
        typed_by=lead.influencer.user,
        given_at=lead.created_at,
    )


def _decisions(world: World, story: Story, lead: Lead, decider: User | None) -> list[LeadValidation]:
    decisions = []
    if lead.decided_at:
        rejected = lead.status == Lead.Status.REJECTED
        decisions.append(
            LeadValidation(
                id=world.ids.at(lead.decided_at),
                lead=lead,
                decision=LeadValidation.Decision.REJECTED if rejected else LeadValidation.Decision.VALIDATED,
                quality_score=lead.quality_score,
                feedback=story.feedback,
                rejection_reason=lead.rejection_reason,
                rejection_details=story.details,
                commission_amount=lead.commission_amount,
                user=decider,
                created_at=lead.decided_at,
            )
        )
    if lead.outcome_at:
        owner = world.teams[story.merchant][0]
        decisions.append(
            LeadValidation(
                id=world.ids.at(lead.outcome_at),
                lead=lead,
                decision=LeadValidation.Decision(lead.status),
                actual_value=lead.actual_value,
                commission_amount=ZERO,
                user=owner,
                created_at=lead.outcome_at,
            )
        )
    return decisions
