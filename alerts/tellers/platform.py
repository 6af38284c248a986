"""Something that staff must know of."""

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.kinds import ChannelName, Kind
from alerts.models import Event
from alerts.pages import page
from alerts.recipients import staff
from alerts.services.notifying import notify
from alerts.tellers.registry import tells

PROBLEMS = {
    "delivery_given_up": (
        _("Messages could not be sent"),
        _(
            "A message was given up: nothing more is tried by itself. Look at its error, mend the cause and send it again."
        ),
    ),
    "differences": (
        _("The books don't agree"),
        _("The nightly comparison found figures that differ from their movements. Look at them before money moves on."),
    ),
    "job_failed": (
        _("A scheduled job failed"),
        _("It is tried again at its next time. Look at its error; it can also be run by hand."),
    ),
}
UNKNOWN = (_("Something is wrong"), _("Please have a look."))


@tells(Kind.STAFF_PROBLEM)
def tell_staff_of_problem(event: Event) -> None:
    """Tell staff what is wrong and where to look.

    data: problem (of PROBLEMS), detail (the error, the name of the job; of a delivery the channel), page (an admin URL name).
    """
    notify(Kind.STAFF_PROBLEM, staff(), cause=event.cause, context=problem_context(event.data))


def problem_context(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the message says of the data of such an event."""
    what, advice = PROBLEMS.get(data["problem"], UNKNOWN)
    detail = data.get("detail", "")
    if detail in ChannelName.values:
        detail = format_lazy(_("Channel: {channel}"), channel=ChannelName(detail).label)
    return {
        "what": what,
        "advice": advice,
        "detail": detail,
        "url": page(data.get("page", "admin:index")),
    }
