"""django-unfold: title, colours, sidebar and first page of the staff site."""

from collections.abc import Callable

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _entry(title: Promise, icon: str, app: str, model: str, badge: str = "") -> dict[str, object]:
    """Return one line of the sidebar: the list of a model, for those who may see it.

    icon: a Material symbol. badge: the function (dotted name) that says how much waits there.
    """
    entry: dict[str, object] = {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may(f"{app}.view_{model}"),
    }
    return entry | ({"badge": badge, "badge_variant": "info"} if badge else {})


UNFOLD = {
    "SITE_TITLE": "Leadsmarket",
    "SITE_HEADER": "Leadsmarket",
    "SITE_SUBHEADER": _("Operations"),
    "SITE_URL": reverse_lazy("admin:index"),
    "SITE_ICON": lambda request: static("leadsmarket/logo.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("leadsmarket/logo.svg")},
    ],
    "STYLES": [lambda request: static("leadsmarket/admin.css")],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "leadsmarket.admin.things_to_do",
    "COLORS": {
        "primary": {
            "50": "#f3f1ff",
            "100": "#e9e5ff",
            "200": "#d5ceff",
            "300": "#b7a9ff",
            "400": "#957bfd",
            "500": "#6f5cf0",
            "600": "#4b3fd1",
            "700": "#4232b3",
            "800": "#362b90",
            "900": "#2c2380",
            "950": "#171145",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": _("Things to do"), "icon": "task_alt", "link": reverse_lazy("admin:index")},
                ],
            },
            {
                "title": _("Money"),
                "separator": True,
                "items": [
                    _entry(_("Deposits"), "account_balance_wallet", "deposits", "deposit"),
                    _entry(_("Movements"), "swap_vert", "deposits", "deposittransaction"),
                    _entry(
                        _("Payments"),
                        "payments",
                        "payments",
                        "payment",
                        badge="payments.admin.badges.waiting_transfers",
                    ),
                    _entry(
                        _("Items to review"),
                        "fact_check",
                        "payments",
                        "reviewitem",
                        badge="payments.admin.badges.open_reviews",
                    ),
                    _entry(_("Receipts"), "receipt_long", "payments", "receipt"),
                    _entry(_("Refunds and chargebacks"), "undo", "payments", "paymentreversal"),
                    _entry(_("Receivables"), "request_quote", "payments", "receivable"),
                    _entry(_("Cards on file"), "credit_card", "payments", "savedcard"),
                    _entry(_("Auto-recharge"), "autorenew", "payments", "autorecharge"),
                    _entry(capfirst(_("card orders")), "point_of_sale", "payments", "cardorder"),
                    _entry(capfirst(_("customers at Stripe")), "contact_page", "payments", "stripecustomer"),
                    _entry(_("Provider events"), "webhook", "payments", "webhookevent"),
                    _entry(_("Receipt numbers"), "tag", "payments", "receiptseries"),
                    _entry(_("Earnings"), "savings", "leads", "earningentry"),
                    _entry(_("Influencer balances"), "payments", "leads", "influencerbalance"),
                    _entry(_("Payouts"), "send_money", "payments", "payout"),
                    _entry(_("Payout batches"), "receipt_long", "payments", "payoutbatch"),
                    _entry(capfirst(_("payout statements")), "description", "payments", "payoutstatement"),
                ],
            },
            {
                "title": _("Leads"),
                "separator": True,
                "items": [
                    _entry(_("Leads"), "checklist", "leads", "lead"),
                    _entry(_("Decisions"), "gavel", "leads", "leadvalidation"),
                    _entry(_("Returns"), "assignment_return", "leads", "leadreturn"),
                    _entry(_("Consents"), "verified_user", "leads", "leadconsent"),
                    _entry(_("Requests about personal data"), "privacy_tip", "leads", "prospectrequest"),
                    _entry(_("Blocked contacts"), "block", "leads", "blockedcontact"),
                    _entry(_("Campaigns"), "campaign", "leads", "campaign"),
                    _entry(_("Agreements"), "handshake", "leads", "influenceragreement"),
                ],
            },
            {
                "title": _("People"),
                "separator": True,
                "items": [
                    _entry(_("Merchants"), "storefront", "accounts", "merchant"),
                    _entry(_("Team members"), "groups", "accounts", "membership"),
                    _entry(_("Influencers"), "record_voice_over", "accounts", "influencer"),
                    _entry(_("Users"), "person", "accounts", "user"),
                    _entry(_("E-mail addresses"), "mail", "account", "emailaddress"),
                    _entry(capfirst(_("changes of address")), "forward_to_inbox", "accounts", "emailchange"),
                ],
            },
            {
                "title": _("Running the platform"),
                "separator": True,
                "items": [
                    _entry(_("Messages"), "outgoing_mail", "alerts", "delivery"),
                    {
                        "title": _("Channels"),
                        "icon": "cell_tower",
                        "link": reverse_lazy("admin:alerts_channels"),
                        "permission": _may("alerts.view_delivery"),
                    },
                    {
                        "title": _("Message previews"),
                        "icon": "preview",
                        "link": reverse_lazy("admin:alerts_previews"),
                        "permission": _may("alerts.view_delivery"),
                    },
                    _entry(_("Notifications"), "notifications", "alerts", "notification"),
                    _entry(capfirst(_("events")), "bolt", "alerts", "event"),
                    _entry(capfirst(_("announced levels")), "speed", "alerts", "depositalert"),
                    _entry(capfirst(_("notification preferences")), "tune", "alerts", "notificationpreference"),
                    _entry(capfirst(_("notification profiles")), "phone_iphone", "alerts", "notificationprofile"),
                    _entry(capfirst(_("addresses that are not reached")), "unsubscribe", "alerts", "addressproblem"),
                    _entry(_("API keys"), "key", "api", "apikey"),
                    _entry(_("Webhooks"), "webhook", "api", "webhookendpoint"),
                    _entry(_("Webhook messages"), "send", "api", "webhookmessage"),
                    _entry(_("Scheduled jobs"), "schedule", "django_celery_beat", "periodictask"),
                    _entry(_("Runs of jobs"), "history_toggle_off", "leadsmarket", "jobrun"),
                    _entry(_("Times of day"), "calendar_clock", "django_celery_beat", "crontabschedule"),
                    _entry(_("Intervals"), "timer", "django_celery_beat", "intervalschedule"),
                    _entry(_("Audit trail"), "history", "accounts", "auditentry"),
                ],
            },
        ],
    },
}
