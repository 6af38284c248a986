"""Reads about people: who somebody is and what they may see."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import Influencer, Membership, User
from accounts.second_factor import has_second_factor, is_required_of
from leadsmarket.lib.actor import AUTHENTICATION, Actor, acting_as


def actor_of(user: User | AnonymousUser) -> Actor:
    """Return whom row level security should take `user` for. A user without their side's row sees log-in data only.

    So does somebody of staff who has yet to set up the second factor that they must have.
    """
    if not user.is_authenticated or not user.is_active:
        return AUTHENTICATION
    with acting_as(Actor("authentication", user_id=user.pk)):
        if user.role == User.Role.STAFF and user.is_staff:
            if is_required_of(user) and not has_second_factor(user):
                return Actor("authentication", user_id=user.pk)
            return Actor("staff", user_id=user.pk)
        if user.role == User.Role.MERCHANT:
            merchant_id = _first_id(Membership.objects.filter(user_id=user.pk, merchant__is_active=True), "merchant_id")
            return Actor("merchant", user_id=user.pk, merchant_id=merchant_id) if merchant_id else AUTHENTICATION
        influencer_id = _first_id(Influencer.objects.filter(user_id=user.pk, is_active=True), "id")
        return Actor("influencer", user_id=user.pk, influencer_id=influencer_id) if influencer_id else AUTHENTICATION


def _first_id(rows: QuerySet, field: str) -> UUID | None:
    return rows.values_list(field, flat=True).first()


def team_members(merchant_id: UUID) -> QuerySet[Membership]:
    """Return a merchant's team, owners first."""
    return Membership.objects.filter(merchant_id=merchant_id).select_related("user").order_by("-role", "created_at")
