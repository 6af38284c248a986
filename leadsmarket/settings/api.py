"""The REST API: Django REST framework and the OpenAPI document. Rules are in `api/`, the contract in docs/api.md."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.TokenAuthentication",
        "api.key_authentication.ApiKeyAuthentication",
        "api.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["api.content.NumberRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.content.NumberParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.content.AlwaysJson",
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.Throttle"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "api.errors.answer_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["api.content.NumberRenderer"],
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Leadsmarket API",
    "VERSION": "1.0.0",
    "DESCRIPTION": (
        "Leads, deposits, payments and figures for merchants and influencers. Amounts are Moroccan dirhams (MAD), as numbers "
        "with two decimals. Every write may carry an `Idempotency-Key`. Errors always have the shape of `Error`."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "DEFAULT_GENERATOR_CLASS": "api.schema.OperationSchemaGenerator",
    "ENUM_NAME_OVERRIDES": {
        "LeadStatus": "leads.models.Lead.Status",
        "LeadSource": "leads.models.LeadSource",
        "LeadReturnStatus": "leads.models.LeadReturn.Status",
        "LeadDecision": "leads.models.LeadValidation.Decision",
        "CommissionType": "leads.models.CommissionType",
        "RejectionReason": "leads.models.RejectionReason",
        "ReturnReason": "leads.models.ReturnReason",
        "PaymentMethod": "deposits.models.PaymentMethod",
        "DepositStatus": "deposits.models.Deposit.Status",
        "MovementKind": "deposits.models.DepositTransaction.Kind",
        "AlertLevel": "deposits.levels.AlertLevel",
        "PaymentStatus": "payments.models.Payment.Status",
        "PaymentPurpose": "payments.models.Payment.Purpose",
        "CampaignStatus": "leads.models.Campaign.Status",
        "CampaignType": "leads.models.Campaign.Type",
        "PauseReason": "leads.models.Campaign.PauseReason",
        "AgreementStatus": "leads.models.InfluencerAgreement.Status",
        "PayoutStatus": "payments.models.Payout.Status",
        "EarningKind": "leads.models.EarningEntry.Kind",
        "NotificationKind": "alerts.kinds.Kind",
        "NotificationLevel": "alerts.kinds.Level",
        "Role": "accounts.models.User.Role",
    },
    "TAGS": [
        {"name": "auth", "description": "Tokens and accounts"},
        {"name": "leads", "description": "Create, decide and read leads"},
        {"name": "deposits", "description": "Prepaid deposits and their movements"},
        {"name": "statistics", "description": "Figures"},
        {"name": "payments", "description": "Payments and receipts"},
        {"name": "campaigns", "description": "Campaigns"},
        {"name": "agreements", "description": "Agreements between merchants and influencers"},
        {"name": "notifications", "description": "What happened"},
        {"name": "payouts", "description": "Earnings and payouts of influencers"},
    ],
}
