"""Many leads in one call, each standing alone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.db import OperationalError

from leads.models import Lead
from leads.services.submission import LeadSubmission, create_lead
from leadsmarket.lib.actor import Actor, acting_as
from leadsmarket.lib.errors import Refusal

LEADS_PER_TRANSACTION = 10
"""So few that a deposit stays locked a moment only, so many that the commit is shared."""


@dataclass(frozen=True, slots=True)
class LeadOrder:
    """One lead to create: where, and what was typed."""

    campaign_id: UUID
    submission: LeadSubmission


def create_leads(*, actor: Actor, orders: Sequence[LeadOrder]) -> list[Lead | Refusal]:
    """Create leads as create_lead does; return, in the same order, each lead or why it was refused.

    Opens its own transactions: some leads of one campaign each, so that no transaction locks two deposits. When it dies half
    way, the leads of ended transactions stay; with submission keys the same call again returns those and creates the rest.
    """
    by_campaign: dict[UUID, list[int]] = defaultdict(list)
    for number, order in enumerate(orders):
        by_campaign[order.campaign_id].append(number)
    results: dict[int, Lead | Refusal] = {}
    for numbers in by_campaign.values():
        for start in range(0, len(numbers), LEADS_PER_TRANSACTION):
            part = numbers[start : start + LEADS_PER_TRANSACTION]
            results |= dict(zip(part, _create_together(actor, [orders[number] for number in part]), strict=True))
    return [results[number] for number in range(len(orders))]


def _create_together(actor: Actor, orders: list[LeadOrder]) -> list[Lead | Refusal]:
    try:
        with acting_as(actor):
            return [_create(actor, order) for order in orders]
    except OperationalError as error:
        # Somebody sends the same contacts at this moment, in another order. One by one nobody waits for two locks.
        if len(orders) == 1 or not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
            raise
    return [result for order in orders for result in _create_together(actor, [order])]


def _create(actor: Actor, order: LeadOrder) -> Lead | Refusal:
    assert actor.influencer_id is not None  # noqa: S101 - the caller's check of the role
    try:
        return create_lead(
            influencer_id=actor.influencer_id, campaign_id=order.campaign_id, submission=order.submission
        )
    except Refusal as refusal:
        return refusal
