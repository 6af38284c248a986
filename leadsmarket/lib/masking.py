"""Personal data and secrets are made unreadable before they reach a log or an error report (law 09-08, article 3).

Addresses, numbers and keys are known by their form, wherever they stand. A name has no form: it is masked by the key it is
logged under, and in what PostgreSQL quotes of a row; so no message of ours names a person. Used by the handlers of LOGGING
(`MaskingFilter`), by structlog (`mask_event`) and for error reports (`mask_value`).
"""

import logging
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

MASK = "•••"

# Whole names of keys, and ends of longer ones: `email`, `customer_email`, `HTTP_AUTHORIZATION`.
SECRET_KEY = re.compile(
    r"(?:^|[_\-.])(?:password\d?|passwd|secret|token|authorization|cookie|api[_-]?key|signature|csrftoken|sessionid|refresh|"
    r"access|otp|hash|store_?key)$",
    re.IGNORECASE,
)
NAME_KEY = re.compile(
    r"^(?:(?:customer|display|first|last|full|card_?holder|holder|billing|company)_?(?:name|company|notes)?|notes|feedback|"
    r"details|message_body|recipient_name|subject)$",
    re.IGNORECASE,
)
EMAIL_KEY = re.compile(r"(?:^|_)e?mail$", re.IGNORECASE)
PHONE_KEY = re.compile(r"(?:^|_)(?:phone|mobile|tel)$", re.IGNORECASE)
BANK_KEY = re.compile(r"(?:^|_)(?:rib|iban)$", re.IGNORECASE)

