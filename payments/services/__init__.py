"""Every business action on payments: one function each."""

from payments.services.auto_recharge import (
    AutoRechargeTerms,
    configure_auto_recharge,
    disable_auto_recharge,
    is_auto_recharge_due,
    run_auto_recharge,
    run_due_auto_recharges,
)
from payments.services.card_callbacks import (
    answer_card_callback,
    give_up_unanswered_callbacks,
    report_missing_callbacks,
)
from payments.services.cards import finish_cards, keep_card, remove_card, want_card
from payments.services.events import process_due_events, process_event, receive_webhook, replay_event
from payments.services.payout_statements import render_due_statements, render_statement
from payments.services.payouts import (
    approve_payouts,
    export_batch_csv,
    mark_payout_failed,
    mark_payout_paid,
    request_payout,
)
from payments.services.period_documents import (
    ask_report,
    ask_statement,
    forget_old_reports,
    render_document,
    render_due_documents,
    statement_months,
)
from payments.services.polling import poll_payment, poll_payments
from payments.services.receipts import issue_receipt, render_due_receipts, render_receipt
from payments.services.reviews import open_review, resolve_review
from payments.services.settlement import apply_notice, settle_payment
from payments.services.start import StartedPayment, cancel_payment, continue_payment, start_opening, start_recharge
from payments.services.transfers import confirm_transfer, expire_transfer, reject_transfer

__all__ = [
    "AutoRechargeTerms",
    "StartedPayment",
    "answer_card_callback",
    "apply_notice",
    "approve_payouts",
    "ask_report",
    "ask_statement",
    "cancel_payment",
    "configure_auto_recharge",
    "confirm_transfer",
    "continue_payment",
    "disable_auto_recharge",
    "expire_transfer",
    "export_batch_csv",
    "finish_cards",
    "forget_old_reports",
    "give_up_unanswered_callbacks",
    "is_auto_recharge_due",
    "issue_receipt",
    "keep_card",
    "mark_payout_failed",
    "mark_payout_paid",
    "open_review",
    "poll_payment",
    "poll_payments",
    "process_due_events",
    "process_event",
    "receive_webhook",
    "reject_transfer",
    "remove_card",
    "render_document",
    "render_due_documents",
    "render_due_receipts",
    "render_due_statements",
    "render_receipt",
    "render_statement",
    "replay_event",
    "report_missing_callbacks",
    "request_payout",
    "resolve_review",
    "run_auto_recharge",
    "run_due_auto_recharges",
    "settle_payment",
    "start_opening",
    "start_recharge",
    "statement_months",
    "want_card",
]
