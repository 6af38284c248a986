"""Charts about leads, for each side: what became of them, how quickly, why not."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from analytics.charts import DAILY_CHART, Chart, Dates, Series, column
from analytics.models import DECISION_HOURS
from analytics.periods import Period
from analytics.selectors.leads import LeadFigures, lead_figures, lead_figures_by_day, lead_figures_by_week
from analytics.selectors.statistics import DAILY_TREND, validation_rate_trend
from analytics.selectors.sums import LeadScope, percentage
from leads.models import RejectionReason


@dataclass(frozen=True)
class Question:
    """Whose leads in which period; what several charts of a page need is read once."""

    scope: LeadScope
    period: Period

    @cached_property
    def figures(self) -> LeadFigures:
        """The figures of the whole period."""
        return lead_figures(self.scope, self.period)

    @cached_property
    def before(self) -> LeadFigures:
        """The figures of the period before."""
        return lead_figures(self.scope, self.period.previous())

    @property
    def by_week(self) -> bool:
        """Whether charts over time go by week."""
        return self.period.day_count > DAILY_CHART

    @cached_property
    def over_time(self) -> dict[date, LeadFigures]:
        """The figures of each day or week."""
        by = lead_figures_by_week if self.by_week else lead_figures_by_day
        return by(self.scope, self.period)

    @property
    def dates(self) -> Dates:
        """The axis of over_time."""
        return Dates([*self.over_time], self.by_week)


def leads_chart(asked: Question, empty_text: str = "") -> Chart:
    """Leads created, stacked by what became of them."""
    found, dates = asked.over_time, asked.dates
    states = (
        (_("Pending"), "created_pending_count", "pending"),
        (_("Validated"), "created_open_count", "validated"),
        (_("Converted"), "created_converted_count", "converted"),
        (_("Lost"), "created_lost_count", "lost"),
        (_("Rejected"), "created_rejected_count", "rejected"),
    )
    return Chart(
        name="leads-per-day",
        title=_("Leads per week") if asked.by_week else _("Leads per day"),
        description=_("Leads by the day on which they came, and what became of them so far."),
        heading=dates.heading,
        labels=dates.labels,
        row_labels=dates.row_labels,
        series=[
            *(Series(label, column(found, name), tone) for label, name, tone in states),
            Series(_("All"), column(found, "created_count"), drawn_as="table"),
        ],
        is_stacked=True,
        empty_text=empty_text or _("No lead came in this period. Choose a longer one."),
    )


def validation_rate_chart(asked: Question) -> Chart:
    """The validation rate by day of decision, by week where the period is longer than a month."""
    points = validation_rate_trend(asked.scope, asked.period)
    dates = Dates([point.date for point in points], asked.period.day_count > DAILY_TREND)
    return Chart(
        name="validation-rate",
        title=_("Validation rate"),
        description=_("Validated leads among those decided, by the day of the decision."),
        heading=dates.heading,
        labels=dates.labels,
        row_labels=dates.row_labels,
        series=[
            Series(
                _("Validation rate"),
                [point.validation_rate for point in points],
                "primary",
                unit="percentage",
                drawn_as="line",
            )
        ],
        largest=100,
        empty_text=_("No lead was validated in this period. Choose a longer one."),
    )


def scores_chart(asked: Question) -> Chart:
    """How many validated leads have each quality score."""
    scores = asked.figures.score_counts
    return Chart(
        name="scores",
        title=_("Quality scores"),
        description=_("Leads validated in the period, by the score that they got."),
        heading=_("Score"),
        labels=[str(score) for score in scores],
        row_labels=[f"{score}/10" for score in scores],
        series=[Series(_("Leads"), list(scores.values()), "primary")],
        empty_text=_("No score yet. Whoever validates a lead can give it a score from 1 to 10."),
    )


def funnel_chart(asked: Question) -> Chart:
    """How many of the leads that came were validated, and how many of those became sales."""
    figures = asked.figures
    steps = [
        (_("Received"), figures.created_count, "lost"),
        (_("Validated"), figures.created_validated_count, "validated"),
        (_("Converted"), figures.created_converted_count, "converted"),
    ]
    counts = [count for _label, count, _tone in steps]
    return Chart(
        name="funnel",
        title=_("From lead to sale"),
        description=_(
            "Of the leads that came in the period: how many were validated so far, and how many of those became sales."
        ),
        heading=_("Step"),
        labels=[label for label, _count, _tone in steps],
        series=[
            Series(_("Leads"), counts),
            Series(_("Share"), [percentage(count, counts[0]) for count in counts], unit="percentage", drawn_as="table"),
        ],
        colours=[tone for _label, _count, tone in steps],
        is_horizontal=True,
        empty_text=_("No lead came in this period. Choose a longer one."),
    )


def hours_chart(asked: Question) -> Chart:
    """How many hours people took to decide."""
    classes = list(zip([0, *DECISION_HOURS], DECISION_HOURS, strict=False))
    last = DECISION_HOURS[-1]
    row_labels = [_("%(since)s to %(until)s h") % {"since": since, "until": until} for since, until in classes]
    return Chart(
        name="hours-to-decision",
        title=_("Hours to decision"),
        description=_(
            "Leads decided in the period, by the time between their arrival and the decision. Expired ones are left out."
        ),
        heading=_("Time"),
        # Read from left to right in Arabic too.
        labels=[f"\u2066{label}\u2069" for label in (*(f"{since}–{until}" for since, until in classes), f">{last}")],
        row_labels=[*row_labels, _("over %(hours)s h") % {"hours": last}],
        series=[Series(_("Leads"), asked.figures.hours_counts, "primary")],
        empty_text=_("No lead was decided in this period. Choose a longer one."),
    )


def reasons_chart(asked: Question) -> Chart:
    """Why leads were rejected, the most frequent reason first; only reasons that were given."""
    counts = asked.figures.rejection_counts
    given = sorted((reason for reason in counts if counts[reason]), key=lambda reason: -counts[reason])
    total = asked.figures.rejected_count
    return Chart(
        name="rejection-reasons",
        title=_("Reasons of rejection"),
        description=_("Leads rejected in the period, by reason. Expired ones were not decided in time."),
        heading=_("Reason"),
        labels=[str(RejectionReason(reason).label) for reason in given],
        series=[
            Series(_("Leads"), [counts[reason] for reason in given], "rejected"),
            Series(
                _("Share"), [percentage(counts[reason], total) for reason in given], unit="percentage", drawn_as="table"
            ),
        ],
        is_horizontal=True,
        empty_text=_("No lead was rejected in this period."),
    )


def shares_chart(asked: Question) -> Chart:
    """The leads of the period by where they stand: pending, validated, rejected."""
    figures = asked.figures
    states = [
        (_("Validated"), figures.created_validated_count, "validated"),
        (_("Pending"), figures.created_pending_count, "pending"),
        (_("Rejected"), figures.created_rejected_count, "rejected"),
    ]
    counts = [count for _label, count, _tone in states]
    return Chart(
        name="shares",
        title=_("Where your leads stand"),
        description=_(
            "Leads that you sent in the period: validated (also those converted or lost since), pending, rejected."
        ),
        heading=_("Status"),
        labels=[label for label, _count, _tone in states],
        series=[
            Series(_("Leads"), counts),
            Series(
                _("Share"),
                [percentage(count, figures.created_count) for count in counts],
                unit="percentage",
                drawn_as="table",
            ),
        ],
        colours=[tone for _label, _count, tone in states],
        is_horizontal=True,
        empty_text=_("You sent no lead in this period. Choose a longer one, or send a lead."),
    )
