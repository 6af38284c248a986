"""Invented prospects: every one has an address and a number of their own, none of them real."""

import unicodedata
from dataclasses import dataclass

from leadsmarket.demo.chance import Chance

FIRST_NAMES = (
    "Amal", "Anas", "Asmae", "Ayman", "Aziza", "Badr", "Btissam", "Chaimae", "Driss", "Fadwa", "Fatima-Zahra", "Hajar",
    "Hicham", "Houda", "Ilham", "Ismaïl", "Jamila", "Karim", "Khadija", "Laïla", "Loubna", "Marouane", "Meriem", "Mounir",
    "Naïma", "Nabil", "Othmane", "Rachid", "Rania", "Saad", "Samira", "Sanae", "Siham", "Soufiane", "Tarik", "Walid",
    "Younes", "Zakaria", "Zineb",
)  # fmt: skip
LAST_NAMES = (
    "Abouzaid", "Ait Lahcen", "Amrani", "Belhaj", "Benjelil", "Bennouna", "Berrada", "Boutaleb", "Chafik", "Cherradi",
    "El Alaoui", "El Fassi", "El Ghazali", "El Khattabi", "El Mansouri", "Filali", "Guerraoui", "Haddad", "Idrissi",
    "Jabri", "Kabbaj", "Lahlou", "Lamrini", "Mernissi", "Naciri", "Ouazzani", "Raji", "Saidi", "Sebti", "Skalli", "Tahiri",
    "Tazi", "Yacoubi", "Zerhouni", "Ziani",
)  # fmt: skip
COMPANIES = (
    "Zellige Studio", "Palmeraie Négoce", "Café des Remparts", "Pharmacie du Jardin", "Menuiserie Cèdre Bleu",
    "Riad Les Trois Arches", "Oasis Logistique", "Cabinet dentaire Al Andalous", "Boulangerie du Port", "Argan & Fils",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """A prospect's name, e-mail address, phone (E.164) and company (mostly empty)."""

    name: str
    email: str
    phone: str
    company: str


def make_contact(chance: Chance, number: int) -> Contact:
    """Return the prospect with this number; no two numbers share an address or a phone."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    plain = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode()
    address = plain.lower().replace(" ", "").replace("-", "")
    company = chance.choice(COMPANIES) if chance.happens(0.15) else ""
    prefix = "+21260" if number % 2 else "+21270"
    return Contact(f"{first} {last}", f"{address}{number}@clients.test", f"{prefix}{number:07d}", company)
