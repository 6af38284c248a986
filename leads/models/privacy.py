"""What prospects ask about their own data (law 09-08, articles 7 to 9), and contacts that must not be submitted again."""

from datetime import date, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import TimeStampedModel, User
from leadsmarket.lib.identifiers import new_id

ANSWER_DAYS = 10
"""Clear days (article 8): the day of the request does not count."""


class ProspectRequest(TimeStampedModel):
    """One person's request about their data; written by leads.services.privacy.

    email is where the confirming link went and the answer goes. phone: theirs too, as they say; whoever answers makes sure
    before acting on it. due_on: the last of the ten clear days after the confirmation. A year after the answer email, phone
    and text are blanked (`contact_removed_at`); kind, times and who handled it stay, as proof.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", _("See the data held")
        ERASURE = "erasure", _("Have the data erased")
        OBJECTION = "objection", _("Object to any further use")

    class Origin(models.TextChoices):
        FORM = "form", _("Form on the site")
        STAFF = "staff", _("Letter, e-mail or call")

    class Status(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("Not confirmed yet")
        OPEN = "open", _("To answer")
        DONE = "done", pgettext_lazy("privacy request", "Done")
        REFUSED = "refused", pgettext_lazy("privacy request", "Refused")

    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    origin = models.CharField(_("came by"), max_length=5, choices=Origin.choices)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    text = models.TextField(_("text"), max_length=2000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    status = models.CharField(_("status"), max_length=11, choices=Status.choices)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    due_on = models.DateField(_("answer until"), null=True)
    handled_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("handled by"), db_index=False
    )
    handled_at = models.DateTimeField(_("handled"), null=True)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    contact_removed_at = models.DateTimeField(_("contact removed"), null=True)

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["access", "erasure", "objection"]), name="prospect_request_kind_known"
            ),
            models.CheckConstraint(condition=Q(origin__in=["form", "staff"]), name="prospect_request_origin_known"),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone="") | Q(contact_removed_at__isnull=False),
                name="prospect_request_has_contact",
            ),
            models.CheckConstraint(
                condition=Q(status="unconfirmed", confirmed_at__isnull=True, due_on__isnull=True)
                | Q(status__in=["open", "done", "refused"], confirmed_at__isnull=False, due_on__isnull=False),
                name="prospect_request_confirmed_agrees_with_status",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["unconfirmed", "open"], handled_at__isnull=True)
                | Q(status__in=["done", "refused"], handled_at__isnull=False),
                name="prospect_request_handled_agrees_with_status",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(answer=""), name="prospect_request_refusal_has_answer"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_on"], condition=Q(status="open"), name="prospect_request_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_status_display()})"

    @property
    def is_overdue(self) -> bool:
        """Whether the law's time to answer has run out."""
        return self.status == self.Status.OPEN and self.due_on is not None and self.due_on < timezone.localdate()


def due_day(confirmed: date) -> date:
    """Return the last day to answer a request confirmed on a day: the tenth clear day after it."""
    return confirmed + timedelta(days=ANSWER_DAYS)


class BlockedContact(models.Model):
    """An e-mail address or phone number that no lead may have, as a keyed digest that tells no contact.

    After an objection for ever; after an erasure for the 90 days of the duplicate check, which no longer finds the lead.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")

    class Reason(models.TextChoices):
        OBJECTION = "objection", _("Objection")
        ERASURE = "erasure", _("Erasure")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    digest = models.CharField(_("digest"), max_length=64)
    reason = models.CharField(_("reason"), max_length=9, choices=Reason.choices)
    until = models.DateTimeField(_("until"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("blocked contact")
        verbose_name_plural = _("blocked contacts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest", "reason"], name="blocked_contact_once"),
            models.CheckConstraint(condition=Q(kind__in=["email", "phone"]), name="blocked_contact_kind_known"),
            models.CheckConstraint(
                condition=Q(reason="objection", until__isnull=True) | Q(reason="erasure", until__isnull=False),
                name="blocked_contact_until_agrees_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="blocked_contact_digest_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.digest[:8]}"
