"""Two log-ins to one PostgreSQL database.

`default` is what pages, API and jobs use: a role that owns nothing and is under row level security.
`owner` owns the tables and runs migrations. Where only DATABASE_URL is given it is the owner's, and `default` assumes
the web role when it connects (not through PgBouncer: give both URLs there).
"""

import copy

import environ

WEB_ROLE = "leadsmarket_web"


def databases(env: environ.Env) -> dict[str, dict]:
    """Return DATABASES from DATABASE_URL and, where set, DATABASE_OWNER_URL."""
    web = env.db_url("DATABASE_URL")
    web["CONN_MAX_AGE"] = None
    web["CONN_HEALTH_CHECKS"] = True
    web["ATOMIC_REQUESTS"] = True
    web["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DATABASE_TRANSACTION_POOLING", default=False)

    owner = env.db_url("DATABASE_OWNER_URL") if env("DATABASE_OWNER_URL", default="") else copy.deepcopy(web)
    owner["CONN_MAX_AGE"] = 0
    owner["ATOMIC_REQUESTS"] = False

    web.setdefault("OPTIONS", {})
    web["OPTIONS"]["server_side_binding"] = True
    web["OPTIONS"].setdefault("connect_timeout", 5)
    if not env("DATABASE_OWNER_URL", default=""):
        web["OPTIONS"]["options"] = f"-c role={WEB_ROLE}"
    if env.bool("DATABASE_TRANSACTION_POOLING", default=False):
        web["OPTIONS"]["prepare_threshold"] = None
    return {"default": web, "owner": owner}
