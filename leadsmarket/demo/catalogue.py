"""Who and what the demonstration shows: invented companies, people, campaigns and agreements, as plain data."""

from dataclasses import dataclass, field
from decimal import Decimal

from leads.services.agreements import AgreementTerms
from leads.services.campaigns import DEFAULT_TERMS, CampaignTerms

OWNER_EMAIL = "marchand@demo.test"
INFLUENCER_EMAIL = "influenceur@demo.test"
STAFF_EMAIL = "staff@demo.test"


@dataclass(frozen=True, slots=True)
class DepositPlan:
    """How a deposit was fed. Amounts in MAD.

    Recharges of `recharge` come when less than `floor` would stay available, as many as bring the balance near `target`
    today. recharge 0: never recharged, so that leads are refused once the money is gone.
    """

    opening: int
    recharge: int = 0
    floor: int = 0
    target: int = 0
    suspended: bool = False
    awaiting_payment: bool = False


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign: leads per year, the days ago between which decided ones came, the pending ones of today, and its terms.

    values: the usual estimated values in MAD. peak_months: the months with half as many leads again.
    """

    key: str
    name: str
    service: str
    description: str
    yearly_leads: int
    values: tuple[int, int]
    notes: tuple[str, ...]
    started: int = 355
    ended: int = 0
    status: str = "active"
    pause_reason: str = ""
    pending: int = 0
    peak_months: tuple[int, ...] = ()
    terms: CampaignTerms = DEFAULT_TERMS
    deposit: DepositPlan | None = None


@dataclass(frozen=True, slots=True)
class MerchantPlan:
    """A company with its team (the owner first), its general deposit and its campaigns."""

    key: str
    name: str
    city: str
    address: str
    team: tuple[str, ...]
    joined: int
    deposit: DepositPlan
    campaigns: tuple[CampaignPlan, ...]


@dataclass(frozen=True, slots=True)
class InfluencerPlan:
    """An influencer: how good the leads are (share validated, mean score) and the usual sources, best first."""

    key: str
    email: str
    display_name: str
    validated_share: float
    mean_score: float
    sources: tuple[str, ...]
    weight: float = 1.0
    joined: int = 362


@dataclass(frozen=True, slots=True)
class AgreementPlan:
    """An influencer's agreement with a merchant (campaign empty: for all), in force between two numbers of days ago."""

    influencer: str
    merchant: str
    campaign: str = ""
    status: str = "active"
    since: int = 358
    until: int = 0
    is_invitation: bool = False
    message: str = ""
    reason: str = ""
    weight: float = 1.0
    terms: AgreementTerms = field(default_factory=AgreementTerms)


def _terms(rate: str, fixed: str, threshold: str, hours: int = 72, minimum: str = "50") -> CampaignTerms:
    return CampaignTerms(
        percentage_commission_rate=Decimal(rate),
        fixed_commission_amount=Decimal(fixed),
        commission_threshold=Decimal(threshold),
        minimum_estimated_value=Decimal(minimum),
        lead_expiry_hours=hours,
    )


def _share(percentage: str) -> AgreementTerms:
    return AgreementTerms(commission_percentage=Decimal(percentage))


