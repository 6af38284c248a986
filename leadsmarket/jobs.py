"""The scheduled jobs: name, what it does, when by default. Feeds celery beat and `manage.py run_job`; see docs/jobs.md.

Each job is safe to run twice at once, and again; leadsmarket.job_runs sees to it that no two runs go on at once.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.sessions import clear_sessions
from alerts.kinds import Kind
from alerts.services import (
    announce,
    check_deposit_levels,
    delete_told_events,
    expand_due_events,
    send_daily_reports,
    send_due_deliveries,
    send_monthly_reports,
)
from analytics.reconciliation import rollup_differences
from analytics.rollup import roll_up
from api.auth.services import forget_old_sessions
from api.idempotency import forget_old_requests
from api.services.webhooks import forget_old_messages, send_due_webhooks
from deposits.reconciliation import deposit_differences
from leads.reconciliation import earning_differences, lead_differences
from leads.services import end_retention, expire_leads, make_earnings_payable
from leadsmarket.job_history import forget_old_runs
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.reconciliation import Difference, one_moment
from payments.reconciliation import payment_differences, payout_differences
from payments.services import (
    finish_cards,
    forget_old_reports,
    give_up_unanswered_callbacks,
    poll_payments,
    process_due_events,
    render_due_documents,
    render_due_receipts,
    render_due_statements,
    report_missing_callbacks,
    run_due_auto_recharges,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a run did: in one line for people, as numbers by name, and whether somebody must look at it."""

    summary: str
    counts: Mapping[str, int] = field(default_factory=dict)
    needs_attention: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job runs by default, as crontab fields in the platform's time zone."""

    minute: str
    hour: str = "*"
    day_of_month: str = "*"

    @property
    def is_frequent(self) -> bool:
        """Whether it is met several times an hour."""
        return not self.minute.isdecimal()


@dataclass(frozen=True, slots=True)
class Job:
    """A registered job. description is shown to staff beside its schedule."""

    name: str
    description: str
    schedule: Schedule
    run: Callable[[], JobResult]


def _expire_leads() -> JobResult:
    expired = expire_leads()
    return JobResult(f"Leads expired: {expired}", {"expired": expired})


def _make_earnings_payable() -> JobResult:
    payable = make_earnings_payable()
    return JobResult(f"Earnings made payable: {payable}", {"made_payable": payable})


def _auto_recharge() -> JobResult:
    outcomes = run_due_auto_recharges()
    return JobResult(f"Auto-recharges: {_counted(outcomes)}", outcomes)


def _poll_payments() -> JobResult:
    polled, cards, missing = poll_payments(), finish_cards(), report_missing_callbacks()
    return JobResult(
        f"Open payments: {_counted(polled)}; cards finished: {cards}; never came back: {missing}",
        {**polled, "cards_finished": cards, "never_came_back": missing},
    )


def _counted(outcomes: Mapping[str, int]) -> str:
    return ", ".join(f"{outcome} {count}" for outcome, count in sorted(outcomes.items())) or "none"


def _deliver() -> JobResult:
    events, receipts, statements = process_due_events(), render_due_receipts(), render_due_statements()
    documents = render_due_documents()
    told, messages, unanswered = expand_due_events(), send_due_deliveries(), give_up_unanswered_callbacks()
    webhooks = send_due_webhooks()
    return JobResult(
        f"Provider events: {events}, receipts: {receipts}, statements: {statements}, documents: {documents},"
        f" events told: {told}, messages tried: {messages}, unanswered callbacks: {unanswered}, webhooks tried: {webhooks}",
        {
            "events": events,
            "receipts": receipts,
            "statements": statements,
            "documents": documents,
            "told": told,
            "messages": messages,
            "unanswered": unanswered,
            "webhooks": webhooks,
        },
    )


def _retention() -> JobResult:
    ended = end_retention()
    return JobResult(
        f"Contacts of leads erased: {ended.leads}; requests about data without contact now: {ended.requests},"
        f" deleted unconfirmed: {ended.unconfirmed}; blocks ended: {ended.blocks}",
        {
            "leads": ended.leads,
            "requests": ended.requests,
            "unconfirmed": ended.unconfirmed,
            "blocks": ended.blocks,
        },
    )


