"""What the platform notes about its own work: one row per run of a scheduled job."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from leadsmarket.lib.identifiers import new_id


class JobRun(models.Model):
    """One run of a scheduled job; written by leadsmarket.job_runs alone, forgotten after some weeks by `tidy_up`.

    due_at: the moment of the schedule that it serves, none for runs by hand. lease_until: while it is running, another run
    may not start before this moment; the run moves it on. counts: what was done ({"expired": 12}). error: in short, masked.
    """

    class Source(models.TextChoices):
        BEAT = "beat", _("Schedule")
        CATCH_UP = "catch_up", _("Caught up")
        HAND = "hand", _("By hand")

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        ATTENTION = "attention", _("Needs attention")
        FAILED = "failed", pgettext_lazy("run of a job", "Failed")
        SKIPPED = "skipped", _("Skipped: one was running")
        INTERRUPTED = "interrupted", _("Interrupted")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.CharField(_("job"), max_length=64)
    source = models.CharField(_("started by"), max_length=8, choices=Source.choices)
    started_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"), db_index=False
    )
    due_at = models.DateTimeField(_("due"), null=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    status = models.CharField(_("status"), max_length=11, choices=Status.choices, default=Status.RUNNING)
    counts = models.JSONField(_("counts"), default=dict)
    summary = models.TextField(_("summary"), blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    host = models.CharField(_("machine"), max_length=255)
    pid = models.IntegerField(_("process"))
    lease_until = models.DateTimeField(_("held until"))

    class Meta:
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job"], condition=Q(status="running"), name="job_run_one_running"),
            models.UniqueConstraint(
                fields=["job", "due_at"],
                condition=Q(status__in=["running", "succeeded", "attention", "failed"]),
                name="job_run_once_per_due_moment",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["running", "succeeded", "attention", "failed", "skipped", "interrupted"]),
                name="job_run_status_known",
            ),
            models.CheckConstraint(condition=Q(source__in=["beat", "catch_up", "hand"]), name="job_run_source_known"),
            models.CheckConstraint(
                condition=Q(status="running", finished_at__isnull=True)
                | (~Q(status="running") & Q(finished_at__isnull=False)),
                name="job_run_finished_at_agrees",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["job", "-started_at"], name="job_run_latest"),
            models.Index(fields=["started_at"], name="job_run_oldest"),
        ]

    def __str__(self) -> str:
        return self.job
