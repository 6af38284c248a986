"""Pages of payments, under /payments/."""

from django.urls import path

from payments.views import (
    auto_recharge,
    cmi,
    documents,
    paying,
    payment_list,
    payouts,
    receipts,
    return_page,
    sandbox,
    transfer,
)

app_name = "payments"

urlpatterns = [
    path("", payment_list.payment_list, name="list"),
    path("export.<slug:file_format>", payment_list.export, name="export"),
    path("statements/", documents.statements, name="statements"),
    path("statements/<slug:month>.pdf", documents.statement, name="statement"),
    path("documents/<uuid:document_id>.pdf", documents.document, name="document"),
    path("open/", paying.open_by_paying, name="open"),
    path("open/preview/", paying.open_preview, name="open_preview"),
    path("recharge/<uuid:deposit_id>/", paying.recharge, name="recharge"),
    path("recharge/<uuid:deposit_id>/preview/", paying.recharge_preview, name="recharge_preview"),
    path("auto-recharge/<uuid:deposit_id>/", auto_recharge.auto_recharge, name="auto_recharge"),
    path(
        "auto-recharge/<uuid:deposit_id>/cards/<uuid:card_id>/remove/",
        auto_recharge.remove_saved_card,
        name="remove_card",
    ),
    path("payouts/", payouts.payouts, name="payouts"),
    path("payouts/request/", payouts.payout_request, name="payout_request"),
    path("payouts/<uuid:payout_id>/statement.pdf", payouts.payout_statement, name="payout_statement"),
    path("sandbox/<uuid:payment_id>/", sandbox.sandbox, name="sandbox"),
    path("cmi/ok/", cmi.landing, name="cmi_ok"),
    path("cmi/fail/", cmi.landing, name="cmi_fail"),
    path("<uuid:payment_id>/transfer/", transfer.transfer, name="transfer"),
    path("<uuid:payment_id>/transfer.pdf", transfer.transfer_pdf, name="transfer_pdf"),
    path("<uuid:payment_id>/pay/", paying.pay, name="pay"),
    path("<uuid:payment_id>/cancel/", paying.cancel, name="cancel"),
    path("<uuid:payment_id>/return/", return_page.return_page, name="return"),
    path("<uuid:payment_id>/receipt.pdf", receipts.receipt, name="receipt"),
]
