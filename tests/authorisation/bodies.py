"""What the API's writes are sent: complete, so that only the caller and the object decide; undone afterwards."""

from typing import Any

from tests.authorisation.world import World
from tests.earning import RIB


def body_of(operation: str, world: World) -> dict[str, Any]:
    """Return the body of an operation by its name; `{}` where it takes none."""
    deposit_id, campaign_id = str(world.objects["deposit_id"]), str(world.objects["campaign_id"])
    payment = {"deposit_id": deposit_id, "amount": 3000}
    return {
        "create_lead": {
            "campaign_id": campaign_id,
            "customer_name": "Ahmed Bennani",
            "customer_email": "ahmed@exemple.ma",
            "customer_phone": "+212612345678",
            "estimated_value": 600,
            "source": "instagram",
        },
        "create_leads": {"leads": [{}]},
        "preview_commission": {"estimated_value": 600},
        "validate_lead": {"quality_score": 8},
        "reject_lead": {"rejection_reason": "unreachable"},
        "tell_outcome": {"outcome": "lost"},
        "return_lead": {"reason": "other", "details": "Déjà client"},
        "create_deposit": {"initial_amount": 5000, "payment_method": "sandbox", "campaign_id": campaign_id},
        "recharge_deposit": payment | {"payment_method": "sandbox"},
        "set_auto_recharge": {"enabled": False},
        "create_stripe_payment": payment,
        "create_cmi_payment": payment,
        "create_bank_transfer": payment,
        "create_crypto_payment": payment,
        "campaigns": {"name": "Bain", "service": "Salle de bain"},
        "change_campaign": {"status": "paused"},
        "agreements": {"campaign_id": campaign_id},
        "change_agreement": {"status": "suspended"},
        "request_payout": {"amount": 200, "holder_name": "Salma", "rib": RIB},
    }.get(operation, {})
