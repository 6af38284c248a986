"""For which side somebody sets something up, and whether they may."""

from uuid import UUID

from django.db import models

from accounts.errors import OnlyTheOwner
from accounts.models import Influencer, Membership, Merchant
from leadsmarket.lib.actor import current_actor
from leadsmarket.lib.errors import NotAllowed


def lock_own_side() -> dict[str, UUID | None]:
    """Lock the actor's company or influencer and return whose rows it makes: {"merchant_id", "influencer_id"}.

    Two that set something up at once wait for each other, so that a limit holds. Raises OnlyTheOwner for a member of a team,
    NotAllowed for whoever is on no side.
    """
    require_decider()
    actor = current_actor()
    side: type[models.Model] = Merchant if actor.merchant_id else Influencer
    list(side._default_manager.select_for_update(no_key=True).filter(pk=actor.merchant_id or actor.influencer_id))
    return {"merchant_id": actor.merchant_id, "influencer_id": actor.influencer_id}


def require_decider() -> None:
    """Refuse whoever may look, but not decide, for their side. Raises OnlyTheOwner, NotAllowed."""
    if not may_decide():
        raise OnlyTheOwner if current_actor().merchant_id else NotAllowed


def may_decide() -> bool:
    """Whether the actor decides for its side: an influencer for themselves, an owner for their company."""
    actor = current_actor()
    if actor.role == "influencer":
        return actor.influencer_id is not None
    if actor.role != "merchant" or actor.user_id is None or actor.merchant_id is None:
        return False
    owners = Membership.objects.filter(merchant_id=actor.merchant_id, role=Membership.Role.OWNER)
    return owners.filter(user_id=actor.user_id).exists()
