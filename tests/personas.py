"""One of everybody, made through the services: the world that most tests start from."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from accounts.models import Influencer, Membership, Merchant, User
from deposits.models import Deposit
from deposits.services import adjust_deposit, open_deposit
from leads.models import Campaign, InfluencerAgreement, Lead
from leads.services import (
    LeadSubmission,
    accept_agreement,
    apply_to_campaign,
    create_campaign,
    create_lead,
    make_earning_payable,
    mark_converted,
    mark_lost,
    reject_lead,
    validate_lead,
)
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from payments.models import Payment
from payments.services import settle_payment

PASSWORD = "demo-leads-2026"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Personas:
    """Atlas Rénovation (owner, member) with an active campaign, 5,000.00 MAD deposited and an agreement with Salma; Rif
    Conseil, a stranger with a campaign and deposit of its own; Yassine, an influencer without agreement; one of staff.
    """

    owner: User
    member: User
    merchant: Merchant
    other_owner: User
    other_merchant: Merchant
    influencer_user: User
    influencer: Influencer
    other_influencer_user: User
    other_influencer: Influencer
    staff: User
    campaign: Campaign
    deposit: Deposit
    agreement: InfluencerAgreement
    other_campaign: Campaign
    other_deposit: Deposit

    @property
    def as_owner(self) -> Actor:
        return Actor("merchant", self.owner.pk, merchant_id=self.merchant.pk)

    @property
    def as_member(self) -> Actor:
        return Actor("merchant", self.member.pk, merchant_id=self.merchant.pk)

    @property
    def as_other_owner(self) -> Actor:
        return Actor("merchant", self.other_owner.pk, merchant_id=self.other_merchant.pk)

    @property
    def as_influencer(self) -> Actor:
        return Actor("influencer", self.influencer_user.pk, influencer_id=self.influencer.pk)

    @property
    def as_other_influencer(self) -> Actor:
        return Actor("influencer", self.other_influencer_user.pk, influencer_id=self.other_influencer.pk)

    @property
    def as_staff(self) -> Actor:
        return Actor("staff", self.staff.pk)

    def submit(self, value: str = "600.00", **changes: object) -> Lead:
        """Submit a lead as Salma to Atlas' campaign; a fresh contact each time."""
        with acting_as(self.as_influencer):
            return create_lead(
                influencer_id=self.influencer.pk, campaign_id=self.campaign.pk, submission=submission(value, **changes)
            )


def submission(value: str = "600.00", **changes: object) -> LeadSubmission:
    """A complete submission with a contact never used before; `changes` replace fields."""
    number = next(_numbers)
    fields: dict[str, object] = {
        "customer_name": f"Client {number}",
        "customer_email": f"client{number}@exemple.ma",
        "customer_phone": f"+2126{number:08d}",
        "estimated_value": Decimal(value),
        "source": "instagram",
        "consent_confirmed": True,
    }
    return LeadSubmission(**(fields | changes))


def make_personas() -> Personas:
    """Make the world of `Personas` through the services, as each person would."""
    with acting_as(SYSTEM):
        staff = User.objects.create_user("staff@exemple.ma", PASSWORD, role="staff", is_staff=True, is_superuser=True)
        owner, merchant = make_merchant("atlas@exemple.ma", "Atlas Rénovation")
        member = User.objects.create_user("equipe@exemple.ma", PASSWORD, role="merchant")
        Membership.objects.create(user=member, merchant=merchant, role=Membership.Role.MEMBER)
        other_owner, other_merchant = make_merchant("rif@exemple.ma", "Rif Conseil")
        influencer_user, influencer = make_influencer("salma@exemple.ma", "Salma")
        other_influencer_user, other_influencer = make_influencer("yassine@exemple.ma", "Yassine")
        deposit = open_deposit(
            merchant_id=merchant.pk, initial_amount=Decimal("5000.00"), payment_reference="VIR-ATLAS"
        )
        other_deposit = open_deposit(
            merchant_id=other_merchant.pk, initial_amount=Decimal("3000.00"), payment_reference="VIR-RIF"
        )
        campaign = create_campaign(merchant_id=merchant.pk, name="Cuisine sur mesure", service="Rénovation de cuisine")
        other_campaign = create_campaign(merchant_id=other_merchant.pk, name="Bilan", service="Conseil fiscal")
        agreement = apply_to_campaign(influencer_id=influencer.pk, campaign_id=campaign.pk)
        agreement = accept_agreement(agreement_id=agreement.pk)
    return Personas(
        owner=owner,
        member=member,
        merchant=merchant,
        other_owner=other_owner,
        other_merchant=other_merchant,
        influencer_user=influencer_user,
        influencer=influencer,
        other_influencer_user=other_influencer_user,
        other_influencer=other_influencer,
        staff=staff,
        campaign=campaign,
        deposit=deposit,
        agreement=agreement,
        other_campaign=other_campaign,
        other_deposit=other_deposit,
    )


def make_merchant(email: str, name: str) -> tuple[User, Merchant]:
    """Make a company with its owner; call as the platform."""
    owner = User.objects.create_user(email, PASSWORD, role="merchant")
    merchant = Merchant.objects.create(name=name)
    Membership.objects.create(user=owner, merchant=merchant, role=Membership.Role.OWNER)
    return owner, merchant


def make_influencer(email: str, name: str) -> tuple[User, Influencer]:
    """Make an influencer with their user; call as the platform."""
    user = User.objects.create_user(email, PASSWORD, role="influencer")
    return user, Influencer.objects.create(user=user, display_name=name)


@dataclass(frozen=True, slots=True)
class Books:
    """One lead in each state of a merchant's campaign, with the movements, decisions and earnings behind them."""

    pending: Lead
    validated: Lead
    rejected: Lead
    converted: Lead
    lost: Lead


def make_books(personas: Personas) -> Books:
    """Give Atlas one lead in each state, a recharge, an adjustment and a payable earning; 600.00 each."""
    pending, validated, rejected, converted, lost = (personas.submit("600.00") for _ in range(5))
    with acting_as(personas.as_owner):
        for lead in (validated, converted, lost):
            validate_lead(lead_id=lead.pk, quality_score=8)
        reject_lead(lead_id=rejected.pk, rejection_reason="unreachable")
        mark_converted(lead_id=converted.pk, actual_value=Decimal("9000.00"))
        mark_lost(lead_id=lost.pk)
    with acting_as(SYSTEM):
        payment = Payment.objects.create(
            merchant=personas.merchant,
            deposit=personas.deposit,
            purpose=Payment.Purpose.RECHARGE,
            method="sandbox",
            amount=Decimal("500.00"),
        )
        settle_payment(payment, credited_amount=payment.amount, ledger_key="sandbox:books")
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-1.50"), reason="Erreur de saisie")
        make_earning_payable(lead_id=converted.pk)
    return Books(pending, validated, rejected, converted, lost)
