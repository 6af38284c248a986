"""What leads can refuse, and which SQLSTATE or constraint of the database belongs to which."""

from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import InvalidInput, NotAllowed, NotFound, Refusal, register_refusal


class CampaignNotFound(NotFound):
    message = _("This campaign doesn't exist.")


class AgreementNotFound(NotFound):
    message = _("This agreement doesn't exist.")


class LeadNotFound(NotFound):
    message = _("This lead doesn't exist.")


class CampaignPaused(Refusal):
    """The campaign is not active, or its merchant's deposit is suspended."""

    code = "campaign_paused"
    message = _("This campaign is paused and takes no leads now.")


class CampaignCannotTakeLeads(Refusal):
    """The deposit cannot reserve this commission. The influencer learns that, never the balance."""

    code = "insufficient_deposit"
    status = 402
    message = _("This campaign can't take leads now. Please try again later.")


class DepositNotUsable(Refusal):
    """The deposit behind the campaign is suspended; the influencer reads the same sentence as for a small deposit."""

    code = "deposit_suspended"
    message = _("This campaign can't take leads now. Please try again later.")


class AgreementInactive(Refusal):
    """There is no active agreement with the merchant for this campaign."""

    code = "agreement_inactive"
    status = 403
    message = _("You have no active agreement for this campaign.")


class DuplicateLead(Refusal):
    """Same campaign, same phone or e-mail address, within 90 days."""

    code = "duplicate_lead"
    message = _("This contact was already submitted to this campaign in the last 90 days.")


class OwnContact(InvalidInput):
    """The contact is the influencer's own, or one of the merchant's team. Whose of the two is not told."""

    message = _("You can't submit your own contact, nor one of the merchant's team.")

    def __init__(self) -> None:
        super().__init__(fields={"customer_phone": self.message, "customer_email": self.message})


class ContactBlocked(InvalidInput):
    """The person objected to being submitted, or had their data erased lately. Neither, nor which of the two, is told."""

    message = _("This contact can't be submitted.")

    def __init__(self) -> None:
        super().__init__(fields={"customer_phone": self.message, "customer_email": self.message})


class LeadStillNeeded(Refusal):
    """A lead that is pending or being returned can't be erased yet."""

    message = _("A lead of this person is being returned. Decide the return first, then erase.")


class ProspectRequestNotOpen(Refusal):
    """Not confirmed yet, or answered already."""

    message = _("This request isn't open. The page shows its present state.")


class ProspectRequestNotFound(NotFound):
    message = _("This request doesn't exist.")


class LeadAlreadyDecided(Refusal):
    """Somebody or the nightly expiry decided this lead first."""

    message = _("This lead was already decided. Nothing was changed.")


class LeadNotValidated(Refusal):
    """An outcome belongs to a validated lead only."""

    message = _("Only a validated lead can be marked as converted or lost.")


class AgreementExists(Refusal):
    """There is an agreement, or a request for one, already."""

    message = _("There is already an agreement or a request for this campaign.")


class StepNotPossible(Refusal):
    """The campaign or agreement is in a state from which this step does not exist."""

    message = _("This step is not possible in the present state. The page shows it now.")


class EarningNotPossible(Refusal):
    """The lead earned nothing, or its earning is payable already."""

    message = _("This lead has no earning to make payable.")


class LeadNotReturnable(Refusal):
    """Only a validated lead, without an outcome, can be returned."""

    message = _("Only a validated lead whose outcome isn't told yet can be returned.")


class ReturnWindowOver(Refusal):
    """The merchant had seven days after the validation."""

    message = _("A return can be asked for within 7 days of the validation. That time is over.")


class LeadReturnExists(Refusal):
    """There is one request per lead, decided or not."""

    message = _("A return of this lead was asked for already.")


class LeadReturnDecided(Refusal):
    """Somebody decided this return first, the other way."""

    message = _("This return was already decided. Nothing was changed.")


class LeadReturnOpen(Refusal):
    """The outcome can't be told while the lead is being returned, nor afterwards."""

    message = _("A return of this lead was asked for, so its outcome can't be told.")


class LeadReturnNotFound(NotFound):
    message = _("This return doesn't exist.")


class NotTheMerchants(NotAllowed):
    message = _("Only the merchant can do this.")


class LeadDoesNotFit(Refusal):
    """Campaign, agreement and deposit changed meanwhile and don't go together."""

    message = _("The campaign changed meanwhile. Please try again.")


class LeadNotBooked(Refusal):
    """Found at the commit: the lead's state and its movement, decision or share don't go together. Only a fault gets here."""

    message = _("The lead could not be booked. Nothing was changed.")


register_refusal("LM020", DuplicateLead)
register_refusal("LM022", LeadAlreadyDecided)
register_refusal("LM023", EarningNotPossible)
register_refusal("LM024", StepNotPossible)
register_refusal("LM025", LeadDoesNotFit)
register_refusal("LM026", LeadNotBooked)
register_refusal("LM027", LeadStillNeeded)
register_refusal("earning_once_per_lead_and_kind", EarningNotPossible)
register_refusal("agreement_one_open_per_influencer_and_campaign", AgreementExists)
