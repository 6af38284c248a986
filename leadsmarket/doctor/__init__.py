"""`manage.py doctor`: looks at everything that the platform needs, and says what to do.

This package looks at what all apps share; the apps' own checks are in their `health` modules (leadsmarket.lib.health).
"""