MERCHANTS = (
    MerchantPlan(
        "atlas",
        "Atlas Confort Habitat",
        "Casablanca",
        "14, rue des Tisserands, Maârif",
        (OWNER_EMAIL, "commercial@atlas-confort.test", "chantier@atlas-confort.test"),
        364,
        DepositPlan(opening=10000, recharge=5000, floor=2300, target=4100),
        (
            CampaignPlan(
                "cuisine",
                "Cuisine sur mesure",
                "Rénovation de cuisine",
                "Conception, fabrication et pose de cuisines à Casablanca et environs. Devis gratuit sous 48 heures.",
                420,
                (350, 2600),
                ("Cuisine en L, environ 9 m²", "Veut un devis avant la fin du mois", "Appartement neuf à Bouskoura"),
                pending=7,
                peak_months=(3, 4, 9, 10),
            ),
            CampaignPlan(
                "bain",
                "Salle de bain clé en main",
                "Rénovation de salle de bain",
                "Dépose, plomberie, carrelage et pose, avec un seul interlocuteur.",
                260,
                (300, 1800),
                ("Douche à l'italienne", "Remplacer la baignoire", "Disponible le samedi"),
                pending=4,
                peak_months=(4, 9),
            ),
            CampaignPlan(
                "clim",
                "Climatisation réversible",
                "Climatisation",
                "Fourniture et pose de climatiseurs muraux et gainables, entretien annuel compris.",
                330,
                (500, 3200),
                ("Deux chambres et un salon", "Villa, étage à climatiser", "Entretien de trois appareils"),
                pending=3,
                peak_months=(6, 7, 8),
                terms=_terms("8", "120", "1500", hours=48, minimum="100"),
                deposit=DepositPlan(opening=5000, recharge=2000, floor=2700, target=3800),
                started=300,
            ),
            CampaignPlan(
                "isolation",
                "Étanchéité et isolation",
                "Isolation de toiture",
                "Terrasses et façades : étanchéité garantie dix ans.",
                110,
                (600, 4000),
                ("Terrasse de 80 m²", "Infiltrations au plafond"),
                started=330,
                ended=60,
                status="paused",
                pause_reason="manual",
            ),
            CampaignPlan(
                "peinture",
                "Peinture de printemps",
                "Peinture intérieure",
                "Offre de saison terminée : peinture de deux pièces au prix d'une.",
                120,
                (150, 900),
                ("Deux pièces à repeindre", "Couleurs à choisir sur place"),
                started=290,
                ended=170,
                status="ended",
            ),
            CampaignPlan(
                "domotique",
                "Maison connectée",
                "Domotique",
                "En préparation : éclairage, volets et alarme pilotés par téléphone.",
                0,
                (500, 2000),
                (),
                started=12,
                status="draft",
            ),
        ),
    ),
    MerchantPlan(
        "lingua",
        "Lingua Bouregreg",
        "Rabat",
        "3, avenue des Orangers, Agdal",
        ("direction@lingua-bouregreg.test", "accueil@lingua-bouregreg.test"),
        363,
        DepositPlan(opening=10000, recharge=2000, floor=6400, target=7600),
        (
            CampaignPlan(
                "anglais",
                "Anglais pour adultes",
                "Cours de langue",
                "Cours du soir et du week-end, petits groupes, test de niveau offert.",
                260,
                (200, 1400),
                ("Niveau A2 estimé", "Cours du soir seulement", "Préparation d'un entretien"),
                pending=3,
                peak_months=(1, 9, 10),
            ),
            CampaignPlan(
                "francais",
                "Français professionnel",
                "Cours de langue",
                "Écrit et oral pour le travail ; formations en entreprise possibles.",
                150,
                (250, 2400),
                ("Pour une équipe de six personnes", "Rédaction d'e-mails"),
                pending=2,
                peak_months=(1, 9),
                terms=_terms("12", "150", "1250"),
            ),
            CampaignPlan(
                "espagnol",
                "Espagnol intensif d'été",
                "Cours de langue",
                "Quatre semaines en juillet ; reprend l'été prochain.",
                90,
                (300, 1100),
                ("Départ à l'étranger en septembre",),
                started=200,
                ended=110,
                status="ended",
                peak_months=(6, 7),
            ),
        ),
    ),
    MerchantPlan(
        "nour",
        "Institut Nour Esthétique",
        "Marrakech",
        "27, rue du Jasmin, Guéliz",
        ("contact@institut-nour.test",),
        340,
        DepositPlan(opening=8000, recharge=2000, floor=700, target=1200),
        (
            CampaignPlan(
                "laser",
                "Épilation laser",
                "Esthétique",
                "Forfaits de six séances, première consultation gratuite.",
                190,
                (250, 1500),
                ("Première consultation souhaitée", "Préfère le mercredi"),
                started=330,
                pending=2,
                peak_months=(2, 3, 4, 5),
            ),
            CampaignPlan(
                "visage",
                "Soins du visage",
                "Esthétique",
                "Hydratation, éclat, soins de mariage.",
                140,
                (80, 700),
                ("Mariage dans deux mois", "Peau sensible"),
                started=320,
                pending=2,
                peak_months=(6, 7, 8),
            ),
        ),
    ),
    MerchantPlan(
        "rifconseil",
        "Cabinet Détroit Conseil",
        "Tanger",
        "9, boulevard du Phare",
        ("associes@detroit-conseil.test", "collaborateur@detroit-conseil.test"),
        350,
        DepositPlan(opening=6000, recharge=2000, floor=150, target=450),
        (
            CampaignPlan(
                "fiscal",
                "Conseil fiscal aux PME",
                "Conseil fiscal",
                "Déclarations, optimisation et assistance en cas de contrôle.",
                120,
                (400, 5000),
                ("SARL, huit salariés", "Contrôle annoncé", "Première déclaration"),
                started=340,
                pending=1,
                peak_months=(1, 2, 3),
                terms=_terms("10", "100", "1000"),
            ),
            CampaignPlan(
                "creation",
                "Création d'entreprise",
                "Conseil juridique",
                "Statuts, immatriculation, domiciliation : tout en dix jours.",
                130,
                (300, 2500),
                ("SARL à associé unique", "Auto-entrepreneur qui change de statut"),
                started=330,
                pending=1,
            ),
            CampaignPlan(
                "paie",
                "Externalisation de la paie",
                "Paie",
                "Bulletins et déclarations sociales pour moins de 50 salariés.",
                60,
                (500, 3000),
                ("Douze salariés",),
                started=250,
                ended=40,
                status="paused",
                pause_reason="manual",
            ),
        ),
    ),
    MerchantPlan(
        "boughaz",
        "Auto-École Le Bon Virage",
        "Tétouan",
        "2, place de la Fontaine",
        ("moniteur@bon-virage.test",),
        260,
        DepositPlan(opening=4000),
        (
            CampaignPlan(
                "permis",
                "Permis B accéléré",
                "Auto-école",
                "Code et conduite en six semaines, facilités de paiement.",
                150,
                (150, 600),
                ("A déjà le code", "Disponible le matin", "Deuxième passage"),
                started=250,
                status="paused",
                pause_reason="depleted",
                peak_months=(6, 7, 8),
                terms=_terms("10", "80", "0"),
            ),
        ),
    ),
    MerchantPlan(
        "academy",
        "Fès Numérique Academy",
        "Fès",
        "Immeuble Al Qalam, route d'Imouzzer",
        ("campus@fes-numerique.test", "admissions@fes-numerique.test"),
        330,
        DepositPlan(opening=5000, recharge=2000, floor=1900, target=2400),
        (
            CampaignPlan(
                "web",
                "Formation développeur web",
                "Formation numérique",
                "Six mois, projets réels, aide à l'embauche.",
                120,
                (400, 1800),
                ("Reconversion", "Demande un financement", "Étudiant en deuxième année"),
                started=320,
                ended=5,
                pending=40,
                peak_months=(1, 9),
                terms=_terms("10", "80", "0", hours=168),
            ),
            CampaignPlan(
                "marketing",
                "Marketing digital",
                "Formation numérique",
                "Douze samedis pour lancer ses campagnes.",
                80,
                (300, 1200),
                ("Gère une boutique en ligne",),
                started=310,
                ended=20,
                status="paused",
                pause_reason="manual",
                terms=_terms("10", "80", "0", hours=168),
            ),
        ),
    ),
    MerchantPlan(
        "souss",
        "Souss Piscines et Jardins",
        "Agadir",
        "Km 5, route de l'Oasis",
        ("gerance@souss-piscines.test",),
        320,
        DepositPlan(opening=5000, recharge=2000, floor=1500, target=3200, suspended=True),
        (
            CampaignPlan(
                "piscine",
                "Entretien de piscine",
                "Piscine",
                "Contrat annuel ou remise en eau de printemps.",
                130,
                (200, 1600),
                ("Piscine de 8 x 4 m", "Eau verte depuis une semaine"),
                started=310,
                ended=6,
                peak_months=(5, 6, 7),
            ),
            CampaignPlan(
                "jardin",
                "Aménagement de jardin",
                "Jardin",
                "Plantation, arrosage automatique, allées.",
                90,
                (300, 3500),
                ("Villa récente", "Gazon à refaire"),
                started=300,
                ended=6,
                peak_months=(3, 4, 10),
            ),
        ),
    ),
    MerchantPlan(
        "oriental",
        "Saveurs de l'Oriental Traiteur",
        "Oujda",
        "18, rue des Amandiers",
        ("cuisine@saveurs-oriental.test",),
        4,
        DepositPlan(opening=5000, awaiting_payment=True),
        (
            CampaignPlan(
                "mariage",
                "Traiteur de mariage",
                "Traiteur",
                "Menus de 100 à 600 personnes, service et vaisselle compris.",
                0,
                (1000, 9000),
                (),
                started=3,
                peak_months=(6, 7, 8),
            ),
        ),
    ),
)

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
        reason="Note moyenne sous le seuil de qualité.",
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
