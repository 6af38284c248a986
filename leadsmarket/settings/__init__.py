"""Settings: `base` holds all of them, one module per environment switches a few.

`LEADSMARKET_ENV` chooses: `production` (the default, so that a forgotten variable is the safe case), `local`, `test`.
"""

import os

_environment = os.environ.get("LEADSMARKET_ENV", "production")

if _environment == "production":
    from leadsmarket.settings.production import *  # noqa: F403
elif _environment == "test":
    from leadsmarket.settings.test import *  # noqa: F403
elif _environment == "local":
    from leadsmarket.settings.local import *  # noqa: F403
else:
    raise SystemExit(f"LEADSMARKET_ENV={_environment!r} is not one of production, local, test")
