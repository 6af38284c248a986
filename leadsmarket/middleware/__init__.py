"""Request middleware, in the order of leadsmarket/settings/base.py."""

from leadsmarket.middleware.actor import RowSecurityMiddleware, UserLanguageMiddleware
from leadsmarket.middleware.headers import PermissionsMiddleware, PrivatePagesMiddleware, StaffSitePolicyMiddleware
from leadsmarket.middleware.log_in import LoginSessionMiddleware, StaffSecondFactorMiddleware

__all__ = [
    "LoginSessionMiddleware",
    "PermissionsMiddleware",
    "PrivatePagesMiddleware",
    "RowSecurityMiddleware",
    "StaffSecondFactorMiddleware",
    "StaffSitePolicyMiddleware",
    "UserLanguageMiddleware",
]
