from django.urls import path

from api.payments import views

urlpatterns = [
    path("payments/stripe/create", views.CreateStripePayment.as_view(), name="create_stripe_payment"),
    path("payments/cmi/create", views.CreateCmiPayment.as_view(), name="create_cmi_payment"),
    path("payments/bank-transfer/create", views.CreateBankTransfer.as_view(), name="create_bank_transfer"),
    path("payments/crypto/create", views.CreateCryptoPayment.as_view(), name="create_crypto_payment"),
    path("payments/<uuid:payment_id>", views.GetPayment.as_view(), name="get_payment"),
    path("payments/<uuid:payment_id>/receipt.pdf", views.GetReceipt.as_view(), name="get_receipt"),
]
