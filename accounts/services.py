"""Sign-up and what people change about themselves and their company."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.audit import record_audit
from accounts.errors import EmailTaken, OnlyTheOwner
from accounts.models import Influencer, Membership, Merchant, User
from leadsmarket.lib.actor import Actor, acting_as
from leadsmarket.lib.identifiers import new_id

TERMS_VERSION = "2026-11"
"""The version of the terms page (templates/leadsmarket/terms.html) that a sign-up agrees to."""


def register_merchant(
    *, email: str, password: str, company_name: str, phone: str, ice: str = "", language: str = "fr"
) -> User:
    """Create a company with its first user, the owner; the address is not verified yet.

    phone: E.164. ice: 15 digits or empty. The caller has asked for agreement to the terms (TERMS_VERSION), which is
    recorded. Raises EmailTaken. Rule: product.md, "Roles".
    """
    actor = Actor("merchant", user_id=new_id(), merchant_id=new_id())
    with _unless_taken(), acting_as(actor):
        user = _create_user(actor, email, password, User.Role.MERCHANT, language)
        merchant = Merchant.objects.create(id=actor.merchant_id, name=company_name, ice=ice, phone=phone)
        Membership.objects.create(user=user, merchant=merchant, role=Membership.Role.OWNER)
        record_audit(
            "accounts.merchant.registered", merchant, merchant_id=merchant.pk, data={"terms_version": TERMS_VERSION}
        )
    return user


def register_influencer(*, email: str, password: str, display_name: str, phone: str, language: str = "fr") -> User:
    """Create an influencer with their user; the address is not verified yet.

    phone: E.164. Agreement to the terms as in register_merchant. Raises EmailTaken. Rule: product.md, "Roles".
    """
    actor = Actor("influencer", user_id=new_id(), influencer_id=new_id())
    with _unless_taken(), acting_as(actor):
        user = _create_user(actor, email, password, User.Role.INFLUENCER, language)
        influencer = Influencer.objects.create(
            id=actor.influencer_id, user=user, display_name=display_name, phone=phone
        )
        record_audit("accounts.influencer.registered", influencer, data={"terms_version": TERMS_VERSION})
    return user


def _create_user(actor: Actor, email: str, password: str, role: User.Role, language: str) -> User:
    user = User.objects.create_user(email, password, id=actor.user_id, role=role, language=language)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    return user


@contextmanager
def _unless_taken() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if "user_email_unique" not in str(error):
            raise
        raise EmailTaken from error


@transaction.atomic
def update_company(*, user: User, company_name: str, ice: str, phone: str, address: str, city: str) -> Merchant:
    """Change the company's data, which receipts will bear from now on. Raises OnlyTheOwner."""
    membership = Membership.objects.select_related("merchant").get(user=user)
    if membership.role != Membership.Role.OWNER:
        raise OnlyTheOwner
    merchant = Merchant.objects.select_for_update(no_key=True).get(pk=membership.merchant_id)
    values = {"name": company_name, "ice": ice, "phone": phone, "address": address, "city": city}
    before = {name: str(getattr(merchant, name)) for name in values}
    for name, value in values.items():
        setattr(merchant, name, value)
    merchant.save(update_fields=list(values))
    if before != values:
        record_audit(
            "accounts.merchant.changed", merchant, merchant_id=merchant.pk, data={"before": before, "after": values}
        )
    return merchant


@transaction.atomic
def update_influencer(*, user: User, display_name: str, phone: str) -> Influencer:
    """Change how an influencer is shown to merchants, and their phone (E.164)."""
    influencer = Influencer.objects.select_for_update(no_key=True).get(user=user)
    influencer.display_name = display_name
    influencer.phone = phone
    influencer.save(update_fields=["display_name", "phone"])
    return influencer


def set_language(*, user: User, language: str) -> User:
    """Choose the language of a person's pages and e-mails: one of settings.LANGUAGES."""
    user.language = language
    user.save(update_fields=["language"])
    return user
