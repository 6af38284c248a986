"""The pages that belong to no app: the landing page and the terms."""

from decimal import Decimal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

# The worked examples of product.md, "Commission", with the terms that a new campaign has.
PRICE_EXAMPLES = (
    {"value": Decimal("600.00"), "commission": Decimal("60.00"), "share": Decimal("18.00")},
    {"value": Decimal("800.00"), "commission": Decimal("80.00"), "share": Decimal("24.00")},
    {"value": Decimal("1500.00"), "commission": Decimal("80.00"), "share": Decimal("24.00")},
)


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Say what the product is; somebody logged in goes straight to their work."""
    if request.user.is_authenticated:
        return redirect("admin:index" if request.user.is_staff else "dashboard")
    amounts = {
        "threshold": Decimal("800.00"),
        "fixed_commission": Decimal("80.00"),
        "minimum_deposit": Decimal("2000.00"),
        "minimum_recharge": Decimal("500.00"),
    }
    return render(request, "leadsmarket/landing.html", {"examples": PRICE_EXAMPLES, **amounts})


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Show the terms of use and how personal data are protected (law 09-08)."""
    return render(request, "leadsmarket/terms.html", {"cndp_receipt_number": settings.CNDP_RECEIPT_NUMBER})
