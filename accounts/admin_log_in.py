"""The staff site's page of address changes, where staff help whoever lost the old mailbox."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.email_change import confirm_for_lost_mailbox
from accounts.models import EmailChange
from leadsmarket.lib.admin import ActionPage, ReadOnlyAdmin, answer_action_page, moment_column


class HowForm(forms.Form):
    """How staff made sure who is asking: kept in the audit trail."""

    reason = forms.CharField(
        label=_("How you made sure who is asking"), max_length=300, widget=UnfoldAdminTextInputWidget
    )


@admin.register(EmailChange)
class EmailChangeAdmin(ReadOnlyAdmin):
    """Changes of a log-in address that wait for one of their links. Staff can confirm in place of a mailbox that is lost."""

    list_display = (
        "user",
        "new_email",
        moment_column(EmailChange, "old_confirmed_at"),
        moment_column(EmailChange, "new_confirmed_at"),
        moment_column(EmailChange, "created_at"),
    )
    list_select_related = ("user",)
    search_fields = ("user__email", "new_email")
    exact_search_fields = ("pk", "user_id")
    ordering = ("-id",)
    fields = ("user", "new_email", "old_confirmed_at", "new_confirmed_at", "created_at")
    actions_detail = ("confirm_for_lost_mailbox",)

    def has_verify_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say who may speak for a mailbox: as for marking addresses as verified."""
        return request.user.has_perm("account.change_emailaddress")

    @action(
        description=_("Confirm for a lost mailbox"),
        url_path="confirm-for-lost-mailbox",
        icon="mark_email_read",
        permissions=["verify"],
    )
    def confirm_for_lost_mailbox(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Confirm in place of the old address."""
        change = self.found(request, object_id)
        page = ActionPage(
            title=_("Confirm in place of the old address"),
            subtitle=_now(
                "The account of %(old)s is to use %(new)s. Make sure that its owner asks, by other means than e-mail."
            )
            % {"old": change.user.email, "new": change.new_email},
            submit=_("Confirm"),
            form=HowForm(request.POST or None),
            act=lambda reason: confirm_for_lost_mailbox(change_id=change.pk, reason=reason),
            done=lambda _change: _now("Confirmed. The new address is in use once its own link was opened too."),
            back=reverse("admin:accounts_emailchange_changelist"),
        )
        return answer_action_page(self, request, page)
