"""Payouts of influencers: asked for every second month, approved together, paid two days later, each with its statement."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from accounts.models import Influencer
from leads.models import EarningEntry, InfluencerBalance
from leadsmarket.demo.catalogue import INFLUENCER_EMAIL
from leadsmarket.demo.chance import Chance
from leadsmarket.demo.world import World
from leadsmarket.lib.money import ZERO
from payments.models import Payout, PayoutBatch, PayoutSeries, PayoutStatement
from payments.models.payments import REFERENCE_ALPHABET
from payments.services.payout_statements import NOT_IN_PAYABLE, statement_data
from payments.services.payouts import MINIMUM_PAYOUT

Kind = EarningEntry.Kind
Status = Payout.Status
ROUNDS = (330, 270, 210, 150, 90, 30)
"""The days ago from which the payouts of two months are asked for."""
AMOUNT_STEP = Decimal(50)
ASKED_NOW = {"imane@influence.test": 1, "omar@influence.test": 2}
"""Whose request waits for staff, and since how many days."""
FAILS = ("yassine@influence.test", 150)
FAILURE = "Compte clôturé : votre banque a renvoyé le virement."
BANKS = ("007780", "011780", "013780", "021810", "022780", "145450", "230780")


@dataclass(frozen=True, slots=True)
class PlannedPayout:
    """When a payout is asked for, approved and ended (None: not yet), whether it fails, and how much of what is payable."""

    requested_at: datetime
    approved_at: datetime | None = None
    ended_at: datetime | None = None
    fails: bool = False
    part: Decimal = Decimal(1)


def planned_payouts(world: World, influencer: Influencer, seed: str) -> list[PlannedPayout]:
    """Return the payouts that an influencer will ask for where enough is payable; the last ones are still open."""
    email = influencer.user.email
    chance = Chance(f"{seed}/payouts/{email}")
    plans = []
    for days_ago in ROUNDS:
        requested_at = chance.after(world.days_ago(days_ago), timedelta(hours=-1), timedelta(days=4, hours=8))
        if email == INFLUENCER_EMAIL and days_ago == ROUNDS[-1]:
            continue
        approved_at = _wednesday_after(world.days_ago(days_ago - 5))
        ended_at = approved_at + timedelta(days=2, hours=4)
        plans.append(PlannedPayout(requested_at, approved_at, ended_at, fails=(email, days_ago) == FAILS))
    if email == INFLUENCER_EMAIL:
        # On its way, and not all that is payable: every figure of the page shows something.
        plans.append(PlannedPayout(world.days_ago(6), world.days_ago(1), part=Decimal("0.6")))
    elif email in ASKED_NOW:
        plans.append(PlannedPayout(world.days_ago(ASKED_NOW[email]), part=Decimal("0.8")))
    return plans


@dataclass(slots=True)
class PayoutDesk:
    """All payouts with their batches and statements. Call `close` once every payout was asked for."""

    world: World
    payouts: list[Payout] = field(default_factory=list)
    batches: list[PayoutBatch] = field(default_factory=list)
    statements: list[PayoutStatement] = field(default_factory=list)
    series: Counter[str] = field(default_factory=Counter)

    def request(self, balance: InfluencerBalance, plan: PlannedPayout) -> Payout | None:
        """Return the payout that the influencer asks for; None where too little is payable."""
        amount = balance.payable_amount * plan.part // AMOUNT_STEP * AMOUNT_STEP
        if amount < MINIMUM_PAYOUT:
            return None
        influencer = balance.influencer
        chance = Chance(f"{influencer.user.email}/{plan.requested_at.isoformat()}")
        status = Status.APPROVED if plan.approved_at else Status.REQUESTED
        if plan.ended_at:
            status = Status.FAILED if plan.fails else Status.PAID
        payout = Payout(
            id=self.world.ids.at(plan.requested_at),
            influencer=influencer,
            amount=amount,
            status=status,
            reference="VRS" + "".join(chance.choices(REFERENCE_ALPHABET, k=8)),
            holder_name=influencer.display_name,
            rib=invented_rib(influencer.user.email),
            language=influencer.user.language,
            requested_by=influencer.user,
            approved_at=plan.approved_at,
            ended_at=plan.ended_at,
            failure_reason=FAILURE if plan.fails else "",
            created_at=plan.requested_at,
            updated_at=plan.ended_at or plan.approved_at or plan.requested_at,
        )
        self.payouts.append(payout)
        self.world.record(
            "payments.payout.requested",
            payout,
            influencer.user,
            plan.requested_at,
            amount=str(amount),
            rib=payout.masked_rib,
        )
        return payout

    def close(self, entries: Mapping[UUID, Sequence[EarningEntry]]) -> None:
        """Approve what was asked for before each batch, and give what was paid its statement. entries: by influencer."""
        for approved_at in sorted({payout.approved_at for payout in self.payouts if payout.approved_at}):
            self._approve(approved_at)
        paid = {payout.pk for payout in self.payouts if payout.status == Status.PAID}
        for payout in sorted(self.payouts, key=lambda payout: (payout.ended_at or self.world.now, payout.pk)):
            if payout.status == Status.PAID:
                self._state(payout, entries[payout.influencer_id], paid)
            elif payout.status == Status.FAILED:
                self._record_end(payout, reason=payout.failure_reason)

    def series_rows(self) -> list[PayoutSeries]:
        """The last number given in each series."""
        return [PayoutSeries(name=name, last_serial=last) for name, last in self.series.items()]

    def _approve(self, moment: datetime) -> None:
        payouts = [payout for payout in self.payouts if payout.approved_at == moment]
        number = f"V-{timezone.localtime(moment).year}"
        self.series[number] += 1
        batch = PayoutBatch(
            id=self.world.ids.at(moment),
            number=f"{number}-{self.series[number]:04d}",
            approved_by=self.world.staff,
            created_at=moment,
            updated_at=moment,
        )
        self.batches.append(batch)
        for payout in payouts:
            payout.batch = batch
        total = sum((payout.amount for payout in payouts), ZERO)
        self.world.record(
            "payments.payout_batch.approved",
            batch,
            self.world.staff,
            moment,
            number=batch.number,
            payouts=len(payouts),
            total=str(total),
        )

    def _state(self, payout: Payout, entries: Sequence[EarningEntry], paid: set[UUID]) -> None:
        requests = [entry for entry in entries if entry.kind == Kind.PAYOUT_REQUESTED]
        requested = next(entry for entry in requests if entry.payout_id == payout.pk)
        earlier = [entry for entry in requests if entry.sequence < requested.sequence and entry.payout_id in paid]
        before = earlier[-1] if earlier else None
        series = f"RV-{timezone.localtime(payout.ended_at).year}"
        self.series[series] += 1
        statement = PayoutStatement(
            id=self.world.ids.at(payout.ended_at),
            payout=payout,
            influencer=payout.influencer,
            number=f"{series}-{self.series[series]:06d}",
            amount=payout.amount,
            language=payout.language,
            data=statement_data(
                payout,
                opening=before.payable_after if before else ZERO,
                closing=requested.payable_after,
                entries=[
                    entry
                    for entry in entries
                    if (before.sequence if before else 0) < entry.sequence < requested.sequence
                    and entry.kind not in NOT_IN_PAYABLE
                ],
            ),
            created_at=payout.ended_at,
            updated_at=payout.ended_at,
        )
        self.statements.append(statement)
        self._record_end(payout, statement=statement.number)

    def _record_end(self, payout: Payout, **data: str) -> None:
        self.world.record(
            f"payments.payout.{payout.status}",
            payout,
            self.world.staff,
            payout.ended_at,
            amount=str(payout.amount),
            **data,
        )


def invented_rib(email: str) -> str:
    """Return a made-up RIB with the right key: bank and town, account, key."""
    chance = Chance(f"rib/{email}")
    number = chance.choice(BANKS) + "9900" + "".join(chance.choices("0123456789", k=12))
    return f"{number}{97 - int(number) * 100 % 97:02d}"


def _wednesday_after(moment: datetime) -> datetime:
    """The first Wednesday from that day on, at 11:00."""
    day = timezone.localtime(moment).date()
    return timezone.make_aware(datetime.combine(day + timedelta(days=(2 - day.weekday()) % 7), time(11)))
