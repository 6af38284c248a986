"""What the fake Stripe remembers, what its API does with it, and what people and banks do to it from outside."""

import time
from copy import deepcopy
from itertools import count
from typing import Any

from tests.fakes.stripe_contract import RequestError

Object = dict[str, Any]

LARGEST_AMOUNT = 99_999_999
SMALLEST_AMOUNT = 500
"""About 0.50 USD in centimes of MAD."""
OPEN_INTENT = ("requires_payment_method", "requires_confirmation", "requires_action", "processing")


class Declined(Exception):
    """The bank said no: 402."""

    def __init__(self, error: Object) -> None:
        super().__init__(error["code"])
        self.error = error


class StripeState:
    """Objects by id. Tests may change them to make Stripe lie."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.behaviour: dict[str, str] = {}
        self.intent_metadata: dict[str, Object] = {}
        self.livemode = False
        self._numbers = count(1)

    # What the API does.

    def do(self, method: str, template: str, arguments: tuple[str, ...], params: Object) -> Object:
        """Do one checked request and return a copy of the answer. Raises RequestError, Declined."""
        name = f"{method} {template}"
        actions = {
            "POST /v1/customers": lambda: self._create_customer(params),
            "POST /v1/checkout/sessions": lambda: self._create_session(params),
            "POST /v1/checkout/sessions/{session}/expire": lambda: self._expire(self._get(*arguments, "session")),
            "POST /v1/payment_intents": lambda: self._create_intent(params),
            "POST /v1/payment_intents/{intent}/cancel": lambda: self._cancel(self._get(*arguments, "intent")),
            "POST /v1/payment_methods/{payment_method}/detach": lambda: self._detach(
                self._get(*arguments, "payment_method")
            ),
            "GET /v1/checkout/sessions": lambda: self._list("checkout.session", params),
            "GET /v1/payment_intents": lambda: self._list("payment_intent", params),
        }
        if name in actions:
            return deepcopy(actions[name]())
        if method == "GET" and len(arguments) == 1:
            return deepcopy(self._get(*arguments, template.rpartition("{")[2].rstrip("}")))
        raise RequestError("", f"{name} is not played here", status=404)

    def _get(self, object_id: str, param: str) -> Object:
        try:
            return self.objects[object_id]
        except KeyError:
            raise RequestError("resource_missing", f"No such {param}: '{object_id}'", param, status=404) from None

    def _list(self, kind: str, params: Object) -> Object:
        found = [one for one in self.objects.values() if one["object"] == kind]
        for name in ("customer", "payment_intent", "status"):
            if name in params:
                found = [one for one in found if one.get(name) == params[name]]
        limit = params.get("limit", 10)
        return {"object": "list", "url": "/", "has_more": len(found) > limit, "data": found[::-1][:limit]}

    def _add(self, prefix: str, kind: str, **values: Any) -> Object:
        made = {
            "id": f"{prefix}_{next(self._numbers):08d}",
            "object": kind,
            "created": int(time.time()),
            "livemode": self.livemode,
            **values,
        }
        self.objects[made["id"]] = made
        return made

    def _create_customer(self, params: Object) -> Object:
        _check_metadata(params)
        return self._add("cus", "customer", name=params.get("name"), metadata=params.get("metadata", {}))

    def _create_session(self, params: Object) -> Object:
        _check_metadata(params)
        _check_metadata(params.get("payment_intent_data", {}))
        if params.get("mode") != "payment":
            raise RequestError("parameter_missing", "Only mode=payment is played here.", "mode")
        if params.get("ui_mode", "hosted_page") == "hosted_page" and "success_url" not in params:
            raise RequestError("parameter_missing", "Missing required param: success_url.", "success_url")
        for name in ("success_url", "cancel_url"):
            if not params.get(name, "http://").startswith(("http://", "https://")):
                raise RequestError("url_invalid", "Not a valid URL", name)
        ahead = params.get("expires_at", int(time.time()) + 86400) - time.time()
        if not 30 * 60 <= ahead <= 24 * 3600:
            raise RequestError("", "The `expires_at` timestamp must be 30 minutes to 24 hours ahead.", "expires_at")
        prices = [(line["quantity"], line["price_data"]) for line in params.get("line_items", [])]
        if not prices:
            raise RequestError("parameter_missing", "Missing required param: line_items.", "line_items")
        amount = sum(quantity * price["unit_amount"] for quantity, price in prices)
        _check_amount(amount)
        customer = self._get(params["customer"], "customer")["id"] if "customer" in params else None
        session = self._add(
            "cs_test",
            "checkout.session",
            mode="payment",
            status="open",
            payment_status="unpaid",
            payment_intent=None,
            amount_subtotal=amount,
            amount_total=amount,
            currency=prices[0][1]["currency"],
            customer=customer,
            client_reference_id=params.get("client_reference_id"),
            metadata=params.get("metadata", {}),
            expires_at=params.get("expires_at", int(time.time()) + 86400),
            success_url=params["success_url"],
            cancel_url=params.get("cancel_url"),
            locale=params.get("locale"),
        )
        session["url"] = f"https://checkout.stripe.com/c/pay/{session['id']}"
        self.behaviour[session["id"]] = params.get("payment_intent_data", {}).get("setup_future_usage", "")
        self.intent_metadata[session["id"]] = params.get("payment_intent_data", {}).get("metadata", {})
        return session

    def _expire(self, session: Object) -> Object:
        if session["status"] != "open":
            raise RequestError("", f"Only open sessions can be expired; this one is {session['status']}.")
        session.update(status="expired", url=None)
        return session

    def _create_intent(self, params: Object) -> Object:
        _check_metadata(params)
        _check_amount(params["amount"])
        if params.get("off_session") and not params.get("confirm"):
            raise RequestError("", "off_session can only be used with confirm=true.", "off_session")
        method_id = params.get("payment_method")
        customer = self._get(params["customer"], "customer")["id"] if "customer" in params else None
        if method_id is not None:
            method = self._get(method_id, "payment_method")
            if method["customer"] is None or method["customer"] != customer:
                raise RequestError(
                    "resource_missing", "The payment method is not attached to this customer.", "payment_method"
                )
        intent = self._add_intent(params["amount"], params["currency"], customer, params.get("metadata", {}))
        if not params.get("confirm"):
            return intent
        behaviour = self.behaviour.get(method_id or "", "")
        if behaviour in ("", "processing"):
            intent["payment_method"] = method_id
            if behaviour:
                intent["status"] = "processing"
            else:
                self._succeed(intent)
            return intent
        if behaviour == "requires_action":
            intent["status"] = "requires_action"
            return intent
        code = behaviour if behaviour == "authentication_required" else "card_declined"
        error = {
            "type": "card_error",
            "code": code,
            "decline_code": behaviour,
            "message": "Your card was declined.",
            "payment_method": deepcopy(self.objects.get(method_id or "")),
        }
        intent["last_payment_error"] = error
        raise Declined({**error, "payment_intent": deepcopy(intent)})

    def _cancel(self, intent: Object) -> Object:
        if intent["status"] not in OPEN_INTENT or intent["status"] == "processing":
            message = f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
            raise RequestError("payment_intent_unexpected_state", message)
        intent.update(status="canceled", canceled_at=int(time.time()))
        return intent

    def _detach(self, method: Object) -> Object:
        if method["customer"] is None:
            raise RequestError(
                "", "The payment method you provided is not attached to a customer so detachment is impossible."
            )
        method["customer"] = None
        return method

    def _add_intent(self, amount: int, currency: str, customer: str | None, metadata: Object) -> Object:
        return self._add(
            "pi",
            "payment_intent",
            amount=amount,
            amount_received=0,
            currency=currency,
            customer=customer,
            metadata=metadata,
            status="requires_payment_method",
            payment_method=None,
            last_payment_error=None,
            latest_charge=None,
            client_secret="pi_secret",
        )

    def _succeed(self, intent: Object) -> None:
        charge = self._add(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_refunded=0,
            refunded=False,
            currency=intent["currency"],
            payment_intent=intent["id"],
            status="succeeded",
        )
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])

    # What people and banks do.

    def add_card(self, customer: str | None, *, last4: str = "4242", brand: str = "visa") -> Object:
        """A card kept for a customer."""
        card = {"brand": brand, "last4": last4, "exp_month": 8, "exp_year": 2029}
        return self._add("pm", "payment_method", type="card", card=card, customer=customer)

    def pay(self, session_id: str, *, slow: bool = False) -> tuple[Object, Object]:
        """Somebody pays on the page; slow: by a method that takes days. Returns session and intent."""
        session = self.objects[session_id]
        assert session["status"] == "open", session["status"]
        intent = self._intent_of(session)
        keeps = self.behaviour.get(session_id) == "off_session"
        intent["payment_method"] = self.add_card(session["customer"] if keeps else None)["id"]
        session.update(status="complete", url=None)
        if slow:
            intent["status"] = "processing"
        else:
            self._succeed(intent)
            session["payment_status"] = "paid"
        return session, intent

    def fail_a_try(self, session_id: str) -> Object:
        """A card is declined on the page, which stays open. Returns the intent."""
        intent = self._intent_of(self.objects[session_id])
        intent["last_payment_error"] = {"code": "card_declined", "decline_code": "generic_decline"}
        return intent

    def end_slow(self, session_id: str, *, paid: bool) -> tuple[Object, Object]:
        """The slow method's money arrives, or doesn't."""
        session = self.objects[session_id]
        intent = self.objects[session["payment_intent"]]
        if paid:
            self._succeed(intent)
            session["payment_status"] = "paid"
        else:
            intent["last_payment_error"] = {"code": "payment_intent_payment_attempt_failed", "message": "No funds"}
            intent["status"] = "requires_payment_method"
        return session, intent

    def refund(self, intent_id: str, amount: int, *, status: str = "succeeded") -> tuple[Object, Object]:
        """Staff refunds at Stripe. Returns the refund and the charge with its running total."""
        charge = self.objects[self.objects[intent_id]["latest_charge"]]
        refund = self._add(
            "re",
            "refund",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent_id,
            status=status,
        )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        return refund, charge

    def dispute(self, intent_id: str, *, status: str = "needs_response") -> Object:
        """A cardholder disputes a payment."""
        charge = self.objects[self.objects[intent_id]["latest_charge"]]
        return self._add(
            "dp",
            "dispute",
            amount=charge["amount"],
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent_id,
            reason="fraudulent",
            status=status,
        )

    def _intent_of(self, session: Object) -> Object:
        if session["payment_intent"] is None:
            intent = self._add_intent(
                session["amount_total"], session["currency"], session["customer"], self.intent_metadata[session["id"]]
            )
            session["payment_intent"] = intent["id"]
        return self.objects[session["payment_intent"]]


def _check_amount(amount: int) -> None:
    if amount < SMALLEST_AMOUNT:
        raise RequestError("amount_too_small", "The amount must convert to at least 50 cents.", "amount")
    if amount > LARGEST_AMOUNT:
        raise RequestError("amount_too_large", "Amount must be no more than 999,999.99.", "amount")


def _check_metadata(params: Object) -> None:
    metadata = params.get("metadata", {})
    if len(metadata) > 50 or any(len(name) > 40 or len(str(value)) > 500 for name, value in metadata.items()):
        raise RequestError("", "Metadata has up to 50 keys of 40 and values of 500 characters.", "metadata")
