"""Who calls the API in these tests, with ids of real objects and bodies that are accepted, from which odd requests are made."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from alerts.models import Notification
from alerts.services.events import expand_due_events
from api.auth.services import log_in
from api.services.keys import create_api_key
from api.tokens import AccessToken
from deposits.models import Deposit
from leads.models import InfluencerAgreement, Lead, LeadReturn
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.identifiers import new_id
from payments.models import Payment, Payout, SavedCard, StripeCustomer
from payments.services import approve_payouts, mark_payout_failed
from tests.earning import RIB
from tests.personas import PASSWORD, Personas

ROLES = ("visitor", "influencer", "owner", "member", "staff", "key that writes", "key that reads", "influencer's key")

OF_INFLUENCERS = {"ask_for_agreement", "create_lead", "create_leads", "read_earnings", "request_payout"}

_numbers = count(1)


def usual_role(operation: str) -> str:
    """Return one of ROLES that may call an operation."""
    if operation == "read_platform_figures":
        return "staff"
    return "influencer" if operation in OF_INFLUENCERS else "owner"


@dataclass(frozen=True)
class Objects:
    """Rows of the personas that requests may name. ids: by the name of the input, the most useful one first."""

    personas: Personas
    ids: dict[str, list[str]]
    headers: dict[str, dict[str, str]]
    refresh: str
    of_operation: dict[str, dict[str, str]] = field(default_factory=dict)
    """The ids with which an operation is accepted, where the first ones of `ids` aren't it."""

    def path(self, operation: str, names: list[str]) -> dict[str, str]:
        """Return parameters of an address with which the operation is accepted."""
        return {name: self.of_operation.get(operation, {}).get(name) or self.ids[name][0] for name in names}

    def body(self, operation: str) -> Any:
        """Return a body that the operation accepts from whom it is for; {} where it takes none."""
        ids = {name: values[0] for name, values in self.ids.items()}
        payment = {"deposit_id": ids["deposit_id"], "amount": 3000}
        number = next(_numbers)
        lead = {
            "campaign_id": ids["campaign_id"],
            "customer_name": "Ahmed Bennani",
            "customer_email": f"ahmed{number}@exemple.ma",
            "customer_phone": f"+2127{number:08d}",
            "customer_company": "TechCorp",
            "estimated_value": 600,
            "source": "instagram",
            "customer_notes": "Rappeler le soir",
            "consent": True,
        }
        sign_up = {"role": "merchant", "email": f"nadia{number}@exemple.ma", "password": "Zellige-bleu-2026"}
        bodies: dict[str, Any] = {
            "create_token": {"email": self.personas.influencer_user.email, "password": PASSWORD},
            "refresh_tokens": {"refresh": self.refresh},
            "revoke_token": {"refresh": self.refresh},
            "register": sign_up | {"phone": "+212612345678", "company_name": "Nadia Déco", "display_name": "Nadia"},
            "create_lead": lead,
            "create_leads": {"leads": [lead]},
            "preview_commission": {"campaign_id": ids["campaign_id"], "estimated_value": 600},
            "validate_lead": {"quality_score": 8, "feedback": "Bon contact"},
            "reject_lead": {"rejection_reason": "unreachable", "rejection_details": "Trois appels"},
            "tell_outcome": {"outcome": "converted", "actual_value": 1400},
            "return_lead": {"reason": "other", "details": "Déjà client"},
            "create_deposit": {
                "initial_amount": 5000,
                "campaign_id": ids["campaign_id"],
                "payment_method": "sandbox",
                "merchant_id": ids["merchant_id"],
                "payment_reference": "VIR-2026",
            },
            "recharge_deposit": payment | {"payment_method": "sandbox", "save_card": False},
            "set_auto_recharge": {
                "enabled": True,
                "threshold_percentage": 20,
                "amount": 2000,
                "monthly_limit": 10000,
                "card_id": ids["card_id"],
            },
            "create_stripe_payment": payment | {"save_card": False},
            "create_cmi_payment": payment,
            "create_bank_transfer": payment,
            "create_crypto_payment": payment,
            "create_campaign": {
                "name": "Bain",
                "service": "Salle de bain",
                "description": "Rabat",
                "status": "active",
                "settings": {
                    "percentage_commission_rate": 10,
                    "fixed_commission_amount": 80,
                    "commission_threshold": 800,
                    "minimum_estimated_value": 50,
                    "auto_stop_on_depletion": True,
                    "lead_expiry_hours": 72,
                },
            },
            "change_campaign": {
                "name": "Bain",
                "service": "Bain",
                "description": "",
                "status": "paused",
                "settings": {},
            },
            "ask_for_agreement": {"campaign_id": self.ids["campaign_id"][1], "message": "Bonjour"},
            "change_agreement": {
                "status": "suspended",
                "reason": "Pause",
                "commission_percentage": 35,
                "minimum_deposit": 0,
                "quality_threshold": 5,
                "requires_validation": True,
                "auto_payment": False,
            },
            "request_payout": {"amount": 200, "holder_name": "Salma Bennani", "rib": RIB},
        }
        return bodies.get(operation, {})


