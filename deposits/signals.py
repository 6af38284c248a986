"""What deposits tells the apps above, inside the transaction of the change. Receivers write rows and nothing else.

level_changed: deposit_id, merchant_id, level_before, level_after, status_before, status_after. A movement (or a change of the
    smallest commission) took the deposit to another alert level or status.
deposit_opened: deposit_id, merchant_id, campaign_id (None for the general deposit).
"""

from django.dispatch import Signal

level_changed = Signal()
deposit_opened = Signal()
