"""The staff site's pages of users, merchants, influencers and the audit trail."""

import json
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.admin_log_in import HowForm
from accounts.audit import record_audit
from accounts.models import AuditEntry, Influencer, Membership, Merchant, User
from accounts.second_factor import has_second_factor, remove_second_factor
from accounts.sessions import end_all_sessions
from leadsmarket.lib.admin import (
    ActionPage,
    LargeTableAdmin,
    ReadOnlyAdmin,
    StaffAdmin,
    answer_action_page,
    change_page,
    moment_column,
)

admin.site.unregister(EmailAddress)
# Rights are given to each person, so that the audit trail names them; second factors are nobody else's to look at.
admin.site.unregister(Group)
admin.site.unregister(Authenticator)


class AuditedAdmin(StaffAdmin):
    """A table that staff may write; each change leaves an audit row with the values before and after."""

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        """Store what was typed and record it."""
        super().save_model(request, obj, form, change)
        record_form(obj, form, change)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        """Store the rows of an inline and record each."""
        super().save_formset(request, form, formset, change)
        for row in formset.forms:
            if row.has_changed() and row.instance.pk:
                record_form(row.instance, row, change=row.instance not in formset.new_objects)


def record_form(obj: Model, form: ModelForm, change: bool) -> None:
    """Record what a form of the staff site changed; passwords never."""
    names = [name for name in form.changed_data if "password" not in name]
    merchant_id = obj.pk if isinstance(obj, Merchant) else getattr(obj, "merchant_id", None)
    record_audit(
        f"{obj._meta.app_label}.{obj._meta.model_name}.{'changed' if change else 'added'}",
        obj,
        merchant_id=merchant_id,
        data={
            "before": {name: _as_text(form.initial.get(name)) for name in names} if change else {},
            "after": {name: _as_text(form.cleaned_data.get(name)) for name in names},
        },
    )


def _as_text(value: Any) -> str:
    if isinstance(value, QuerySet | list | tuple):
        return ", ".join(sorted(map(str, value)))
    return str(value if value is not None else "")


