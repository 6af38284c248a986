"""The five alert levels as people see them. Which level a deposit has is decided by the SQL function deposit_alert_level."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AlertLevel(models.TextChoices):
    """From best to worst; product.md, "Alert levels"."""

    HEALTHY = "healthy", _("Healthy")
    ATTENTION = "attention", _("Attention")
    WARNING = "warning", _("Warning")
    CRITICAL = "critical", _("Critical")
    DEPLETED = "depleted", _("Depleted")


@dataclass(frozen=True, slots=True)
class LevelStyle:
    """How a level is shown: never by colour alone. icon: name in the icon sprite. advice: what to do now."""

    colour: str
    icon: str
    advice: str | Promise


LEVEL_STYLES: dict[str, LevelStyle] = {
    AlertLevel.HEALTHY: LevelStyle("#10b981", "circle-check", ""),
    AlertLevel.ATTENTION: LevelStyle("#f59e0b", "info-circle", _("A recharge is advised.")),
    AlertLevel.WARNING: LevelStyle("#f97316", "alert-triangle", _("Recharge soon.")),
    AlertLevel.CRITICAL: LevelStyle("#ef4444", "flame", _("New leads will soon be blocked: recharge now.")),
    AlertLevel.DEPLETED: LevelStyle(
        "#000000", "circle-x", _("New leads are blocked and campaigns paused: recharge now.")
    ),
}