# What PostgreSQL quotes of a row that it refuses.
FAILING_ROW = re.compile(r"(Failing row contains ).*", re.DOTALL)
QUOTED_KEY = re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= (?:already|is|conflicts)|$)", re.MULTILINE)
URL_PASSWORD = re.compile(r"(://)[^/@\s]*@")
JWT = re.compile(r"\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?")
PREFIXED_KEY = re.compile(r"\b((?:sk|rk|pk|whsec|whpk|lm|lmk)_(?:live_|test_)?)[A-Za-z0-9+/=_-]{8,}")
SIGNED_VALUE = re.compile(r"[\w-]{2,}:[\w-]{5,8}:[\w-]{27,}")
AUTHORIZATION = re.compile(r"\b(Bearer|Basic|Api-Key|JWT)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
NAMED_SECRET = re.compile(
    r"""((?:password\d?|passwd|secret|token|api[_-]?key|signature|sessionid|csrfmiddlewaretoken|refresh|access|cookie)"""
    r"""["']?\s*(?:=|:|%3D)\s*["']?)[^\s"'&,;}]+""",
    re.IGNORECASE,
)
LINK_SECRET = re.compile(r"(/(?:confirm-email|reset/key|privacy/confirm)/)[^/\s?#\"']+")
EMAIL = re.compile(r"""([^\s@<>"'(),;:=&/%?\[\]{}|])[^\s@<>"'(),;:=&/?\[\]{}|]*(?:@|%40)((?:[\w-]+\.)+[\w-]{2,})""")
BANK_ACCOUNT = re.compile(r"(?<![\w.-])((?:MA\d{2}[ -]?)?\d{3}[ -]?\d{3})[ -]?(?:\d[ -]?){16}(\d{2})(?![\w-])")
CARD_NUMBER = re.compile(r"(?<![\w.+-])(?:\d[ -]?){12,18}\d(?![\w-])")
PHONE = re.compile(
    r"(?<![\w.-])(?:(?:\+|%2B|00)[1-9](?:[\s().\-/]{0,2}\d){7,14}|(?:212|0)[5-8](?:[\s.\-/]?\d){8})(?![\w-])",
    re.IGNORECASE,
)


def mask_email(text: str) -> str:
    """Return `a•••@domain`; a text that is no address becomes dots."""
    name, at, domain = text.strip().rpartition("@")
    return f"{name[:1]}{MASK}@{domain}" if at and name else MASK


def mask_phone(text: str) -> str:
    """Return the start and the last two digits, `+2126•••••78`; a number too short for that becomes dots."""
    digits = re.sub(r"[^\d+]", "", text.replace("%2B", "+").replace("%2b", "+"))
    return f"{digits[:5] if digits[0] == '+' else digits[:2]}•••••{digits[-2:]}" if len(digits) >= 8 else MASK


def mask_bank_account(text: str) -> str:
    """Return a RIB or IBAN by its bank, town and key, `011 519 •••• 21`; another text becomes dots."""
    digits = re.sub(r"\D", "", text)[-24:]
    return f"{digits[:3]} {digits[3:6]} •••• {digits[-2:]}" if len(digits) == 24 else MASK


def _mask_card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    is_card = sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
    return f"•••• {digits[-4:]}" if is_card else match.group()


def mask_text(text: str) -> str:
    """Return `text` with every e-mail address, phone, RIB, IBAN, card number, password and key in it made unreadable.

    Ids (UUIDs), amounts and times stay, so that a line still says which row it is about. Masking twice changes nothing more.
    """
    text = FAILING_ROW.sub(rf"\1({MASK})", text)
    text = QUOTED_KEY.sub(rf"\1({MASK})", text)
    text = URL_PASSWORD.sub(rf"\1{MASK}@", text)
    text = JWT.sub(MASK, text)
    text = AUTHORIZATION.sub(rf"\1 {MASK}", text)
    text = NAMED_SECRET.sub(rf"\1{MASK}", text)
    text = PREFIXED_KEY.sub(rf"\1{MASK}", text)
    text = LINK_SECRET.sub(rf"\1{MASK}", text)
    text = SIGNED_VALUE.sub(MASK, text)
    text = EMAIL.sub(rf"\1{MASK}@\2", text)
    text = BANK_ACCOUNT.sub(lambda match: mask_bank_account(match.group()), text)
    text = CARD_NUMBER.sub(_mask_card, text)
    return PHONE.sub(lambda match: mask_phone(match.group()), text)


BY_KEY: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (SECRET_KEY, lambda text: MASK),
    (NAME_KEY, lambda text: MASK),
    (EMAIL_KEY, mask_email),
    (PHONE_KEY, mask_phone),
    (BANK_KEY, mask_bank_account),
)


def mask_value(value: Any, key: str = "") -> Any:
    """Return a copy of a value with texts masked, by the key they stand under and by their form; goes into dicts and lists.

    Numbers, booleans and None stay as they are; other objects become their masked text only where they hold something to mask.
    """
    if isinstance(value, Mapping):
        return {name: mask_value(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_value(inner, key) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return MASK if value is not None and SECRET_KEY.search(key) else value
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    for pattern, mask in BY_KEY:
        if text and pattern.search(key):
            return mask(text)
    masked = mask_text(text)
    return masked if masked != text or isinstance(value, str | bytes) else value


def mask_event(logger: Any, method_name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: mask every value of an event. Stands after the one that writes exceptions, before the renderer."""
    for key, value in event.items():
        if not key.startswith("_") and key != "exc_info":
            event[key] = mask_value(value, key)
    return event


class MaskingFilter(logging.Filter):
    """Masks a record as a handler gets it: message with its arguments, a structlog event, the text of an exception."""

    formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record; it is never dropped."""
        if isinstance(record.msg, dict):
            record.msg = mask_value(record.msg)
        else:
            record.msg, record.args = mask_text(_message(record)), ()
        if record.exc_info and record.exc_info[0] and not record.exc_text:
            record.exc_text = self.formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask_text(record.exc_text)
        if record.stack_info:
            record.stack_info = mask_text(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # Arguments that don't fit: the line is kept, as logging itself would lose it.
        return f"{record.msg} {record.args}"
