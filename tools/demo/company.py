"""The tables of the demo company: the same for the same seed and the same day."""

import datetime
import random
from collections.abc import Iterator

from tools.demo import names

Rows = list[list[str]]
LANGUAGES = ("fa", "ar", "en")
COMPANIES, CONTACTS, DEALS, DAYS = 300, 2000, 1500, 365
PRODUCTS = (
    ("Wasl One", "One", "W1", "490"),
    ("Wasl Team", "Team", "WT", "1900"),
    ("Wasl Business", "Team", "WB", "5400"),
    ("Wasl Enterprise", "Enterprise", "WE", "26500"),
    ("پشتیبانی طلایی", "Service", "SG", "3200"),
    ("تدريب المستخدمين", "Service", "ST", "1250"),
)
TEAMS = (("Tehran", "Middle East"), ("Riyadh", "Middle East"), ("Berlin", "Europe"))
# Name, mailbox and team; the first of a team leads it.
AGENTS = (
    ("نگار احمدی", "negar.ahmadi", "Tehran"),
    ("آرش کریمی", "arash.karimi", "Tehran"),
    ("شیرین موسوی", "shirin.mousavi", "Tehran"),
    ("خالد الحربي", "khalid.alharbi", "Riyadh"),
    ("نورة القحطاني", "noura.alqahtani", "Riyadh"),
    ("Anna Müller", "anna.mueller", "Berlin"),
    ("Hugo Dubois", "hugo.dubois", "Berlin"),
)


def email(mailbox: str) -> str:
    """The address of a person of the demo company."""
    return f"{mailbox}@wasl.example"


def managers() -> dict[str, str]:
    """Team → address of who leads it."""
    return {team: email(mailbox) for _, mailbox, team in reversed(AGENTS)}


def people() -> Rows:
    """Name, address, team, role."""
    leading = set(managers().values())
    return [
        [
            name,
            email(mailbox),
            team,
            "salesManager" if email(mailbox) in leading else "salesRepresentative",
        ]
        for name, mailbox, team in AGENTS
    ]


def companies(rng: random.Random) -> Rows:
    """Name, industry, city, employees, revenue, owner's address."""
    rows: Rows = []
    for number, name in enumerate(_firm_names(rng)):
        language = LANGUAGES[number % 3]
        city, _ = rng.choice(names.CITIES[language])
        employees = int(rng.lognormvariate(4, 1.4)) + 2
        revenue = employees * rng.randint(40, 160) * 1000
        owner = email(rng.choice(AGENTS)[1])
        rows.append([name, rng.choice(names.INDUSTRIES), city, str(employees), str(revenue), owner])
    return rows


def contacts(rng: random.Random, firms: Rows) -> Rows:
    """Given name, family name, title, company, address, phone, city, country, language, stage."""
    rows: Rows = []
    stages = ("LEAD", "PROSPECT", "CUSTOMER", "CUSTOMER", "PARTNER")
    for number in range(CONTACTS):
        index = rng.randrange(len(firms))
        language = LANGUAGES[index % 3]
        given, family = _person(rng, language)
        city, country = rng.choice(names.CITIES[language])
        digits = 6 if language == "en" else 7
        rows.append(
            [
                given,
                family,
                rng.choice(names.TITLES[language]),
                firms[index][0],
                f"person{number}@firm{index}.example",
                names.PHONES[language].format(rng.randrange(10 ** (digits - 1), 10**digits)),
                city,
                country,
                language,
                rng.choice(stages),
                firms[index][5],
            ]
        )
    return rows


def deals(rng: random.Random, firms: Rows, today: datetime.date) -> Rows:
    """Number, name, company, owner, product, stage, engage date, close date, amount."""
    rows: Rows = []
    for number in range(DEALS):
        firm = rng.choice(firms)
        product = rng.choices(PRODUCTS, weights=(30, 28, 18, 6, 10, 8))[0]
        engaged = today - datetime.timedelta(days=rng.randrange(DAYS))
        closed = engaged + datetime.timedelta(days=int(rng.gammavariate(2.2, 22)) + 1)
        price = int(product[3]) * rng.uniform(0.8, 1.15)
        if closed <= today:
            stage = rng.choices(("Won", "Lost"), weights=(58, 42))[0]
        else:
            stage = rng.choice(("Prospecting", "Qualification", "Engaging", "Negotiation"))
        rows.append(
            [
                f"D-{number + 1:05}",
                f"{product[0]} – {firm[0]}",
                firm[0],
                firm[5],
                product[0],
                stage,
                "" if stage == "Prospecting" else engaged.isoformat(),
                closed.isoformat(),
                "0" if stage == "Lost" else f"{price:.2f}",
            ]
        )
    return rows


def _person(rng: random.Random, language: str) -> tuple[str, str]:
    given, family = {
        "fa": (names.PERSIAN_GIVEN, names.PERSIAN_FAMILY),
        "ar": (names.ARABIC_GIVEN, names.ARABIC_FAMILY),
        "en": (names.LATIN_GIVEN, names.LATIN_FAMILY),
    }[language]
    return rng.choice(given), rng.choice(family)


def _firm_names(rng: random.Random) -> Iterator[str]:
    words = {
        "fa": (names.PERSIAN_FIRMS, names.PERSIAN_TRADES, "{trade} {firm}"),
        "ar": (names.ARABIC_FIRMS, names.ARABIC_TRADES, "شركة {firm} {trade}"),
        "en": (names.LATIN_FIRMS, names.LATIN_TRADES, "{firm} {trade}"),
    }
    seen: set[str] = set()
    while len(seen) < COMPANIES:
        firms, trades, pattern = words[LANGUAGES[len(seen) % 3]]
        name = pattern.format(firm=rng.choice(firms), trade=rng.choice(trades))
        if name in seen:
            name = f"{name} {rng.randrange(2, 99)}"
        if name not in seen:
            seen.add(name)
            yield name
