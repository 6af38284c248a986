"""Seven people and the objects of Atlas and Salma that they ask for."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import LoginSession, User
from alerts.models import AddressProblem, Notification, PushSubscription
from alerts.services import expand_due_events
from api.models import ApiKey, WebhookEndpoint, WebhookMessage
from conftest import make_fresh
from leads.services import ask_return
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from payments.models import Payment, Payout, PeriodDocument, SavedCard
from tests.earning import earn
from tests.personas import Books, Personas

PEOPLE = ("visitor", "salma", "yassine", "owner", "member", "rif", "staff")
"""Nobody; an influencer, another one; Atlas' owner and a member of its team, another merchant; staff."""


@dataclass(frozen=True)
class World:
    """The personas with rows in every table, and one object of Atlas' (a payout: of Salma's) for each name in an address."""

    personas: Personas
    objects: dict[str, UUID]
    of_address: dict[str, dict[str, UUID]]
    """What an address needs instead: a lead in another state, a payment by another method."""

    def user(self, person: str) -> User | None:
        """The log-in of one of PEOPLE; None for the visitor."""
        personas = self.personas
        return {
            "visitor": None,
            "salma": personas.influencer_user,
            "yassine": personas.other_influencer_user,
            "owner": personas.owner,
            "member": personas.member,
            "rif": personas.other_owner,
            "staff": personas.staff,
        }[person]

    def browser(self, person: str) -> Client:
        """A browser of one of PEOPLE, who typed the password a moment ago."""
        client = Client(raise_request_exception=False, headers={"accept-language": "en"})
        user = self.user(person)
        if user is not None:
            with acting_as(AUTHENTICATION):
                client.force_login(user)
            make_fresh(client, user)
        return client


def make_world(personas: Personas, books: Books) -> World:
    """Choose the objects; call as nobody, with the rows of `full_books`."""
    expand_due_events()
    with acting_as(SYSTEM):
        objects = {
            "lead_id": books.pending.pk,
            "document_id": PeriodDocument.objects.filter(merchant=personas.merchant).first().pk,
            "campaign_id": personas.campaign.pk,
            "agreement_id": personas.agreement.pk,
            "deposit_id": personas.deposit.pk,
            "influencer_id": personas.influencer.pk,
            **_of_payments(personas),
            **_of_the_owner(personas),
        }
        payments = Payment.objects.filter(merchant=personas.merchant)
        receipted = payments.exclude(receipt=None).first()
        settled = {"payment_id": receipted.pk}
        transfer = Payment.objects.create(
            merchant=personas.merchant,
            deposit=personas.deposit,
            purpose="recharge",
            method="bank_transfer",
            amount=3000,
            status="pending",
        )
    proven = earn(personas)
    with acting_as(personas.as_owner):
        proof = SimpleUploadedFile("fax.pdf", b"%PDF-1.7 fax %%EOF")
        ask_return(lead_id=proven.pk, reason="other", details="Fax", proof=proof)
    validated = {"lead_id": books.validated.pk}
    return World(
        personas=personas,
        objects=objects,
        of_address={
            "leads/<uuid:lead_id>/outcome/": validated,
            "leads/<uuid:lead_id>/return/": validated,
            "leads/<uuid:lead_id>/return/proof/": {"lead_id": proven.pk},
            "api/leads/<uuid:lead_id>/outcome": validated,
            "api/leads/<uuid:lead_id>/return": validated,
            "payments/<uuid:payment_id>/receipt.pdf": settled,
            "api/payments/<uuid:payment_id>/receipt.pdf": settled,
            "payments/<uuid:payment_id>/transfer/": {"payment_id": transfer.pk},
            "payments/<uuid:payment_id>/transfer.pdf": {"payment_id": transfer.pk},
        },
    )


def _of_payments(personas: Personas) -> dict[str, UUID]:
    card = SavedCard.objects.filter(merchant=personas.merchant).first()
    open_payment = Payment.objects.filter(merchant=personas.merchant, method="sandbox", status="pending").first()
    payout = Payout.objects.filter(influencer=personas.influencer, status="paid").first()
    return {"payment_id": open_payment.pk, "card_id": card.pk, "payout_id": payout.pk}


def _of_the_owner(personas: Personas) -> dict[str, Any]:
    owner = personas.owner
    own = {"user": owner}
    return {
        "notification_id": Notification.objects.filter(user=owner).first().pk,
        "session_id": LoginSession.objects.create(**own, session_key="owners-phone").pk,
        "problem_id": AddressProblem.objects.filter(**own).first().pk,
        "subscription_id": PushSubscription.objects.filter(**own).first().pk,
        "key_id": ApiKey.objects.filter(merchant=personas.merchant, revoked_at=None).first().pk,
        "endpoint_id": WebhookEndpoint.objects.filter(merchant=personas.merchant).first().pk,
        "message_id": WebhookMessage.objects.filter(endpoint__merchant=personas.merchant).first().pk,
    }
