"""What people were told in the year of the demonstration: of money here, of leads and levels in their own modules."""

from collections.abc import Iterable, Sequence

from alerts.attachments import receipt_attachment, statement_attachment
from alerts.kinds import Kind
from alerts.models import AddressProblem, Delivery, Notification
from alerts.pages import page
from deposits.models import DepositTransaction
from leads.models import LeadReturn
from leadsmarket.demo.lead_news import tell_agreements, tell_campaigns, tell_leads
from leadsmarket.demo.levels import Worsening, tell_levels
from leadsmarket.demo.post import Post
from leadsmarket.demo.rows import LeadRows
from leadsmarket.demo.world import World
from payments.models import Payment, Payout, PayoutStatement, Receipt
from payments.selectors.payments import failure_reason


def sent_messages(
    world: World,
    rows: LeadRows,
    receipts: Iterable[Receipt],
    payouts: Iterable[Payout],
    statements: Iterable[PayoutStatement],
    worsenings: Sequence[Worsening],
) -> tuple[list[Delivery], list[Notification], list[AddressProblem]]:
    """Return what people were told, in order of time, and the addresses that are not reached."""
    post = Post(world)
    movements = {movement.payment_id: movement for book in rows.books for movement in book.movements}
    for receipt in receipts:
        _tell_payment(post, receipt, movements[receipt.payment_id])
    for payment in rows.till.payments:
        if payment.status == Payment.Status.FAILED:
            _tell_failure(post, payment)
    for payout in payouts:
        _tell_payout_asked(post, payout)
    for statement in statements:
        _tell_payout(post, statement)
    for asked in rows.returns.values():
        _tell_return(post, asked)
    for item in rows.till.reviews:
        context = {"item": item, "payment": item.payment, "url": page("admin:index")}
        post.tell(Kind.STAFF_REVIEW, [world.staff], item.created_at, f"review:{item.pk}", context)
    tell_leads(post, rows)
    tell_campaigns(post, rows, worsenings)
    tell_agreements(post)
    tell_levels(post, worsenings)
    return post.in_order()


def _tell_payment(post: Post, receipt: Receipt, movement: DepositTransaction) -> None:
    payment = receipt.payment
    post.tell(
        Kind.PAYMENT_SUCCEEDED,
        post.teams[payment.merchant_id],
        payment.settled_at,
        f"payment:{payment.pk}",
        {
            "payment": payment,
            "receipt": receipt,
            "deposit_name": post.deposit_name(payment.deposit),
            "new_balance": movement.balance_after,
            "is_automatic": payment.purpose == Payment.Purpose.AUTO_RECHARGE,
            "url": page("deposits:detail", payment.deposit_id),
        },
        attachments=[receipt_attachment(receipt.pk)],
        payment_id=payment.pk,
        deposit_id=payment.deposit_id,
        campaign_id=payment.deposit.campaign_id,
    )


def _tell_failure(post: Post, payment: Payment) -> None:
    post.tell(
        Kind.PAYMENT_FAILED,
        post.teams[payment.merchant_id],
        payment.updated_at,
        f"payment:{payment.pk}",
        {
            "payment": payment,
            "deposit_name": post.deposit_name(payment.deposit),
            "reason": failure_reason(payment),
            "url": page("payments:recharge", payment.deposit_id),
        },
        payment_id=payment.pk,
        deposit_id=payment.deposit_id,
        campaign_id=payment.deposit.campaign_id,
    )


def _tell_payout_asked(post: Post, payout: Payout) -> None:
    post.tell(
        Kind.PAYOUT_ASKED,
        [post.world.staff],
        payout.created_at,
        f"payout:{payout.pk}",
        {
            "payout": payout,
            "influencer_name": payout.influencer.display_name,
            "url": page("admin:payments_payout_change", payout.pk),
        },
    )


def _tell_payout(post: Post, statement: PayoutStatement) -> None:
    payout = statement.payout
    context = {"payout": payout, "statement": statement, "url": page("payments:payouts")}
    people, cause = [payout.influencer.user], f"payout:{payout.pk}"
    post.tell(Kind.PAYOUT_APPROVED, people, payout.approved_at, cause, context)
    attachments = [statement_attachment(statement.pk)]
    post.tell(Kind.PAYOUT_PAID, people, payout.ended_at, cause, context, attachments=attachments)


def _tell_return(post: Post, asked: LeadReturn) -> None:
    lead, cause = asked.lead, f"return:{asked.pk}"
    context = {"lead_return": asked, "lead": lead, "campaign_name": lead.campaign.name}
    about = {"lead_id": lead.pk, "campaign_id": lead.campaign_id}
    to_staff = context | {"merchant_name": lead.merchant.name, "url": page("admin:index")}
    post.tell(Kind.RETURN_ASKED, [post.world.staff], asked.created_at, cause, to_staff, **about)
    if not asked.decided_at:
        return
    for people, to_influencer, amount in (
        (post.teams[lead.merchant_id], False, lead.commission_amount),
        ([lead.influencer.user], True, lead.influencer_commission_amount),
    ):
        decided = {
            "accepted": asked.status == LeadReturn.Status.ACCEPTED,
            "to_influencer": to_influencer,
            "amount": amount,
            "url": page("leads:detail", lead.pk),
        }
        post.tell(Kind.RETURN_DECIDED, people, asked.decided_at, cause, context | decided, **about)
