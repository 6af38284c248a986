"""The scheduled jobs: name, what it does, when by default. Feeds celery beat and `manage.py run_job`; see docs/jobs.md.

Each job is safe to run twice at once, and again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from accounts.sessions import clear_sessions
from alerts.services import send_due_deliveries
from api.services.webhooks import forget_old_messages, send_due_webhooks
from deposits.reconciliation import deposit_differences
from leads.reconciliation import earning_differences, lead_differences
from leads.services import end_retention, expire_leads, make_earnings_payable
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.reconciliation import one_moment
from payments.reconciliation import payment_differences, payout_differences
from payments.services import (
    finish_cards,
    give_up_unanswered_callbacks,
    poll_payments,
    process_due_events,
    render_due_receipts,
    render_due_statements,
    report_missing_callbacks,
    run_due_auto_recharges,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a run did, in one line for people, and whether somebody must look at it."""

    summary: str
    needs_attention: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job runs by default, as crontab fields in the platform's time zone."""

    minute: str
    hour: str = "*"


@dataclass(frozen=True, slots=True)
class Job:
    """A registered job. description is shown to staff beside its schedule."""

    name: str
    description: str
    schedule: Schedule
    run: Callable[[], JobResult]


def _expire_leads() -> JobResult:
    return JobResult(f"Leads expired: {expire_leads()}")


def _make_earnings_payable() -> JobResult:
    return JobResult(f"Earnings made payable: {make_earnings_payable()}")


def _auto_recharge() -> JobResult:
    return JobResult(f"Auto-recharges: {_counted(run_due_auto_recharges())}")


def _poll_payments() -> JobResult:
    polled, cards, missing = poll_payments(), finish_cards(), report_missing_callbacks()
    return JobResult(f"Open payments: {_counted(polled)}; cards finished: {cards}; never came back: {missing}")


def _counted(outcomes: Mapping[str, int]) -> str:
    return ", ".join(f"{outcome} {count}" for outcome, count in sorted(outcomes.items())) or "none"


def _deliver() -> JobResult:
    events, receipts, statements = process_due_events(), render_due_receipts(), render_due_statements()
    messages, unanswered = send_due_deliveries(), give_up_unanswered_callbacks()
    webhooks, forgotten = send_due_webhooks(), forget_old_messages()
    return JobResult(
        f"Provider events: {events}, receipts: {receipts}, statements: {statements}, messages tried: {messages},"
        f" unanswered callbacks: {unanswered}, webhooks tried: {webhooks}, old webhooks forgotten: {forgotten}"
    )


def _retention() -> JobResult:
    ended = end_retention()
    return JobResult(
        f"Contacts of leads erased: {ended.leads}; requests about data without contact now: {ended.requests},"
        f" deleted unconfirmed: {ended.unconfirmed}; blocks ended: {ended.blocks}"
    )


def _clear_sessions() -> JobResult:
    with acting_as(SYSTEM):
        return JobResult(f"Sessions that were over: {clear_sessions()}")


def _reconcile() -> JobResult:
    with one_moment(), acting_as(SYSTEM):
        differences = [
            *deposit_differences(),
            *lead_differences(),
            *earning_differences(),
            *payment_differences(),
            *payout_differences(),
        ]
    for difference in differences:
        logger.error("Reconciliation: %s", difference)
    lines = [f"Differences found: {len(differences)}", *map(str, differences)]
    return JobResult("\n".join(lines), needs_attention=bool(differences))


JOBS = {
    job.name: job
    for job in (
        Job(
            "expire_leads",
            "Rejects pending leads that nobody decided in time and releases their reservations.",
            Schedule(hour="23", minute="0"),
            _expire_leads,
        ),
        Job(
            "make_earnings_payable",
            "Makes earnings payable whose return window is over.",
            Schedule(minute="5"),
            _make_earnings_payable,
        ),
        Job(
            "auto_recharge",
            "Charges the saved cards of deposits that are at their auto-recharge threshold.",
            Schedule(minute="10"),
            _auto_recharge,
        ),
        Job(
            "poll_payments",
            "Asks the providers about open payments whose webhook never came, and ends those past their time.",
            Schedule(minute="*/5"),
            _poll_payments,
        ),
        Job(
            "deliver",
            "Does what the queue lost or what failed before: events of payment providers, PDFs, messages.",
            Schedule(minute="*"),
            _deliver,
        ),
        Job(
            "retention",
            "Erases contacts of leads older than RETENTION_MONTHS, and what requests about personal data need no longer.",
            Schedule(hour="2", minute="30"),
            _retention,
        ),
        Job(
            "clear_sessions",
            "Deletes sessions whose time is over, and what was noted about ended ones.",
            Schedule(hour="4", minute="15"),
            _clear_sessions,
        ),
        Job(
            "reconcile",
            "Compares every deposit, lead, earning, payment and payout with its movements; differences are logged as errors.",
            Schedule(hour="3", minute="30"),
            _reconcile,
        ),
    )
}
