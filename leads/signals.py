"""What leads tells the apps above, inside the transaction of the change. Receivers write rows and nothing else.

lead_created: lead. A pending lead was stored and its commission reserved.
lead_decided: lead, decision (validated, rejected, converted, lost), by a person. leads_expired: lead_ids (a list), rejected
    with reason `expired` in one batch.
campaign_status_changed: campaign, status_before, reason (manual, depleted, recharged, or empty).
lead_return_asked, lead_return_decided: lead_return (accepted or refused, with its lead).
prospect_erased: lead_ids (their contacts are erased), contacts (the texts that were erased, to be found in messages).
contacts_aged_out: before. Contacts of leads made before that time are erased; messages of that age may name them.
agreement_status_changed: agreement, status_before (empty for a new one).
"""

from django.dispatch import Signal

lead_created = Signal()
lead_decided = Signal()
leads_expired = Signal()
campaign_status_changed = Signal()
agreement_status_changed = Signal()
lead_return_asked = Signal()
lead_return_decided = Signal()
prospect_erased = Signal()
contacts_aged_out = Signal()
