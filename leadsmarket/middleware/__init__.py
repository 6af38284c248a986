"""Request middleware, in the order of leadsmarket/settings/base.py."""

from leadsmarket.middleware.actor import RowSecurityMiddleware, UserLanguageMiddleware
from leadsmarket.middleware.headers import PermissionsMiddleware, PrivatePagesMiddleware, StaffSitePolicyMiddleware
from leadsmarket.middleware.log_in import LoginSessionMiddleware, StaffSecondFactorMiddleware
from leadsmarket.middleware.requests import BodySizeMiddleware, ProbesMiddleware, RequestLogMiddleware

__all__ = [
    "BodySizeMiddleware",
    "LoginSessionMiddleware",
    "PermissionsMiddleware",
    "PrivatePagesMiddleware",
    "ProbesMiddleware",
    "RequestLogMiddleware",
    "RowSecurityMiddleware",
    "StaffSecondFactorMiddleware",
    "StaffSitePolicyMiddleware",
    "UserLanguageMiddleware",
]
