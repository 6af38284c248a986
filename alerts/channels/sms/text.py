"""A text within what a phone should get at once: few parts, the link whole."""

import re

from leadsmarket.lib.gsm7 import is_gsm7, sms_segments, to_gsm7

MOST_SEGMENTS = 4
"""612 letters, 268 in Arabic; each is paid. Texts are far shorter, but for long names in them."""
LINK_AT_END = re.compile(r"\s*https?://\S+$")
DIRECTION_MARKS = str.maketrans("", "", "\u200e\u200f\u2066\u2067\u2068\u2069\u061c")
"""Many phones show boxes for them, and each takes a letter's place."""


def fit_text(text: str) -> str:
    """Return the text in the letters of SMS; one that is too long loses words before its link, never the link itself."""
    written = to_gsm7(text.translate(DIRECTION_MARKS).strip())
    if sms_segments(written) <= MOST_SEGMENTS:
        return written
    found = LINK_AT_END.search(written)
    words, link = (written[: found.start()], f" {found.group().strip()}") if found else (written, "")
    end = f"...{link}" if is_gsm7(written) else f"…{link}"
    while words and sms_segments(words + end) > MOST_SEGMENTS:
        words = words.rpartition(" ")[0]
    return (words + end).strip()
