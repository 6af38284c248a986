"""What keys and endpoints have in common: they belong to a merchant or to an influencer, never to both."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Influencer, Merchant


class OwnedByASide(models.Model):
    """A row of a merchant or of an influencer: exactly one of the two is set."""

    merchant = models.ForeignKey(
        Merchant, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("merchant"), db_index=False
    )
    influencer = models.ForeignKey(
        Influencer, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("influencer"), db_index=False
    )

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(merchant__isnull=False, influencer__isnull=True)
                | Q(merchant__isnull=True, influencer__isnull=False),
                name="%(class)s_of_one_side",
            ),
        ]
