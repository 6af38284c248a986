"""Who uses the platform: users, merchants with their members, influencers, and the audit trail."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from leadsmarket.lib.identifiers import new_id


class TimeStampedModel(models.Model):
    """A row with an id in order of creation; a trigger keeps `updated_at`, also for raw SQL."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)

    class Meta:
        abstract = True


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address; addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a user with a hashed password (an unusable one when none is given)."""
        if not email:
            raise ValueError("A user needs an e-mail address")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a staff user with every right (used by `manage.py createsuperuser`)."""
        return self.create_user(email, password, role=User.Role.STAFF, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A log-in. Its role says which side of the market it is on; written by accounts.services."""

    class Role(models.TextChoices):
        MERCHANT = "merchant", _("Merchant")
        INFLUENCER = "influencer", _("Influencer")
        STAFF = "staff", _("Staff")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may use the admin"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(fields=["email"], name="user_email_unique"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=models.Q(role="staff") | models.Q(is_staff=False, is_superuser=False),
                name="user_only_staff_role_is_staff",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class Merchant(TimeStampedModel):
    """A company that pays for leads."""

    name = models.CharField(_("company name"), max_length=120)
    ice = models.CharField(
        _("ICE"),
        max_length=15,
        blank=True,
        help_text=_("Identifiant Commun de l'Entreprise: 15 digits."),
        validators=[RegexValidator(r"^\d{15}$", _("An ICE has exactly 15 digits."))],
    )
    phone = PhoneNumberField(_("phone"), blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="merchant_name_not_empty"),
            models.CheckConstraint(
                condition=models.Q(ice="") | models.Q(ice__regex=r"^\d{15}$"), name="merchant_ice_15_digits"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(TimeStampedModel):
    """A user's place in a merchant's team. A user belongs to one merchant at most."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MEMBER = "member", _("Member")

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="membership", verbose_name=_("user"))
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("merchant")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.MEMBER)

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=["owner", "member"]), name="membership_role_known")
        ]

    def __str__(self) -> str:
        return f"{self.user} - {self.merchant}"


class Influencer(TimeStampedModel):
    """A person who submits leads and earns."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="influencer", verbose_name=_("user"))
    display_name = models.CharField(_("display name"), max_length=80)
    phone = PhoneNumberField(_("phone"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("influencer")
        verbose_name_plural = _("influencers")
        constraints = [
            models.CheckConstraint(condition=~models.Q(display_name=""), name="influencer_display_name_not_empty")
        ]

    def __str__(self) -> str:
        return self.display_name


class LoginSession(models.Model):
    """A browser in which somebody is logged in, as their Security page lists it; written by accounts.sessions.

    It says where and when; the session itself is Django's row of the same key, and lasts as long as that one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="login_sessions", verbose_name=_("user"), editable=False
    )
    session_key = models.CharField(_("session key"), max_length=40, unique=True, editable=False)
    ip_address = models.GenericIPAddressField(_("internet address"), null=True, editable=False)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("logged in"), default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("log-in session")
        verbose_name_plural = _("log-in sessions")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.ip_address}"


class EmailChange(models.Model):
    """A new log-in address that waits until the links sent to the old and to the new one were both used.

    Written by accounts.email_change; deleted when done or given up. Links of a deleted row do nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="email_change", verbose_name=_("user"), editable=False
    )
    new_email = models.EmailField(_("new address"), editable=False)
    old_confirmed_at = models.DateTimeField(_("confirmed at the old address"), null=True, editable=False)
    new_confirmed_at = models.DateTimeField(_("confirmed at the new address"), null=True, editable=False)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(new_email=Lower("new_email")), name="email_change_address_lower_case"
            )
        ]

    def __str__(self) -> str:
        return self.new_email


class AuditEntry(models.Model):
    """One change of money, rights or terms: append-only, written by accounts.services.record_audit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.CharField(_("action"), max_length=60, help_text=_("Dotted name, such as deposits.deposit.opened"))
    actor_user = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("done by")
    )
    actor_role = models.CharField(_("acting as"), max_length=14)
    object_type = models.CharField(_("object type"), max_length=60)
    object_id = models.UUIDField(_("object id"))
    merchant_id = models.UUIDField(_("merchant id"), null=True)
    data = models.JSONField(_("data"), default=dict)
    created_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
            models.Index(fields=["-created_at", "-id"], name="audit_latest"),
        ]

    def __str__(self) -> str:
        return self.action
