"""A year of notifications and the last weeks' e-mails, as their templates write them and as if sent; nothing leaves."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alerts.attachments import receipt_attachment, statement_attachment
from alerts.kinds import Kind
from alerts.models import Delivery, Notification
from alerts.pages import page
from alerts.services import write_message, write_notification
from deposits.models import Deposit, DepositTransaction
from leads.models import LeadReturn
from leadsmarket.demo.rows import LeadRows
from leadsmarket.demo.world import World
from payments.models import Payment, PayoutStatement, Receipt
from payments.selectors.payments import failure_reason

KEPT = timedelta(days=35)
"""E-mails are younger; payouts of the last round are among them."""
UNREAD = 3
"""The newest of each person wait under the bell."""
UNREACHABLE = "chantier@atlas-confort.test"
BOUNCE = "550 5.1.1 Recipient address rejected: user unknown"


def sent_messages(
    world: World, rows: LeadRows, receipts: Iterable[Receipt], statements: Iterable[PayoutStatement]
) -> tuple[list[Delivery], list[Notification]]:
    """Return what people were told of payments, payouts and returns, in order of time."""
    post = _Post(world)
    movements = {movement.payment_id: movement for book in rows.books for movement in book.movements}
    for receipt in receipts:
        post.tell_payment(receipt, movements[receipt.payment_id])
    for payment in rows.till.payments:
        if payment.status == Payment.Status.FAILED:
            post.tell_failure(payment)
    for statement in statements:
        post.tell_payout(statement)
    for asked in rows.returns.values():
        post.tell_return(asked)
    post.read_all_but_the_newest()
    return (
        sorted(post.deliveries, key=lambda delivery: (delivery.created_at, delivery.pk)),
        sorted(post.notifications, key=lambda notification: (notification.created_at, notification.pk)),
    )


class _Post:
    def __init__(self, world: World) -> None:
        self.world = world
        self.deliveries: list[Delivery] = []
        self.notifications: list[Notification] = []
        self.teams = {row.pk: world.teams[key] for key, row in world.merchants.items()}
        self.campaigns = {row.pk: row.name for row in world.campaigns.values()}

    def tell_payment(self, receipt: Receipt, movement: DepositTransaction) -> None:
        payment = receipt.payment
        self._send(
            Kind.PAYMENT_SUCCEEDED,
            self.teams[payment.merchant_id],
            payment.settled_at,
            f"payment:{payment.pk}",
            {
                "payment": payment,
                "receipt": receipt,
                "deposit_name": self._name(payment.deposit),
                "new_balance": movement.balance_after,
                "is_automatic": payment.purpose == Payment.Purpose.AUTO_RECHARGE,
                "url": page("deposits:detail", payment.deposit_id),
            },
            [receipt_attachment(receipt.pk)],
            payment_id=payment.pk,
            deposit_id=payment.deposit_id,
            campaign_id=payment.deposit.campaign_id,
        )

    def tell_failure(self, payment: Payment) -> None:
        self._send(
            Kind.PAYMENT_FAILED,
            self.teams[payment.merchant_id],
            payment.updated_at,
            f"payment:{payment.pk}",
            {
                "payment": payment,
                "deposit_name": self._name(payment.deposit),
                "reason": failure_reason(payment),
                "url": page("payments:recharge", payment.deposit_id),
            },
            payment_id=payment.pk,
            deposit_id=payment.deposit_id,
            campaign_id=payment.deposit.campaign_id,
        )

    def tell_payout(self, statement: PayoutStatement) -> None:
        payout = statement.payout
        context = {"payout": payout, "statement": statement, "url": page("payments:payouts")}
        people, cause = [payout.influencer.user], f"payout:{payout.pk}"
        self._send(Kind.PAYOUT_APPROVED, people, payout.approved_at, cause, context)
        self._send(Kind.PAYOUT_PAID, people, payout.ended_at, cause, context, [statement_attachment(statement.pk)])

    def tell_return(self, asked: LeadReturn) -> None:
        lead, cause = asked.lead, f"return:{asked.pk}"
        about = {"lead_return": asked, "lead": lead, "campaign_name": lead.campaign.name}
        self._send(
            Kind.RETURN_ASKED,
            [self.world.staff],
            asked.created_at,
            cause,
            about | {"merchant_name": lead.merchant.name, "url": page("admin:index")},
            lead_id=lead.pk,
            campaign_id=lead.campaign_id,
        )
        if asked.decided_at:
            for people, to_influencer, amount in (
                (self.teams[lead.merchant_id], False, lead.commission_amount),
                ([lead.influencer.user], True, lead.influencer_commission_amount),
            ):
                told = {
                    "accepted": asked.status == LeadReturn.Status.ACCEPTED,
                    "to_influencer": to_influencer,
                    "amount": amount,
                    "url": page("leads:detail", lead.pk),
                }
                self._send(
                    *(Kind.RETURN_DECIDED, people, asked.decided_at, cause, about | told),
                    lead_id=lead.pk,
                    campaign_id=lead.campaign_id,
                )

    def read_all_but_the_newest(self) -> None:
        """Note that people read what they were told two hours later, but for the last few."""
        newest_first = sorted(self.notifications, key=lambda one: one.created_at, reverse=True)
        unread = Counter[UUID]()
        for one in newest_first:
            unread[one.user_id] += 1
            if unread[one.user_id] > UNREAD:
                one.read_at = one.created_at + timedelta(hours=2)

    def _name(self, deposit: Deposit) -> str | Promise:
        return self.campaigns[deposit.campaign_id] if deposit.campaign_id else _("General deposit")

    def _send(
        self,
        kind: Kind,
        people: Iterable[User],
        moment: datetime,
        cause: str,
        context: dict[str, Any],
        attachments: Iterable[dict[str, str]] = (),
        **about: UUID | None,
    ) -> None:
        for user in people:
            if user.date_joined > moment:
                continue
            self.notifications.append(
                Notification(
                    id=self.world.ids.at(moment),
                    kind=kind,
                    user=user,
                    **about,
                    **write_notification(kind, user, context),
                    deduplication_key=f"{cause}:{kind}:{user.pk}:dashboard",
                    created_at=moment,
                )
            )
            if moment < self.world.midnight - KEPT:
                continue
            is_sent = user.email != UNREACHABLE
            sent_at = moment + timedelta(seconds=3)
            self.deliveries.append(
                Delivery(
                    id=self.world.ids.at(moment),
                    kind=kind,
                    user=user,
                    address=user.email,
                    language=user.language,
                    **write_message(kind, user, context),
                    attachments=list(attachments),
                    deduplication_key=f"{cause}:{kind}:{user.pk}:email",
                    status=Delivery.Status.SENT if is_sent else Delivery.Status.GIVEN_UP,
                    attempts=1,
                    next_attempt_at=moment,
                    error="" if is_sent else BOUNCE,
                    sent_at=sent_at if is_sent else None,
                    created_at=moment,
                    updated_at=sent_at,
                )
            )
