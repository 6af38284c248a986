"""Invented influencers and their agreements, in every state."""

from decimal import Decimal

from leads.models.agreements import QUALITY_REASON
from leads.services.agreements import AgreementTerms
from leadsmarket.demo.catalogue.plans import INFLUENCER_EMAIL, AgreementPlan, InfluencerPlan


def _share(percentage: str) -> AgreementTerms:
    return AgreementTerms(commission_percentage=Decimal(percentage))


INFLUENCERS = (
    InfluencerPlan(
        "salma", INFLUENCER_EMAIL, "Salma Déco & Maison", 0.72, 7.9, ("instagram", "whatsapp", "tiktok"), 1.4
    ),
    InfluencerPlan("yassine", "yassine@influence.test", "Yassine Bricole", 0.66, 7.2, ("tiktok", "facebook"), 1.2),
    InfluencerPlan("imane", "imane@influence.test", "Imane au quotidien", 0.7, 7.6, ("instagram", "facebook")),
    InfluencerPlan("omar", "omar@influence.test", "Omar Chantiers", 0.6, 6.8, ("facebook", "whatsapp", "direct")),
    InfluencerPlan("lamia", "lamia@influence.test", "Lamia Parle Langues", 0.74, 8.2, ("instagram", "other")),
    InfluencerPlan("hamza", "hamza@influence.test", "Hamza Study", 0.63, 7.0, ("tiktok", "instagram")),
    InfluencerPlan("ghita", "ghita@influence.test", "Ghita Beauté", 0.68, 7.7, ("instagram", "tiktok"), 1.1),
    InfluencerPlan("reda", "reda@influence.test", "Réda Business", 0.61, 6.9, ("whatsapp", "direct", "other")),
    InfluencerPlan("nadia", "nadia@influence.test", "Nadia Bons Plans", 0.38, 4.6, ("facebook", "whatsapp"), 0.7),
    InfluencerPlan("ayoub", "ayoub@influence.test", "Ayoub Conduite", 0.65, 7.1, ("tiktok", "whatsapp"), 0.9, 270),
    InfluencerPlan("kenza", "kenza@influence.test", "Kenza Jardin", 0.69, 7.5, ("instagram", "direct"), 0.9, 340),
    InfluencerPlan("mehdi", "mehdi@influence.test", "Mehdi Tech", 0.5, 6.5, ("other",), 0.5, 9),
)

AGREEMENTS = (
    AgreementPlan("salma", "atlas", "cuisine", weight=1.6),
    AgreementPlan("salma", "atlas", "clim", since=298, weight=1.4, terms=_share("35")),
    AgreementPlan("salma", "lingua", "anglais", since=210, weight=0.8),
    AgreementPlan("salma", "academy", "web", since=160, weight=0.8),
    AgreementPlan(
        "salma",
        "nour",
        "",
        "pending",
        since=2,
        is_invitation=True,
        terms=_share("32"),
        message="Vos abonnées sont nos clientes.",
    ),
    AgreementPlan(
        "salma", "rifconseil", "creation", "pending", since=1, message="Plusieurs abonnés me demandent un bon cabinet."
    ),
    AgreementPlan("yassine", "atlas", weight=1.4),
    AgreementPlan("imane", "atlas", since=340, terms=AgreementTerms(auto_payment=False)),
    AgreementPlan("omar", "atlas", since=300, terms=AgreementTerms(quality_threshold=Decimal("5.00"))),
    AgreementPlan("kenza", "atlas", "bain", since=150, weight=0.7, terms=AgreementTerms(requires_validation=False)),
    AgreementPlan(
        "nadia",
        "atlas",
        "",
        "suspended",
        since=320,
        until=95,
        weight=0.8,
        reason=QUALITY_REASON,
        terms=AgreementTerms(quality_threshold=Decimal("5.00")),
    ),
    AgreementPlan("reda", "atlas", "peinture", "terminated", since=285, until=172, reason="Offre terminée."),
    AgreementPlan(
        "mehdi", "atlas", "clim", "pending", since=1, message="Ma communauté suit surtout les économies d'énergie."
    ),
    AgreementPlan("lamia", "lingua", weight=1.5),
    AgreementPlan("hamza", "lingua", since=330),
    AgreementPlan("imane", "lingua", "anglais", since=250, weight=0.6),
    AgreementPlan("ghita", "nour", since=335, weight=1.5, terms=_share("40")),
    AgreementPlan("imane", "nour", since=300),
    AgreementPlan("reda", "rifconseil", since=345, weight=1.3),
    AgreementPlan("hamza", "rifconseil", since=330, weight=0.6),
    AgreementPlan("ayoub", "boughaz", since=256),
    AgreementPlan("yassine", "boughaz", since=240, weight=0.6),
    AgreementPlan("hamza", "academy", since=325),
    AgreementPlan("lamia", "academy", since=300, weight=0.7),
    AgreementPlan("kenza", "souss", since=315, weight=1.2),
    AgreementPlan("omar", "souss", since=300),
    AgreementPlan(
        "ghita", "oriental", "", "pending", since=2, is_invitation=True, message="Nous ouvrons nos réservations."
    ),
)
