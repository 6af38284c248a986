"""RIBs: the vectors of morocco.md, the edge keys, typing errors, what people type, and the same rule in the database."""

import pytest
from django.db import connection

from payments.rib import NotARib, has_right_key, mask_rib, normalise_rib

RIGHT = [
    "011519000001205000534921",
    "001810007800020110620318",
    "123456789012345678901234",
    "123456789012345678902107",
    "123456789012345678908897",
]


def in_database(rib: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rib_has_right_key(%s)", [rib])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("rib", RIGHT)
def test_known_ribs_have_their_key(db, rib):
    assert has_right_key(rib)
    assert in_database(rib)
    assert int(rib[:22]) * 100 % 97 == 97 - int(rib[22:])


def test_every_single_digit_error_and_swap_of_neighbours_is_found(db):
    rib = RIGHT[1]
    errors = [rib[:i] + d + rib[i + 1 :] for i in range(24) for d in "0123456789" if d != rib[i]]
    swaps = [rib[:i] + rib[i + 1] + rib[i] + rib[i + 2 :] for i in range(23) if rib[i] != rib[i + 1]]
    assert (len(errors), len(swaps)) == (216, 17)
    assert not [wrong for wrong in errors + swaps if has_right_key(wrong)]
    assert not [wrong for wrong in errors[:20] if in_database(wrong)]


@pytest.mark.parametrize("key", ["00", "98", "99"])
def test_keys_outside_01_to_97_are_wrong_even_where_the_sum_fits(db, key):
    fitting = next(f"{number:022d}{key}" for number in range(200) if int(f"{number:022d}{key}") % 97 == 0)
    assert not has_right_key(fitting)
    assert not in_database(fitting)


@pytest.mark.parametrize(
    "typed",
    [
        "011 519 0000012050005349 21",
        "011-519-0000012050005349-21",
        "٠١١٥١٩٠٠٠٠٠١٢٠٥٠٠٠٥٣٤٩٢١",
        "MA64 0115 1900 0001 2050 0053 4921",
        "ma64011519000001205000534921",
        "\u200f011\u00a0519\u202f000001205000534921",
    ],
)
def test_what_people_type_is_understood(typed):
    assert normalise_rib(typed) == RIGHT[0]


@pytest.mark.parametrize(
    "typed", ["", "0115190000012050005349", RIGHT[0] + "1", "FR" + RIGHT[0], "0115190000012050005349²1"]
)
def test_anything_but_24_digits_is_no_rib(typed):
    with pytest.raises(NotARib):
        normalise_rib(typed)


def test_masked():
    assert mask_rib(RIGHT[0]) == "011 519 •••• 21"