class NewUserForm(UserCreationForm):
    """A new log-in. Addresses are kept in lower case; staff may always use the staff site."""

    class Meta(DjangoUserAdmin.add_form.Meta):
        model = User
        fields = ("email", "role", "language")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def save(self, commit: bool = True) -> User:
        self.instance.is_staff = self.cleaned_data.get("role") == User.Role.STAFF
        return super().save(commit)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, AuditedAdmin):
    """Log-ins. Only superusers make or change staff; a person's address and side of the market stay as they are."""

    form = UserChangeForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("-id",)
    sortable_by = ("email", "date_joined", "last_login")
    list_display = (
        "email",
        "shown_role",
        "language",
        "is_active",
        "is_staff",
        moment_column(User, "last_login"),
        moment_column(User, "date_joined"),
    )
    list_filter = ("role", "is_active", "is_staff", "language")
    search_fields = ("email",)
    filter_horizontal = ("user_permissions",)
    fieldsets = (
        (None, {"fields": ("email", "password", "role", "language")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    actions_detail = ("end_sessions", "remove_second_factor")
    add_fieldsets = ((None, {"fields": ("email", "role", "language", "usable_password", "password1", "password2")}),)

    @display(
        description=_("role"), ordering="role", label={"merchant": "info", "influencer": "success", "staff": "warning"}
    )
    def shown_role(self, user: User) -> tuple[str, str]:
        return user.role, user.get_role_display()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        fixed = ("email", "role", "last_login", "date_joined")
        if not request.user.is_superuser:
            return (*fixed, "is_staff", "is_superuser", "user_permissions")
        # Only a person of staff can be given the staff site; the database holds that too.
        return fixed if obj.role == User.Role.STAFF else (*fixed, "is_staff", "is_superuser", "user_permissions")

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, **kwargs)
        if obj is None and not request.user.is_superuser:
            role = form.base_fields["role"]
            role.choices = [choice for choice in role.choices if choice[0] != User.Role.STAFF]
        return form

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.role == User.Role.STAFF and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        """Store the user; a new one gets its address to verify at the first log-in."""
        super().save_model(request, obj, form, change)
        if not change:
            EmailAddress.objects.create(user=obj, email=obj.email, primary=True, verified=False)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer to remove a second factor only where there is one."""
        user = self.get_object(request, object_id)
        hidden = "" if user and has_second_factor(user) else "remove_second_factor"
        return [
            one for one in super().get_actions_detail(request, object_id) if one.method.original_function_name != hidden
        ]

    def has_reset_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say who may remove a second factor: whoever may change the user, so only superusers that of staff."""
        return self.has_change_permission(request, self.get_object(request, object_id) if object_id else None)

    @action(description=_("Log out everywhere"), url_path="end-sessions", icon="logout", permissions=["reset"])
    def end_sessions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End every session and token of somebody whose account may be in other hands."""
        user = self.found(request, object_id)
        page = ActionPage(
            title=_("Log out everywhere"),
            subtitle=_now("Every browser and every app of %(email)s has to log in again.") % {"email": user.email},
            submit=_("Log out everywhere"),
            form=forms.Form(request.POST if request.method == "POST" else None),
            act=lambda: end_all_sessions(user=user),
            done=lambda _count: _now("Every session has ended."),
            back=change_page(user),
        )
        return answer_action_page(self, request, page)

    @action(
        description=_("Remove the second factor"),
        url_path="remove-second-factor",
        icon="no_encryption",
        permissions=["reset"],
    )
    def remove_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let somebody in by the password alone who lost phone and recovery codes."""
        user = self.found(request, object_id)
        page = ActionPage(
            title=_("Remove the second factor"),
            subtitle=_now("%(email)s will log in by the password alone. Make sure that its owner asks.")
            % {"email": user.email},
            submit=_("Remove the second factor"),
            form=HowForm(request.POST or None),
            act=lambda reason: remove_second_factor(user=user, reason=reason),
            done=lambda _result: _now("Second factor removed; its owner was told by e-mail."),
            back=change_page(user),
        )
        return answer_action_page(self, request, page)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002 - Django's name
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            record_audit("accounts.user.password_set", self.found(request, id))
        return response


class MembershipInline(TabularInline):
    """The team of a merchant."""

    model = Membership
    autocomplete_fields = ("user",)
    fields = ("user", "role")
    extra = 0
    can_delete = False


@admin.register(Merchant)
class MerchantAdmin(AuditedAdmin):
    """Companies, with their teams."""

    list_display = ("name", "city", "ice", "phone", "is_active", moment_column(Merchant, "created_at"))
    list_filter = ("is_active",)
    search_fields = ("name", "ice", "memberships__user__email")
    ordering = ("-id",)
    fields = ("name", "ice", "phone", "address", "city", "is_active", "created_at", "updated_at")
    readonly_fields = ("created_at", "updated_at")
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    """Who belongs to which merchant's team."""

    list_display = ("user", "merchant", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "merchant")
    search_fields = ("user__email", "merchant__name")
    exact_search_fields = ("pk", "user_id", "merchant_id")
    autocomplete_fields = ("user", "merchant")
    ordering = ("-id",)


@admin.register(Influencer)
class InfluencerAdmin(AuditedAdmin):
    """People who submit leads."""

    list_display = ("display_name", "user", "phone", "is_active", moment_column(Influencer, "created_at"))
    list_filter = ("is_active",)
    list_select_related = ("user",)
    search_fields = ("display_name", "user__email")
    exact_search_fields = ("pk", "user_id")
    autocomplete_fields = ("user",)
    ordering = ("-id",)
    fields = ("user", "display_name", "phone", "is_active", "created_at", "updated_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Influencer | None = None) -> tuple[str, ...]:
        return ("created_at", "updated_at", "user") if obj else ("created_at", "updated_at")


class ActorRoleFilter(admin.SimpleListFilter):
    """Acting role, from a fixed list: the roles found in the table would take reading all of it."""

    title = _("acting as")
    parameter_name = "actor_role"

    def lookups(self, request: HttpRequest, model_admin: StaffAdmin) -> list[tuple[str, Any]]:
        return [*User.Role.choices, ("system", _("The platform itself"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(actor_role=self.value()) if self.value() else queryset


class ActionFilter(admin.SimpleListFilter):
    """What was done: read or handed out, or one part of the platform, from a fixed list."""

    title = _("action")
    parameter_name = "done"
    ENDINGS: ClassVar[dict[str, Any]] = {
        "viewed": _("Personal data viewed"),
        "exported": _("Data exported"),
        "erased": _("Personal data erased"),
    }
    BEGINNINGS: ClassVar[dict[str, Any]] = {
        "accounts": _("People and rights"),
        "deposits": _("Deposits"),
        "leads": _("Leads"),
        "payments": _("Payments"),
        "api": _("API access"),
        "alerts": _("Messages"),
    }

    def lookups(self, request: HttpRequest, model_admin: StaffAdmin) -> list[tuple[str, Any]]:
        return [*self.ENDINGS.items(), *self.BEGINNINGS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() in self.ENDINGS:
            return queryset.filter(action__endswith=f".{self.value()}")
        if self.value() in self.BEGINNINGS:
            return queryset.filter(action__startswith=f"{self.value()}.")
        return queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(LargeTableAdmin):
    """Every change of money, rights and terms, and who looked at or took personal data.

    Search by the id of an object, user or merchant, or by an action's start.
    """

    list_display = (
        moment_column(AuditEntry, "created_at"),
        "action",
        "actor_user",
        "actor_role",
        "object_type",
        "object_id",
    )
    list_filter = (
        ActionFilter,
        ActorRoleFilter,
        ("actor_user", AutocompleteSelectFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("actor_user",)
    search_fields = ("action__startswith",)
    exact_search_fields = ("pk", "object_id", "merchant_id", "actor_user_id")
    fields = (
        "created_at",
        "action",
        "actor_user",
        "actor_role",
        "object_type",
        "object_id",
        "merchant_id",
        "shown_data",
    )
    readonly_fields = ("shown_data",)

    @display(description=_("data"))
    def shown_data(self, entry: AuditEntry) -> str:
        text = json.dumps(entry.data, indent=2, ensure_ascii=False)
        return format_html('<pre class="whitespace-pre-wrap" dir="ltr">{}</pre>', text)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Addresses of log-ins. People change their own; staff can mark one as verified."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("verified", "primary")
    list_select_related = ("user",)
    search_fields = ("email",)
    ordering = ("-id",)
    actions = ("mark_verified",)

    @action(description=_("Mark as verified"), permissions=["verify"])
    def mark_verified(self, request: HttpRequest, chosen: QuerySet[EmailAddress]) -> None:
        """Take the chosen addresses for their users' own, as if they had followed the link."""
        count = 0
        for address in chosen.filter(verified=False).select_related("user"):
            if address.set_verified():
                record_audit("accounts.user.email_verified", address.user, data={"email": address.email})
                count += 1
        text = ngettext("%(count)d address is verified now.", "%(count)d addresses are verified now.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    def has_verify_permission(self, request: HttpRequest) -> bool:
        """Say who may take an address for verified."""
        return request.user.has_perm("account.change_emailaddress")
