"""Cursor pages of lists: `{"next", "previous", "results"}`, as quick at the end as at the beginning."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.keyset import BadCursor, keyset_page

Row = TypeVar("Row", bound=Model)

PAGE_SIZE = 50
LARGEST_PAGE = 200


class PageQuery(serializers.Serializer):
    """What every list takes. A list's own filters extend it."""

    cursor = serializers.CharField(
        required=False,
        max_length=500,
        help_text="From `next` or `previous` of another page; keep the other parameters.",
    )
    page_size = serializers.IntegerField(
        required=False, default=PAGE_SIZE, min_value=1, max_value=LARGEST_PAGE, help_text="Rows of a page."
    )


def page_answer(
    request: Request,
    rows: QuerySet[Row],
    *,
    order: str,
    query: Mapping[str, Any],
    results: Callable[[list[Row]], Iterable[Any]],
) -> dict[str, Any]:
    """Return one page of `rows` as a list answers it. One query, and those of `results`.

    order: a column and the id, with an index, see leadsmarket.lib.keyset. query: checked by a PageQuery. results: makes the
    entries of a page's rows. Raises InvalidInput for a cursor that is none of ours.
    """
    try:
        page = keyset_page(rows, order=order, cursor=query.get("cursor", ""), size=query["page_size"], is_strict=True)
    except BadCursor:
        raise InvalidInput(fields={"cursor": _("This is no cursor of this list.")}) from None
    parameters: QueryDict = request._request.GET
    next_url, previous_url = page.next_url(parameters), page.previous_url(parameters)
    return {
        "next": request.build_absolute_uri(next_url) if next_url else None,
        "previous": request.build_absolute_uri(previous_url) if previous_url else None,
        "results": list(results(page.rows)),
    }
