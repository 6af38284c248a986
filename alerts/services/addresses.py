"""Addresses that messages don't reach: tried again once somebody says so."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit import record_audit
from alerts.models import AddressProblem
from leadsmarket.lib.errors import NotFound


@transaction.atomic
def solve_address_problem(*, problem_id: UUID) -> AddressProblem:
    """Send messages to an address again, for its person or for staff; what fails there marks it anew. Repeating is harmless.

    Raises NotFound, also for another person's.
    """
    problem = AddressProblem.objects.select_for_update(no_key=True).filter(pk=problem_id).first()
    if problem is None:
        raise NotFound
    if problem.solved_at is None:
        problem.solved_at = timezone.now()
        problem.save(update_fields=["solved_at"])
        record_audit("alerts.address.tried_again", problem, data={"channel": problem.channel, "reason": problem.reason})
    return problem
