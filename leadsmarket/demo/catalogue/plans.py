"""What the catalogue says about each company, campaign, influencer and agreement."""

from dataclasses import dataclass, field

from leads.services.agreements import AgreementTerms
from leads.services.campaigns import DEFAULT_TERMS, CampaignTerms

OWNER_EMAIL = "marchand@demo.test"
INFLUENCER_EMAIL = "influenceur@demo.test"
STAFF_EMAIL = "staff@demo.test"


@dataclass(frozen=True, slots=True)
class DepositPlan:
    """How a deposit was fed. Amounts in MAD.

    Recharges of `recharge` come when less than `floor` would stay available, as many as bring the balance near `target`
    today. recharge 0: never recharged, so that leads are refused once the money is gone. keeps_card: the opening's card is
    charged now and then. refunded: given back at the provider so many days ago. announced: a transfer still on its way.
    """

    opening: int
    recharge: int = 0
    floor: int = 0
    target: int = 0
    suspended: bool = False
    awaiting_payment: bool = False
    opening_method: str = "bank_transfer"
    keeps_card: bool = False
    refunded: int = 0
    refunded_days_ago: int = 0
    announced: int = 0


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign: leads per year, the days ago between which decided ones came, the pending ones of today, and its terms.

    values: the usual estimated values in MAD. peak_months: the months with half as many leads again.
    """

    key: str
    name: str
    service: str
    description: str
    yearly_leads: int
    values: tuple[int, int]
    notes: tuple[str, ...]
    started: int = 355
    ended: int = 0
    status: str = "active"
    pause_reason: str = ""
    pending: int = 0
    peak_months: tuple[int, ...] = ()
    terms: CampaignTerms = DEFAULT_TERMS
    deposit: DepositPlan | None = None


@dataclass(frozen=True, slots=True)
class MerchantPlan:
    """A company with its team (the owner first), its general deposit, its campaigns and how many leads it wanted to return."""

    key: str
    name: str
    city: str
    address: str
    team: tuple[str, ...]
    joined: int
    deposit: DepositPlan
    campaigns: tuple[CampaignPlan, ...]
    returns: int = 0


@dataclass(frozen=True, slots=True)
class InfluencerPlan:
    """An influencer: how good the leads are (share validated, mean score) and the usual sources, best first."""

    key: str
    email: str
    display_name: str
    validated_share: float
    mean_score: float
    sources: tuple[str, ...]
    weight: float = 1.0
    joined: int = 362


@dataclass(frozen=True, slots=True)
class AgreementPlan:
    """An influencer's agreement with a merchant (campaign empty: for all), in force between two numbers of days ago."""

    influencer: str
    merchant: str
    campaign: str = ""
    status: str = "active"
    since: int = 358
    until: int = 0
    is_invitation: bool = False
    message: str = ""
    reason: str = ""
    weight: float = 1.0
    terms: AgreementTerms = field(default_factory=AgreementTerms)
