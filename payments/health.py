"""What `manage.py doctor` looks at in payments: each method's settings, and events that nobody processes."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone, translation

from deposits.models import PaymentMethod
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.health import Finding, State, register_check
from leadsmarket.lib.outbound import NoAnswer, call
from payments.errors import GatewayUnavailable
from payments.gateways import GATEWAYS
from payments.gateways.base import Gateway
from payments.gateways.btcpay import client as btcpay
from payments.gateways.stripe import client as stripe
from payments.models import WebhookEvent
from payments.rib import NotARib, has_right_key, normalise_rib

OVERDUE = timedelta(minutes=10)
MOST_COUNTED = 1000
NEEDED = {
    PaymentMethod.STRIPE: ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
    PaymentMethod.CMI: ("CMI_CLIENT_ID", "CMI_STORE_KEY", "CMI_GATEWAY_URL"),
    PaymentMethod.BANK_TRANSFER: ("BANK_TRANSFER_HOLDER", "BANK_TRANSFER_RIB"),
    PaymentMethod.CRYPTO: ("BTCPAY_URL", "BTCPAY_STORE_ID", "BTCPAY_API_KEY", "BTCPAY_WEBHOOK_SECRET"),
}


@register_check("payment methods", seconds=12)
def payment_methods(*, online: bool) -> Iterator[Finding]:
    """Which methods are offered, half configured or off; with `online` whether their providers answer us."""
    with translation.override("en"):
        for gateway in GATEWAYS.values():
            yield _sandbox() if gateway.method == PaymentMethod.SANDBOX else _method(gateway, online=online)
    real = [gateway for gateway in GATEWAYS.values() if gateway.method != PaymentMethod.SANDBOX]
    if settings.IS_PRODUCTION and not any(gateway.is_configured() for gateway in real):
        yield Finding("payments", State.HINT, "no method is configured", "Merchants can't pay; see docs/running.md.")


@register_check("provider events", after=["database"])
def provider_events(*, online: bool) -> Iterator[Finding]:
    """Events that should have been processed, and those that were given up."""
    Status = WebhookEvent.Status  # noqa: N806 - a class
    now = timezone.now()
    with acting_as(SYSTEM):
        waiting = WebhookEvent.objects.filter(
            status__in=[Status.RECEIVED, Status.FAILED], next_attempt_at__lt=now - OVERDUE
        )[:MOST_COUNTED].count()
        given_up = WebhookEvent.objects.filter(status=Status.GIVEN_UP)[:MOST_COUNTED].count()
    if waiting:
        yield Finding("provider events", State.BROKEN, f"{waiting} wait", "Is the job `deliver` running?")
    else:
        yield Finding("provider events", State.OK, "none waits")
    if given_up:
        advice = "Staff replays them under Provider events."
        yield Finding("provider events", State.HINT, f"{given_up} given up", advice)


def _sandbox() -> Finding:
    what = "payments: sandbox"
    if not settings.SANDBOX_PAYMENTS:
        return Finding(what, State.OFF, "off")
    if settings.IS_PRODUCTION:
        return Finding(what, State.HINT, "on in production: anybody credits deposits", "Unset SANDBOX_PAYMENTS.")
    return Finding(what, State.OK, "on: moves no real money")


def _method(gateway: Gateway, *, online: bool) -> Finding:
    what = f"payments: {gateway.method}"
    names = NEEDED[PaymentMethod(gateway.method)]
    missing = [name for name in names if not getattr(settings, name)]
    if not gateway.is_configured():
        if not missing:
            return Finding(what, State.OFF, "configured, but not enabled (BTCPAY_ENABLED)")
        if len(missing) == len(names):
            return Finding(what, State.OFF, "not configured")
        return Finding(what, State.BROKEN, "half configured", f"Set {' and '.join(missing)}, or unset the others.")
    if gateway.method == PaymentMethod.BANK_TRANSFER:
        return _bank_account(what)
    if not online:
        return Finding(what, State.OK, "configured")
    try:
        _ASK[PaymentMethod(gateway.method)]()
    except (GatewayUnavailable, NoAnswer) as error:
        reason = type(error.__cause__ or error).__name__
        return Finding(what, State.BROKEN, f"configured, but its provider says no: {reason}", "Check address and keys.")
    return Finding(what, State.OK, "configured; its provider answers")


def _bank_account(what: str) -> Finding:
    if not settings.BANK_TRANSFER_RIB:
        return Finding(what, State.OK, "configured with an IBAN alone")
    try:
        right = has_right_key(normalise_rib(settings.BANK_TRANSFER_RIB))
    except NotARib:
        right = False
    if right:
        return Finding(what, State.OK, "configured; the RIB's key is right")
    # The sample account of a developer's machine has none either.
    state = State.BROKEN if settings.IS_PRODUCTION else State.HINT
    return Finding(what, state, "the RIB's key is wrong", "Correct BANK_TRANSFER_RIB: money would go astray.")


def _ask_acquirer() -> None:
    call("GET", settings.CMI_GATEWAY_URL, seconds=5)


_ASK: dict[PaymentMethod, Callable[[], object]] = {
    PaymentMethod.STRIPE: stripe.check_key,
    PaymentMethod.CMI: _ask_acquirer,
    PaymentMethod.CRYPTO: lambda: btcpay.find_invoice("doctor"),
}