def _clear_sessions() -> JobResult:
    with acting_as(SYSTEM):
        ended, tokens, requests = clear_sessions(), forget_old_sessions(), forget_old_requests()
    return JobResult(
        f"Sessions that were over: {ended}; log-ins by token: {tokens}; kept answers of the API: {requests}",
        {"sessions": ended, "tokens": tokens, "requests": requests},
    )


def _reconcile() -> JobResult:
    with one_moment(), acting_as(SYSTEM):
        differences = [
            *deposit_differences(),
            *lead_differences(),
            *earning_differences(),
            *payment_differences(),
            *payout_differences(),
            *rollup_differences(),
        ]
    for difference in differences:
        logger.error("Reconciliation: %s", difference)
    if differences:
        _tell_staff_of_differences(differences)
    lines = [f"Differences found: {len(differences)}", *map(str, differences)]
    return JobResult("\n".join(lines), {"differences": len(differences)}, needs_attention=bool(differences))


def _tell_staff_of_differences(differences: Sequence[Difference]) -> None:
    with acting_as(SYSTEM):
        announce(
            Kind.STAFF_PROBLEM,
            cause=f"reconcile:{timezone.now().isoformat()}",
            data={
                "problem": "differences",
                "count": len(differences),
                "detail": "\n".join(map(str, differences[:20])),
                "page": "admin:leadsmarket_jobrun_changelist",
            },
            urgent=True,
        )


def _check_deposits() -> JobResult:
    announced = check_deposit_levels()
    return JobResult(f"Alert levels announced: {announced}", {"announced": announced})


def _roll_up() -> JobResult:
    result = roll_up()
    return JobResult(
        f"Days of leads changed: {result.lead_days}, of deposits: {result.deposit_days}; complete until {result.folded_until}",
        {"lead_days": result.lead_days, "deposit_days": result.deposit_days},
    )


def _daily_report() -> JobResult:
    reports = send_daily_reports()
    return JobResult(f"Reports announced: {reports}", {"reports": reports})


def _monthly_report() -> JobResult:
    reports = send_monthly_reports()
    return JobResult(f"Monthly reports announced: {reports}", {"reports": reports})


def _tidy_up() -> JobResult:
    runs = forget_old_runs({name for name, job in JOBS.items() if job.schedule.is_frequent})
    events, webhooks, reports = delete_told_events(), forget_old_messages(), forget_old_reports()
    return JobResult(
        f"Forgotten: runs of jobs {runs}, events {events}, webhooks {webhooks}, reports {reports}",
        {"runs": runs, "events": events, "webhooks": webhooks, "reports": reports},
    )


JOBS = {
    job.name: job
    for job in (
        Job(
            "check_deposits",
            "Announces the alert levels of deposits that got worse (also done right after each deduction).",
            Schedule(minute="0"),
            _check_deposits,
        ),
        Job(
            "daily_report",
            "Sends yesterday's report to staff and to each merchant that had activity or wants it every day.",
            Schedule(hour="9", minute="0"),
            _daily_report,
        ),
        Job(
            "monthly_report",
            "Sends last month's report with its statement to each merchant and influencer that had activity.",
            Schedule(day_of_month="1", hour="8", minute="0"),
            _monthly_report,
        ),
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
            "Deletes sessions and log-ins by token whose time is over, and answers of the API that were kept for a day.",
            Schedule(hour="4", minute="15"),
            _clear_sessions,
        ),
        Job(
            "reconcile",
            "Compares every deposit, lead, earning, payment and payout with its movements; differences are logged as errors.",
            Schedule(hour="3", minute="30"),
            _reconcile,
        ),
        Job(
            "roll_up",
            "Adds what happened to leads and deposits to the figures of their days.",
            Schedule(minute="*/15"),
            _roll_up,
        ),
        Job(
            "tidy_up",
            "Forgets old runs of jobs, events that everybody was told of, and old reports of figures.",
            Schedule(hour="4", minute="15"),
            _tidy_up,
        ),
    )
}
