"""Requests of prospects about their data: staff read what is held, carry out, or refuse. docs/privacy.md says how."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.audit import record_audit
from leads.models import BlockedContact, ProspectRequest
from leads.selectors.privacy import prospect_data
from leads.services import carry_out_request, record_request, refuse_request
from leadsmarket.lib.admin import ActionPage, LargeTableAdmin, answer_action_page, change_page, list_page, moment_column

STATUS_LABELS = {"unconfirmed": "default", "open": "warning", "done": "success", "refused": "danger"}
HANDLES = ["leads.change_prospectrequest"]
Status = ProspectRequest.Status


def requests_to_answer() -> QuerySet[ProspectRequest]:
    """Return the confirmed requests that wait for staff, overdue ones among them."""
    return ProspectRequest.objects.filter(status=Status.OPEN)


def requests_overdue() -> QuerySet[ProspectRequest]:
    """Return those whose ten clear days are over."""
    return requests_to_answer().filter(due_on__lt=timezone.localdate())


class RecordForm(forms.Form):
    """A request that came by letter, e-mail or call, typed by staff."""

    kind = forms.ChoiceField(
        label=_("What is asked"), choices=ProspectRequest.Kind.choices, widget=UnfoldAdminSelectWidget
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("Make sure first who asks: this address and number are taken for theirs."),
    )
    phone = forms.CharField(label=_("Phone"), required=False, max_length=30, widget=UnfoldAdminTextInputWidget)
    text = forms.CharField(
        label=_("Text"), required=False, max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, initial="fr", widget=UnfoldAdminSelectWidget
    )


class AnswerForm(forms.Form):
    """Words for the person, and whether the phone number is theirs for sure."""

    include_phone = forms.BooleanField(
        label=_("I made sure that the phone number is this person's"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Call it. Without this only the confirmed e-mail address counts."),
    )
    answer = forms.CharField(
        label=_("Words for the person"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("They go into the e-mail that tells the person what was done."),
    )

    def __init__(self, *args: Any, asks_about_phone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_about_phone:
            del self.fields["include_phone"]


class RefusalForm(forms.Form):
    """Why the request is not carried out."""

    answer = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("The person reads it."),
    )


class OverdueFilter(admin.SimpleListFilter):
    """Requests past the time that the law gives."""

    title = _("time to answer")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("over", _("Over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() != "over":
            return queryset
        return queryset.filter(status=Status.OPEN, due_on__lt=timezone.localdate())


@admin.register(ProspectRequest)
class ProspectRequestAdmin(LargeTableAdmin):
    """Requests about personal data. Search by a whole e-mail address or phone number, or the id of a request."""

    list_display = (
        moment_column(ProspectRequest, "created_at"),
        "kind",
        "email",
        "phone",
        "origin",
        "shown_status",
        "shown_due",
        "handled_by",
    )
    list_filter = ("status", OverdueFilter, "kind", "origin")
    list_select_related = ("handled_by",)
    search_fields = ("email__iexact", "phone__exact")
    search_help_text = _("An id, or the whole e-mail address or phone number (+212…).")
    fieldsets = (
        (None, {"fields": ("status", "kind", "email", "phone", "text", "language")}),
        (_("Course"), {"fields": ("origin", "created_at", "confirmed_at", "due_on")}),
        (pgettext_lazy("noun", "Answer"), {"fields": ("handled_by", "handled_at", "answer", "shown_result")}),
    )
    readonly_fields = ("shown_result",)
    actions_list = ("record",)
    actions_detail = ("carry_out", "refuse", "data_to_read", "data_as_json")

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, asked: ProspectRequest) -> tuple[str, str]:
        return asked.status, asked.get_status_display()

    @display(description=_("answer until"), label={"over": "danger", "due": "info", "none": "default"})
    def shown_due(self, asked: ProspectRequest) -> tuple[str, str]:
        if asked.due_on is None:
            return "none", "—"
        return "over" if asked.is_overdue else "due", date_format(asked.due_on, "SHORT_DATE_FORMAT")

    @display(description=_("result"))
    def shown_result(self, asked: ProspectRequest) -> str:
        if not asked.result:
            return "—"
        return _now("Leads erased: %(erased)s, of them rejected before: %(rejected)s.") % asked.result

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """Offer steps while the request is open; what is held can be read as long as its contact is kept."""
        found = self.get_object(request, unquote(object_id))
        if found is None or found.status == Status.UNCONFIRMED or found.contact_removed_at:
            return []
        steps = () if found.status == Status.OPEN else ("carry_out", "refuse")
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if one.method.original_function_name not in steps]

    @action(description=_("Record a request"), url_path="record", icon="add", permissions=HANDLES)
    def record(self, request: HttpRequest) -> HttpResponse:
        """Keep a request that did not come by the site."""
        page = ActionPage(
            title=_("Record a request"),
            subtitle=_("One that came by letter, e-mail or call. The ten clear days begin now."),
            submit=_("Record the request"),
            form=RecordForm(request.POST if request.method == "POST" else None),
            act=record_request,
            done=lambda asked: _now("Request recorded, to answer by %(day)s.") % {"day": date_format(asked.due_on)},
            back=list_page(ProspectRequest),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Carry out"), url_path="carry-out", icon="check", permissions=HANDLES)
    def carry_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Erase, block, or note that the data were sent; and tell the person."""
        asked = self.found(request, object_id)
        subtitles = {
            ProspectRequest.Kind.ACCESS: _("Send the data to the person first, then note it here."),
            ProspectRequest.Kind.ERASURE: _(
                "Contact, notes and messages go for good; pending leads are rejected; money and counts stay."
            ),
            ProspectRequest.Kind.OBJECTION: _("The contact can't be submitted by anybody any more."),
        }
        page = ActionPage(
            title=asked.get_kind_display(),
            subtitle=f"{asked.email or asked.phone} · {subtitles[ProspectRequest.Kind(asked.kind)]}",
            submit=_("Carry out and tell the person"),
            form=AnswerForm(
                request.POST if request.method == "POST" else None,
                asks_about_phone=bool(asked.phone) and asked.origin == ProspectRequest.Origin.FORM,
            ),
            act=partial(carry_out_request, request_id=asked.pk),
            done=lambda _asked: _now("Request carried out."),
            back=change_page(asked),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Refuse"), url_path="refuse", icon="close", permissions=HANDLES)
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close the request and say why."""
        asked = self.found(request, object_id)
        page = ActionPage(
            title=_("Refuse the request"),
            subtitle=f"{asked.get_kind_display()} · {asked.email or asked.phone}",
            submit=_("Refuse and tell the person"),
            form=RefusalForm(request.POST if request.method == "POST" else None),
            act=lambda answer: refuse_request(request_id=asked.pk, answer=answer),
            done=lambda _asked: _now("Request refused."),
            back=change_page(asked),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Data held, to read"), url_path="data", icon="download", permissions=HANDLES)
    def data_to_read(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand out what is held as a document in the person's language, to print or send."""

        def write(asked: ProspectRequest, data: dict[str, Any]) -> str:
            with translation.override(asked.language):
                return render_to_string("leads/prospect_data.html", {"data": data, "asked": asked})

        return self._hand_out(request, object_id, "html", "text/html", write)

    @action(description=_("Data held, as JSON"), url_path="data.json", icon="data_object", permissions=HANDLES)
    def data_as_json(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand out what is held for programs."""
        return self._hand_out(
            request,
            object_id,
            "json",
            "application/json",
            lambda _asked, data: json.dumps(data, ensure_ascii=False, indent=2),
        )

    def _hand_out(
        self,
        request: HttpRequest,
        object_id: str,
        extension: str,
        content_type: str,
        write: Callable[[ProspectRequest, dict[str, Any]], str],
    ) -> HttpResponse:
        asked = self.found(request, object_id)
        data = prospect_data(email=asked.email, phone=str(asked.phone or ""))
        record_audit("leads.prospect_request.exported", asked, data={"leads": len(data["leads"]), "format": extension})
        response = HttpResponse(write(asked, data), content_type=f"{content_type}; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="personal-data-{asked.pk}.{extension}"'
        response["Cache-Control"] = "no-store"
        return response


@admin.register(BlockedContact)
class BlockedContactAdmin(LargeTableAdmin):
    """Contacts that can't be submitted, as digests: nobody can read whose they are."""

    list_display = (moment_column(BlockedContact, "created_at"), "kind", "reason", "until", "digest")
    list_filter = ("kind", "reason")
    search_fields = ("digest",)
    fields = ("kind", "reason", "until", "digest", "created_at")
