"""Leads that merchants asked to return: accepted and refused ones over the year, and one that waits for staff."""

from collections import defaultdict
from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from leads.models import Lead, LeadReturn, ReturnReason
from leadsmarket.demo.catalogue import MERCHANTS
from leadsmarket.demo.chance import Chance
from leadsmarket.demo.world import World

Status = LeadReturn.Status
LONGEST_TO_ASK, LONGEST_TO_DECIDE = 5, 3
OUTCOMES = (Status.ACCEPTED, Status.REFUSED, Status.ACCEPTED)
REASONS = (
    (ReturnReason.WRONG_CONTACT, "Le numéro n'est pas attribué et l'e-mail revient."),
    (ReturnReason.NOT_REQUESTED, "La personne dit n'avoir rien demandé."),
    (ReturnReason.DUPLICATE, "Déjà client depuis l'an dernier, devis joint à l'époque."),
    (ReturnReason.OUT_OF_AREA, "Habite hors de notre zone d'intervention."),
)
NOTES = {
    Status.ACCEPTED: "Vérifié par téléphone : le marchand a raison.",
    Status.REFUSED: "La personne confirme sa demande et attend votre appel.",
}


def choose_returns(world: World, leads: list[tuple[str, Lead]], seed: str) -> dict[UUID, LeadReturn]:
    """Return the returns by their lead. leads: with the keys of their merchants, in the order of submission.

    Only validated leads whose outcome nobody told, asked in the return window; the first merchant has one more, undecided.
    """
    of_merchants: dict[str, list[Lead]] = defaultdict(list)
    for merchant, lead in leads:
        if lead.status == Lead.Status.VALIDATED and lead.influencer_commission_amount:
            of_merchants[merchant].append(lead)
    returns: dict[UUID, LeadReturn] = {}
    for plan in MERCHANTS:
        chance = Chance(f"{seed}/returns/{plan.key}")
        decided_before = world.midnight - timedelta(days=LONGEST_TO_ASK + LONGEST_TO_DECIDE + 2)
        old = [lead for lead in of_merchants[plan.key] if lead.decided_at < decided_before]
        for number, lead in enumerate(chance.sample(old, min(plan.returns, len(old)))):
            returns[lead.pk] = _return(world, plan.key, lead, OUTCOMES[number % len(OUTCOMES)], chance)
    _leave_one_open(world, of_merchants[MERCHANTS[0].key], returns)
    return returns


def _leave_one_open(world: World, leads: list[Lead], returns: dict[UUID, LeadReturn]) -> None:
    """Ask for the latest lead that was decided before yesterday: staff have it on their list."""
    lead = max(
        (lead for lead in leads if lead.decided_at < world.days_ago(1) and lead.pk not in returns),
        key=lambda lead: (lead.decided_at, lead.customer_email),
    )
    asked_at = max(world.days_ago(1), lead.decided_at) + timedelta(hours=5, minutes=24)
    returns[lead.pk] = _row(world, MERCHANTS[0].key, lead, asked_at, REASONS[0])


def _return(world: World, merchant: str, lead: Lead, status: str, chance: Chance) -> LeadReturn:
    asked_at = _office_hour(lead.decided_at, chance.randint(1, LONGEST_TO_ASK), chance)
    row = _row(world, merchant, lead, asked_at, chance.choice(REASONS))
    row.status = status
    row.decided_at = row.updated_at = _office_hour(asked_at, chance.randint(1, LONGEST_TO_DECIDE), chance)
    row.decided_by = world.staff
    row.decision_note = NOTES[status]
    world.record(
        f"leads.return.{status}", row, world.staff, row.decided_at, merchant_id=lead.merchant_id, note=row.decision_note
    )
    return row


def _row(world: World, merchant: str, lead: Lead, asked_at: datetime, why: tuple[str, str]) -> LeadReturn:
    owner = world.teams[merchant][0]
    row = LeadReturn(
        id=world.ids.at(asked_at),
        lead=lead,
        reason=why[0],
        details=why[1],
        asked_by=owner,
        created_at=asked_at,
        updated_at=asked_at,
    )
    world.record("leads.return.asked", row, owner, asked_at, merchant_id=lead.merchant_id, reason=row.reason)
    return row


def _office_hour(moment: datetime, days: int, chance: Chance) -> datetime:
    """A minute between 10:00 and 17:59 so many days later."""
    day = timezone.localtime(moment).date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(chance.randint(10, 17), chance.randrange(60))))
