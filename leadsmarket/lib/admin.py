"""What the staff site's pages share: read-only tables, lists that don't count, and action pages that call a service."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.admin.options import ModelAdmin as DjangoModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextInputWidget

from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import AmountField, add_refusal
from leadsmarket.lib.money import format_mad
from leadsmarket.templatetags.ui import moment

Text = str | Promise
Column = Callable[[Any], str]


class StaffAdmin(ModelAdmin):
    """A table of the staff site. Nothing is deleted there: what is over is ended, closed or switched off."""

    # Unfold's own check looks permissions up in the database, which has no tables when checks run before the first migration.
    checks_class = ModelAdminChecks

    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True
    exact_search_fields: tuple[str, ...] = ("pk",)
    """Ids that a search for an id is compared with. Other searches use `search_fields`; `("pk",)` there: ids alone."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            if search_term and tuple(self.search_fields) == ("pk",):
                return queryset.none(), False
            return super().get_search_results(request, queryset, search_term)
        by_id = Q()
        for field in self.exact_search_fields:
            by_id |= Q(**{field: wanted})
        return queryset.filter(by_id), False

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """Return the object of an action's address, or answer 404."""
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found


class ReadOnlyAdmin(StaffAdmin):
    """A table that staff read; it changes by the services of its app alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LargeTableAdmin(ReadOnlyAdmin):
    """A read-only table that grows without end: newest first, no count, no sorting without an index."""

    paginator = InfinitePaginator
    show_facets = ShowFacets.NEVER
    ordering = ("-id",)
    sortable_by = ()


def _label(model: type[Model], field: str) -> Text:
    found = model._meta.get_field(field)
    return found.verbose_name if isinstance(found, Field) else field


def money_column(model: type[Model], field: str) -> Column:
    """Return a column (or read-only field) that writes an amount of `model` as every page does."""

    @display(description=_label(model, field), ordering=field)
    def column(obj: Model) -> str:
        amount = getattr(obj, field)
        return format_mad(amount) if amount is not None else "—"

    column.__name__ = f"{field}_in_mad"
    return column


def moment_column(model: type[Model], field: str) -> Column:
    """Return a column that writes day and time (Casablanca) in one short line."""

    @display(description=_label(model, field), ordering=field)
    def column(obj: Model) -> str:
        return format_html('<span class="whitespace-nowrap">{}</span>', moment(getattr(obj, field)))

    column.__name__ = f"{field}_in_short"
    return column


class StaffAmountField(AmountField):
    """An amount in MAD as the forms of the staff site show it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=UnfoldAdminTextInputWidget, **kwargs)


class RowField(forms.ModelChoiceField):
    """A row chosen by typing its name; an id that is none is refused like an unknown one."""

    def prepare_value(self, value: Any) -> Any:
        try:
            self.to_python(value)
        except ValidationError:
            # The widget looks the value up to show its name, and fails at an id that is none.
            return None
        return super().prepare_value(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionPage:
    """A page of the staff site with one form that calls one service.

    act: is given the cleaned values by name. done: the message for what `act` returned. back: where to go then.
    subtitle: what the action is about, with its present amounts.
    """

    title: Text
    submit: Text
    form: forms.Form
    act: Callable[..., Any]
    done: Callable[[Any], Text]
    back: str
    subtitle: Text = ""


def answer_action_page(model_admin: DjangoModelAdmin, request: HttpRequest, page: ActionPage) -> HttpResponse:
    """Show an action's form, or carry it out. What the service refuses is shown on the form, with the typed values kept."""
    form = page.form
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                result = page.act(**form.cleaned_data)
            except Refusal as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, str(page.done(result)))
                return redirect(page.back)
        status = 422
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": page.title,
        "page": page,
        "form": form,
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/action_page.html", context, status=status)


def act_on_each(
    request: HttpRequest, ids: Iterable[Any], act: Callable[[Any], Any], done: Callable[[int], Text]
) -> None:
    """Carry out a step for each chosen row; tell how many were done, and each refusal once."""
    count = 0
    refusals: dict[str, int] = {}
    for row_id in ids:
        try:
            act(row_id)
        except Refusal as refusal:
            refusals[str(refusal)] = refusals.get(str(refusal), 0) + 1
        else:
            count += 1
    if count:
        messages.success(request, str(done(count)))
    for text, times in refusals.items():
        messages.error(request, f"{text} ({times})" if times > 1 else text)


def change_page(obj: Model) -> str:
    """Return the address of an object's page on the staff site."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def list_page(model: type[Model]) -> str:
    """Return the address of a model's list on the staff site."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
