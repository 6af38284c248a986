"""The rules of deposits, leads and campaigns in plain Python, written from product.md and not from the code under test."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

CENTIME = Decimal("0.01")
DEFAULT_SMALLEST = Decimal("5.00")


def half_up(amount: Decimal) -> Decimal:
    """Round to the centime as people do."""
    return amount.quantize(CENTIME, rounding=ROUND_HALF_UP)


@dataclass
class ModelDeposit:
    """A deposit: money there, money held, 100 % of its gauge, the least that a lead can cost."""

    current: Decimal
    initial: Decimal
    reserved: Decimal = Decimal("0.00")
    smallest: Decimal = DEFAULT_SMALLEST
    status: str = "active"
    movements: int = 1

    @property
    def available(self) -> Decimal:
        return self.current - self.reserved

    @property
    def gauge(self) -> Decimal:
        return min(half_up(self.current * 100 / self.initial), Decimal("100.00"))

    @property
    def is_depleted(self) -> bool:
        return self.current == 0 or (self.reserved == 0 and self.current < self.smallest)

    @property
    def level(self) -> str:
        share = self.current / self.initial
        if self.is_depleted:
            return "depleted"
        if share <= Decimal("0.1"):
            return "critical"
        if share <= Decimal("0.2"):
            return "warning"
        return "attention" if share <= Decimal("0.5") else "healthy"


@dataclass
class ModelCampaign:
    """A campaign: which deposit it draws on, its terms and why it is paused."""

    deposit: str
    percentage: Decimal = Decimal("10.00")
    fixed: Decimal = Decimal("80.00")
    threshold: Decimal = Decimal("800.00")
    auto_stop: bool = True
    status: str = "active"
    pause_reason: str = ""

    def commission(self, value: Decimal) -> Decimal:
        return half_up(value * self.percentage / 100) if value < self.threshold else self.fixed

    @property
    def smallest(self) -> Decimal:
        return min(self.commission(Decimal("50.00")), self.fixed)


@dataclass
class ModelLead:
    """A lead: the deposit and commission of its making, and its state."""

    deposit: str
    commission: Decimal
    status: str = "pending"

    @property
    def share(self) -> Decimal:
        return half_up(self.commission * 30 / 100)


@dataclass
class ModelBooks:
    """One merchant's deposits, campaigns and leads, and what its influencer earned."""

    deposits: dict[str, ModelDeposit] = field(default_factory=dict)
    campaigns: dict[str, ModelCampaign] = field(default_factory=dict)
    leads: dict[UUID, ModelLead] = field(default_factory=dict)
    payments: set[UUID] = field(default_factory=set)

    @property
    def earned(self) -> Decimal:
        return sum(
            (lead.share for lead in self.leads.values() if lead.status in ("validated", "converted", "lost")),
            Decimal("0.00"),
        )

    def move(self, name: str, current: Decimal = Decimal(0), reserved: Decimal = Decimal(0)) -> None:
        """Change a deposit's amounts by one movement, and what follows from it."""
        deposit = self.deposits[name]
        deposit.current += current
        deposit.reserved += reserved
        deposit.movements += 1
        self.settle(name)

    def settle(self, name: str) -> None:
        """Deplete or revive a deposit as its amounts say; campaigns stop and resume with it."""
        deposit = self.deposits[name]
        if deposit.status not in ("active", "depleted"):
            return
        before, deposit.status = deposit.status, "depleted" if deposit.is_depleted else "active"
        if deposit.status != before:
            self.tell_campaigns(name)

    def tell_campaigns(self, name: str) -> None:
        """A deposit became depleted or active: pause its campaigns, or resume those that a depletion paused."""
        status = self.deposits[name].status
        for campaign in self.campaigns.values():
            if campaign.deposit != name:
                continue
            if status == "depleted" and campaign.status == "active" and campaign.auto_stop:
                campaign.status, campaign.pause_reason = "paused", "depleted"
            elif status == "active" and campaign.pause_reason == "depleted":
                campaign.status, campaign.pause_reason = "active", ""

    def activate(self, name: str) -> None:
        """A person wants the campaign to take leads: on a depleted deposit it waits for the recharge."""
        campaign = self.campaigns[name]
        waits = campaign.auto_stop and self.deposits[campaign.deposit].status == "depleted"
        campaign.status, campaign.pause_reason = ("paused", "depleted") if waits else ("active", "")

    def refresh_smallest(self) -> None:
        """Each deposit learns the least that its campaigns can ask."""
        for name, deposit in self.deposits.items():
            served = [campaign.smallest for campaign in self.campaigns.values() if campaign.deposit == name]
            deposit.smallest = min(served, default=DEFAULT_SMALLEST)
            self.settle(name)
