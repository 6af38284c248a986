"""What every operation of the API has in common: who may call it, in which transaction it runs, what its schema says."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar

import psycopg
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from api.authentication import Credentials
from api.errors import GENERAL, NotAuthenticated
from api.idempotency import answer_once, answer_once_outside, idempotency_key
from api.throttling import OTHERS, Limit
from leadsmarket.lib.actor import AUTHENTICATION, Actor, acting_as
from leadsmarket.lib.errors import NotAllowed, Refusal
from leadsmarket.lib.transactions import View, manages_transactions

MERCHANT = frozenset({"merchant"})
INFLUENCER = frozenset({"influencer"})
STAFF = frozenset({"staff"})
EVERYBODY = MERCHANT | INFLUENCER | STAFF

SAFE_METHODS = ("GET", "HEAD")


class Operation(APIView):
    """One operation: one method of one address, written as `get`, `post`, `put` or `patch`.

    The method runs in one transaction as `self.actor`; a refusal undoes all of it. `own_transactions`: it calls a provider, so
    it opens short `with self.acting():` blocks itself. For the schema: `tag`, `body` and `query` (what is read, by
    `self.read()` and `self.read_query()`), `answer` (what is sent with `success_status`), `refusals` (what the services
    raise). The docstring is the description that partners read.
    """

    roles: ClassVar[frozenset[str]] = EVERYBODY
    is_public: ClassVar[bool] = False
    own_transactions: ClassVar[bool] = False
    limits: ClassVar[tuple[Limit, ...]] = OTHERS

    tag: ClassVar[str] = ""
    body: ClassVar[type[Serializer] | None] = None
    query: ClassVar[type[Serializer] | None] = None
    answer: ClassVar[Any] = None
    success_status: ClassVar[int] = 200
    refusals: ClassVar[tuple[type[Refusal], ...]] = ()
    examples: ClassVar[list[Any]] = []

    siblings: tuple[str, ...] = ()
    """The methods of the same address, where `by_method` put several operations there."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> View:
        return manages_transactions(super().as_view(**initkwargs))

    @property
    def allowed_methods(self) -> list[str]:
        return list(self.siblings) or self._own_methods()

    @property
    def actor(self) -> Actor:
        """Who calls, for row level security; a stranger reads what log-in pages read."""
        return self.request.auth.actor if self.request.auth else AUTHENTICATION

    def acting(self) -> Any:
        """One short transaction as the caller: `with self.acting(): ...`."""
        return acting_as(self.actor)

    def read(self) -> dict[str, Any]:
        """Return the checked body. Raises ValidationError."""
        assert self.body is not None  # noqa: S101 - a mistake of ours
        return checked(self.body, self.request.data)

    def read_query(self) -> dict[str, Any]:
        """Return the checked parameters of the address. Raises ValidationError."""
        assert self.query is not None  # noqa: S101 - a mistake of ours
        return checked(self.query, self.request.query_params.dict())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a request: APIView.dispatch, with the transaction and the Idempotency-Key round the handler."""
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        speak_language_of(request)
        person_of_session = request.user
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(self.request, *args, **kwargs)
            request.actor = self.actor  # type: ignore[attr-defined]
            response = self._run(self.request)
        except Exception as error:
            response = self.handle_exception(error)
        # The framework puts the bearer of a token there; the middleware on the way out deals with the session's person.
        request.user = person_of_session
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        if not self.response.has_header("Cache-Control"):
            self.response["Cache-Control"] = (
                "private, no-cache" if self.response.has_header("ETag") else "private, no-store"
            )
        return self.response

    def handle_exception(self, error: Exception) -> HttpResponseBase:
        response = self.get_exception_handler()(error, self.get_exception_handler_context())
        response.exception = True
        return response

    def check_permissions(self, request: Request) -> None:
        """Raise NotAuthenticated for a stranger, NotAllowed for another role or a key that may only read."""
        if self.is_public:
            return
        credentials: Credentials | None = request.auth
        if credentials is None:
            raise NotAuthenticated
        if credentials.actor.role not in self.roles:
            raise NotAllowed
        if ("read" if request.method in SAFE_METHODS else "write") not in credentials.scopes:
            raise NotAllowed(translation.gettext("This API key may only read."))

    def _run(self, request: Request) -> HttpResponseBase:
        handler = getattr(self, (request.method or "").lower(), None)
        if handler is None or request.method not in self._own_methods():
            return self.http_method_not_allowed(request)

        def run() -> Any:
            return handler(request, *self.args, **self.kwargs)

        key = "" if request.method in SAFE_METHODS or self.is_public else idempotency_key(request)
        if self.own_transactions:
            return answer_once_outside(request, key, run) if key else run()
        return _again_after_deadlock(lambda: answer_once(request, key, run) if key else self._in_transaction(run))

    def _in_transaction(self, run: Callable[[], Any]) -> Any:
        with self.acting():
            return run()

    def _own_methods(self) -> list[str]:
        return [method for method in super().allowed_methods if method != "OPTIONS"]


def _again_after_deadlock(run: Callable[[], Any]) -> Any:
    """Run one transaction; once more where PostgreSQL ended it, of two that waited for each other. Nothing of it is left."""
    try:
        return run()
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
            raise
    return run()


def checked(serializer: type[Serializer], data: Any) -> dict[str, Any]:
    """Return the checked values of an object that a client sent. Raises ValidationError."""
    if not isinstance(data, Mapping):
        raise ValidationError({GENERAL: [translation.gettext("Send a JSON object.")]})
    return _made(serializer).run_validation(data)  # type: ignore[arg-type]


def shown(serializer: type[Serializer], value: Any) -> dict[str, Any]:
    """Return an object as an answer shows it."""
    return _made(serializer).to_representation(value)  # type: ignore[arg-type]


@cache
def _made(serializer: type[Serializer]) -> Serializer:
    # Making a serializer copies its fields, which takes longer than using them; neither of the two uses changes it.
    return serializer()


def by_method(**operations: type[Operation]) -> View:
    """Return one view for several operations of one address: `by_method(GET=ListCampaigns, POST=CreateCampaign)`."""
    siblings = (*operations, *(["HEAD"] if "GET" in operations else []))
    views = {method: operation.as_view(siblings=siblings) for method, operation in operations.items()}
    otherwise = next(iter(views.values()))

    def choose(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = "GET" if request.method == "HEAD" else request.method
        return views.get(method or "", otherwise)(request, *args, **kwargs)

    choose.cls = next(iter(operations.values()))  # type: ignore[attr-defined]
    choose.initkwargs = {}  # type: ignore[attr-defined]
    choose.operations = views  # type: ignore[attr-defined]
    return csrf_exempt(manages_transactions(choose))


def speak_language_of(request: HttpRequest) -> None:
    """Use the language of Accept-Language, French where it names none of ours.

    Without the header it stays as pages have it: what the person of the session chose, else French.
    """
    header = request.headers.get("Accept-Language")
    if not header:
        return
    language = "fr"
    for wanted, _quality in parse_accept_lang_header(header):
        try:
            language = get_supported_language_variant(wanted)
            break
        except LookupError:
            continue
    translation.activate(language)
    request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
