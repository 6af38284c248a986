"""What leads tells the apps above, inside the transaction of the change. Receivers write rows and nothing else.

lead_created: lead. A pending lead was stored and its commission reserved.
lead_decided: lead, decision (validated, rejected, converted, lost). Expiry is a rejection with reason `expired`.
campaign_status_changed: campaign, status_before, reason (manual, depleted, recharged, or empty).
agreement_status_changed: agreement, status_before (empty for a new one).
"""

from django.dispatch import Signal

lead_created = Signal()
lead_decided = Signal()
campaign_status_changed = Signal()
agreement_status_changed = Signal()
