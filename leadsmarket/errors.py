"""What the running of the platform can refuse."""

from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import NotFound, Refusal


class JobNotQueued(Refusal):
    """The broker can't be reached."""

    code = "unavailable"
    status = 503
    message = _("The queue can't be reached at the moment: the job was not started. Please try again later.")


class UnknownJob(NotFound):
    message = _("There is no such job.")
