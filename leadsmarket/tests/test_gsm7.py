"""The alphabet of text messages, and what a message costs in it."""

import pytest

from leadsmarket.lib.gsm7 import is_gsm7, sms_segments, to_gsm7


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Dépôt épuisé : 4\u202f940,00\u00a0MAD", "Dépot épuisé : 4 940,00 MAD"),
        ("L’accord « Été » est suspendu…", 'L\'accord "Été" est suspendu...'),
        ("Ça, çà, cœur, Noël – fin", "Ça, cà, coeur, Noel - fin"),
        ("\u206610%\u2069", "10%"),
        ("Prix : 5 € [net]", "Prix : 5 € [net]"),
    ],
)
def test_french_is_written_in_the_letters_of_text_messages(text, written):
    assert to_gsm7(text) == written
    assert is_gsm7(to_gsm7(text))


@pytest.mark.parametrize("text", ["نفد الرصيد: \u2066‏0,00\u2069 درهم", "Dépôt de « أطلس »", "Bien reçu 👍"])
def test_other_scripts_stay_as_they_are_with_all_their_text(text):
    assert to_gsm7(text) == text


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("é" * 160, 1),
        ("é" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ô" * 70, 1),
        ("ô" * 71, 2),
        ("م" * 134, 2),
        ("م" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_a_message_is_paid_by_its_parts(text, segments):
    assert sms_segments(text) == segments
