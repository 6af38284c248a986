"""The staff site's pages of the scheduled jobs: when they run, what each run did, and running one now."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import PeriodicTaskAdmin as BeatPeriodicTaskAdmin
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.decorators import action, display

from leadsmarket.jobs import JOBS
from leadsmarket.lib.admin import (
    ActionPage,
    LargeTableAdmin,
    StaffAdmin,
    act_on_each,
    answer_action_page,
    list_page,
    moment_column,
)
from leadsmarket.models import JobRun
from leadsmarket.tasks import ask_for_run
from leadsmarket.templatetags.ui import moment

STATUS_LABELS = {
    "running": "info",
    "succeeded": "success",
    "attention": "warning",
    "failed": "danger",
    "skipped": "info",
    "interrupted": "danger",
}

for schedule in (PeriodicTask, CrontabSchedule, IntervalSchedule, ClockedSchedule, SolarSchedule):
    admin.site.unregister(schedule)


def runs_page(job: str) -> str:
    """Return the address of the list of a job's runs."""
    return f"{list_page(JobRun)}?job={job}"


class JobFilter(admin.SimpleListFilter):
    """One of the jobs that there are."""

    title = _("job")
    parameter_name = "job"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(name, name) for name in sorted(JOBS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> QuerySet[JobRun]:
        return queryset.filter(job=self.value()) if self.value() else queryset


@admin.register(JobRun)
class JobRunAdmin(LargeTableAdmin):
    """Every run, newest first; idle ones of the jobs of every few minutes are forgotten after two days."""

    list_display = (
        moment_column(JobRun, "started_at"),
        "job",
        "source",
        "shown_status",
        "duration",
        "short_summary",
        "error",
    )
    list_filter = (JobFilter, "status", "source")
    search_fields = ("pk",)
    search_help_text = _("The id of a run.")
    readonly_fields = ("duration", "shown_counts", "shown_summary")
    fieldsets = (
        (None, {"fields": ("job", "status", "source", "started_by")}),
        (_("Times"), {"fields": ("due_at", "started_at", "finished_at", "duration")}),
        (_("Result"), {"fields": ("shown_summary", "shown_counts", "error")}),
        (_("Process"), {"fields": ("host", "pid", "lease_until")}),
    )

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, run: JobRun) -> tuple[str, str]:
        return run.status, run.get_status_display()

    @display(description=_("duration"))
    def duration(self, run: JobRun) -> str:
        if run.finished_at is None or run.status == JobRun.Status.INTERRUPTED:
            return "—"
        return _now("%(seconds)s s") % {"seconds": number_format((run.finished_at - run.started_at).total_seconds(), 1)}

    @display(description=_("summary"))
    def short_summary(self, run: JobRun) -> str:
        return run.summary.partition("\n")[0][:120] or "—"

    @display(description=_("summary"))
    def shown_summary(self, run: JobRun) -> str:
        return format_html('<pre class="whitespace-pre-wrap" dir="auto">{}</pre>', run.summary or "—")

    @display(description=_("counts"))
    def shown_counts(self, run: JobRun) -> str:
        return format_html_join(", ", "{} {}", sorted(run.counts.items())) or "—"


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(BeatPeriodicTaskAdmin, StaffAdmin):
    """When each job runs. Jobs come with the code: staff switch them on and off, change their times, run them now."""

    form = StaffAdmin.form
    change_form_template = None
    list_display = ("name", "enabled", "scheduler", "last_run", "last_status")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    date_hierarchy = None
    ordering = ("name",)
    actions = ("enable_tasks", "disable_tasks", "run_chosen")
    actions_detail = ("run_now",)
    fieldsets = (
        (None, {"fields": ("name", "task", "description", "enabled")}),
        (_("Schedule"), {"fields": ("interval", "crontab", "last_run")}),
    )
    readonly_fields = ("name", "task", "last_run")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("last run"))
    def last_run(self, task: PeriodicTask) -> str:
        run = self._last_run(task)
        if run is None:
            return "—"
        return format_html('<a href="{}" class="whitespace-nowrap">{}</a>', runs_page(run.job), moment(run.started_at))

    @display(description=_("status"), label=STATUS_LABELS)
    def last_status(self, task: PeriodicTask) -> tuple[str, str] | None:
        run = self._last_run(task)
        return (run.status, run.get_status_display()) if run else None

    @action(
        description=_("Run now"),
        url_path="run-now",
        icon="play_arrow",
        permissions=["django_celery_beat.change_periodictask"],
    )
    def run_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Queue a job at once, after asking whether that is meant."""
        task = self.found(request, object_id)
        page = ActionPage(
            title=_("Run now"),
            subtitle=f"{task.name}: {task.description}",
            submit=_("Run now"),
            form=forms.Form(request.POST if request.method == "POST" else None),
            act=lambda: ask_for_run(task.name, started_by=request.user.pk),
            done=lambda _nothing: _now("%(job)s is queued; its run appears in this list.") % {"job": task.name},
            back=runs_page(task.name),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Run chosen jobs now"), permissions=["change"])
    def run_chosen(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        """Queue each chosen job."""
        act_on_each(
            request,
            queryset.values_list("name", flat=True),
            lambda name: ask_for_run(name, started_by=request.user.pk),
            lambda count: _now("Jobs queued: %(count)s. See the runs of jobs.") % {"count": count},
        )

    def _last_run(self, task: PeriodicTask) -> JobRun | None:
        if not hasattr(task, "found_run"):
            runs = JobRun.objects.filter(job=task.name).exclude(status=JobRun.Status.SKIPPED)
            task.found_run = runs.order_by("-started_at").first()
        return task.found_run


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(StaffAdmin):
    """Times of day (of Casablanca) at which jobs can run."""

    list_display = ("__str__", "human_readable")
    fields = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")
    ordering = ("id",)


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(StaffAdmin):
    """Intervals at which jobs can run."""

    list_display = ("__str__", "every", "period")
    ordering = ("id",)
