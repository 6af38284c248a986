"""The gateways there are, and those that this installation has switched on."""

from payments.errors import MethodNotAvailable
from payments.gateways.bank_transfer.gateway import BankTransferGateway
from payments.gateways.base import Gateway
from payments.gateways.btcpay.gateway import BtcpayGateway
from payments.gateways.cmi.gateway import CmiGateway
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.gateways.stripe.gateway import StripeGateway

GATEWAYS: dict[str, Gateway] = {
    gateway.method: gateway
    for gateway in (StripeGateway(), CmiGateway(), BankTransferGateway(), BtcpayGateway(), SandboxGateway())
}


def gateway_for(method: str) -> Gateway:
    """Return the gateway of a method, switched on or not (events of a method just switched off still count).

    Raises MethodNotAvailable for a name that is none.
    """
    try:
        return GATEWAYS[method]
    except KeyError:
        raise MethodNotAvailable from None


def available_gateways() -> list[Gateway]:
    """Return the gateways that can be offered now, in the order in which they are shown."""
    return [gateway for gateway in GATEWAYS.values() if gateway.is_configured()]
