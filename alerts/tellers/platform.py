"""Something that staff must know of."""

from alerts.kinds import Kind
from alerts.models import Event
from alerts.pages import page
from alerts.recipients import staff
from alerts.services.notifying import notify
from alerts.tellers.registry import tells


@tells(Kind.STAFF_PROBLEM)
def tell_staff_of_problem(event: Event) -> None:
    """Tell staff what is wrong and where to look. data: problem (a name of the template), detail, page (an admin URL name)."""
    notify(
        Kind.STAFF_PROBLEM,
        staff(),
        cause=event.cause,
        context={
            "problem": event.data["problem"],
            "detail": event.data.get("detail", ""),
            "count": event.data.get("count", 1),
            "url": page(event.data.get("page", "admin:index")),
        },
    )