def make_objects(personas: Personas) -> Objects:
    """Choose the objects among the rows of `full_books`; each role logs in."""
    expand_due_events()
    with acting_as(SYSTEM):
        salma = personas.influencer_user
        EmailAddress.objects.update_or_create(
            user=salma, email=salma.email, defaults={"verified": True, "primary": True}
        )
        # The fake Stripe has never heard of the customer in the rows.
        StripeCustomer.objects.update(is_live=True)
        asked = Payout.objects.get(influencer=personas.influencer, status="requested")
        leads = Lead.objects.filter(merchant=personas.merchant)
        validated = leads.filter(status="validated", return_request=None).earliest("created_at")
        returned = LeadReturn.objects.latest("created_at")
        payments = Payment.objects.filter(merchant=personas.merchant)
        settled = payments.filter(status="settled", receipt__isnull=False).first()
        told = [Notification.objects.filter(user=user).first() for user in _users(personas)]
        ids = {
            "lead_id": [*_ids(leads.filter(status="pending")), str(validated.pk), str(returned.lead_id), str(new_id())],
            "campaign_id": [str(personas.campaign.pk), str(personas.other_campaign.pk), str(new_id())],
            "deposit_id": _ids(Deposit.objects.all(), personas.deposit.pk),
            "merchant_id": [str(personas.merchant.pk), str(personas.other_merchant.pk)],
            "influencer_id": [str(personas.influencer.pk), str(personas.other_influencer.pk)],
            "agreement_id": _ids(InfluencerAgreement.objects.all(), personas.agreement.pk),
            "payment_id": _ids(payments, settled.pk),
            "notification_id": [str(one.pk) for one in told if one],
            "card_id": _ids(SavedCard.objects.filter(status="active")),
        }
        ids["campaign"] = ids["campaign_id"]
    assert all(ids.values())
    with acting_as(personas.as_staff):
        approve_payouts(payout_ids=[asked.pk])
        mark_payout_failed(payout_id=asked.pk, reason="Compte clos")
    decided = {"lead_id": str(validated.pk)}
    pair = log_in(request=HttpRequest(), email=salma.email, password=PASSWORD)
    return Objects(
        personas,
        ids,
        _headers(personas),
        pair.refresh,
        of_operation={"tell_outcome": decided, "return_lead": decided},
    )


def _ids(rows: QuerySet, first: UUID | None = None) -> list[str]:
    found = [str(row.pk) for row in rows.order_by("pk")[:20]]
    return [str(first), *(pk for pk in found if pk != str(first))] if first else found


def _users(personas: Personas) -> tuple[User, ...]:
    return personas.owner, personas.member, personas.influencer_user, personas.staff


def _headers(personas: Personas) -> dict[str, dict[str, str]]:
    actors = {
        "influencer": personas.as_influencer,
        "owner": personas.as_owner,
        "member": personas.as_member,
        "staff": personas.as_staff,
    }
    english = {"Accept-Language": "en"}
    texts = {role: str(AccessToken.of(actor, new_id())) for role, actor in actors.items()}
    texts |= {
        "key that writes": _key(personas.as_owner, "write"),
        "key that reads": _key(personas.as_owner, "read"),
        "influencer's key": _key(personas.as_influencer, "write"),
    }
    return {"visitor": english} | {role: english | {"Authorization": f"Bearer {text}"} for role, text in texts.items()}


def _key(actor: Actor, scope: str) -> str:
    with acting_as(actor):
        _key, text = create_api_key(name="Contract", scope=scope)
    return text
