"""The roles that come with Wasl, one for each kind of work in a department.

They cannot be changed; who needs another one copies it. Patterns such as `leads.*` speak of
services that may not be there: they grant nothing until they are.
"""
# name: escaped, because these are the records of one resource, not its rules

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

OWN, TEAM, SUBTREE, ALL = "OWN", "TEAM", "SUBTREE", "ALL"
Grant = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ReadyMadeRole:
    """A role as it is made by `migrate`."""

    id: str
    key: str
    label: Mapping[str, str]
    description: Mapping[str, str]
    grants: tuple[Grant, ...]
    # Groups of fields that it does not show.
    hides: tuple[str, ...] = ()


def _id(number: int) -> str:
    # The same in every installation, so that configuration can name them.
    return f"01900000-0000-7000-8001-{number:012}"


ADMINISTRATOR_ID, EMPLOYEE_ID = _id(1), _id(10)


def _may(collection: str, verbs: str, scope: str = ALL) -> tuple[Grant, ...]:
    return tuple((f"{collection}.{verb}", scope) for verb in verbs.split())


_READ = "get list"
_WRITE = "create update delete undelete"

# The directory, and what is one's own: saved views, and one's own record as an employee.
_EVERYBODY: tuple[Grant, ...] = (
    *_may("identity.users", _READ),
    *_may("identity.teams", _READ),
    *_may("identity.views", f"{_READ} {_WRITE}"),
    ("hr.*", OWN),
)
# What the records of the sales departments are described with.
_DESCRIPTIONS: tuple[Grant, ...] = (
    *_may("contacts.customFields", _READ),
    *_may("sales.customFields", _READ),
    *_may("sales.products", _READ),
    *_may("sales.pipelines", _READ),
)


def _jobs(services: Iterable[str], scope: str) -> tuple[Grant, ...]:
    """Imports, and how far they have come."""
    return tuple(
        grant
        for service in services
        for grant in (
            *_may(f"{service}.jobs", f"{_READ} cancel", scope),
            *_may(f"{service}.imports", "preview"),
        )
    )


def _shares(services: Iterable[str], scope: str) -> tuple[Grant, ...]:
    return tuple(
        grant
        for service in services
        for grant in _may(f"{service}.shares", "list create delete", scope)
    )


def _records(collections: Iterable[str], *, reads: str, writes: str) -> tuple[Grant, ...]:
    """Reads records in one scope and writes them in another."""
    return tuple(
        grant
        for collection in collections
        for grant in (
            *_may(collection, f"{_READ} export", reads),
            *_may(collection, f"{_WRITE} import", writes),
        )
    )


_PEOPLE = ("contacts.contacts", "contacts.companies")
_DEALS = ("sales.opportunities",)
_SELLING = ("contacts", "sales")

READY_MADE_ROLES: tuple[ReadyMadeRole, ...] = (
    ReadyMadeRole(
        id=ADMINISTRATOR_ID,
        key="administrator",
        label={"en": "Administrator", "ar": "مدير النظام", "fa": "مدیر سامانه"},
        description={
            "en": "Everything, including roles, sign-in and the audit log.",
            "ar": "كل الصلاحيات، ومنها الأدوار وتسجيل الدخول وسجل التدقيق.",
            "fa": "دسترسی کامل، از جمله نقش‌ها، ورود و گزارش ممیزی.",
        },
        grants=(("*", ALL),),
    ),
    ReadyMadeRole(
        id=_id(2),
        key="operations",
        label={"en": "Operations", "ar": "العمليات", "fa": "عملیات"},
        description={
            "en": "Keeps the suite in order: all records, custom fields, people, teams, API keys.",
            "ar": "ينظّم المنظومة: جميع السجلات والحقول المخصصة والأشخاص والفرق ومفاتيح API.",
            "fa": "سامانه را سامان می‌دهد: همهٔ رکوردها، فیلدهای سفارشی، افراد، تیم‌ها و کلیدهای API.",
        },
        grants=(
            *_EVERYBODY,
            *((f"{service}.*", ALL) for service in ("contacts", "sales", "reporting", "leads")),
            *((f"{service}.*", ALL) for service in ("marketing", "support", "workflow")),
            *((f"identity.{collection}.*", ALL) for collection in ("users", "teams", "apiKeys")),
            *((f"identity.{collection}.*", ALL) for collection in ("views", "jobs", "imports")),
            *_may("identity.roles", _READ),
            *_may("identity.permissions", "list"),
            *_may("identity.access", "explain"),
        ),
    ),
    ReadyMadeRole(
        id=_id(3),
        key="salesRepresentative",
        label={"en": "Sales representative", "ar": "مندوب مبيعات", "fa": "کارشناس فروش"},
        description={
            "en": "Works on their own customers and deals, and sees those of the team.",
            "ar": "يعمل على عملائه وصفقاته ويطّلع على عملاء فريقه وصفقاته.",
            "fa": "روی مشتریان و معامله‌های خود کار می‌کند و مال تیم را می‌بیند.",
        },
        grants=(
            *_EVERYBODY,
            *_DESCRIPTIONS,
            *_records((*_PEOPLE, *_DEALS), reads=TEAM, writes=OWN),
            *_may("sales.opportunities", "win lose reopen", OWN),
            *_shares(_SELLING, OWN),
            *_jobs(_SELLING, OWN),
            *_may("reporting.reports", "run export", OWN),
            ("leads.*", OWN),
        ),
    ),
    ReadyMadeRole(
        id=_id(4),
        key="salesManager",
        label={"en": "Sales manager", "ar": "مدير مبيعات", "fa": "مدیر فروش"},
        description={
            "en": "Leads teams: all customers, deals and figures of theirs and of the teams below.",
            "ar": "يقود الفرق: جميع عملائها وصفقاتها وأرقامها وما تحتها من فرق.",
            "fa": "تیم‌ها را رهبری می‌کند: همهٔ مشتریان، معامله‌ها و ارقام آن‌ها و تیم‌های زیرمجموعه.",
        },
        grants=(
            *_EVERYBODY,
            *_DESCRIPTIONS,
            *_records((*_PEOPLE, *_DEALS), reads=SUBTREE, writes=SUBTREE),
            *_may("sales.opportunities", "win lose reopen", SUBTREE),
            *_shares(_SELLING, SUBTREE),
            *_jobs(_SELLING, SUBTREE),
            *_may("reporting.reports", "run export", SUBTREE),
            ("leads.*", SUBTREE),
        ),
    ),
    ReadyMadeRole(
        id=_id(5),
        key="leadQualifier",
        label={"en": "Lead qualifier", "ar": "مؤهِّل العملاء المحتملين", "fa": "ارزیاب سرنخ"},
        description={
            "en": "Finds out which leads are worth a deal and hands them over.",
            "ar": "يتبيّن أي العملاء المحتملين يستحق صفقة ويسلّمه إلى المبيعات.",
            "fa": "می‌سنجد کدام سرنخ ارزش معامله دارد و آن را به فروش می‌سپارد.",
        },
        grants=(
            *_EVERYBODY,
            *_DESCRIPTIONS,
            *_records(_PEOPLE, reads=TEAM, writes=OWN),
            *_may("sales.opportunities", f"{_READ} create update", OWN),
            *_jobs(("contacts",), OWN),
            ("leads.*", TEAM),
        ),
    ),
    ReadyMadeRole(
        id=_id(6),
        key="marketer",
        label={"en": "Marketer", "ar": "مسؤول التسويق", "fa": "کارشناس بازاریابی"},
        description={
            "en": "Runs campaigns for everybody in the address book; deals without their amounts.",
            "ar": "يدير الحملات لكل من في دفتر العناوين، ويرى الصفقات دون مبالغها.",
            "fa": "برای همهٔ مخاطبان کمپین اجرا می‌کند؛ معامله‌ها را بدون مبلغ می‌بیند.",
        },
        grants=(
            *_EVERYBODY,
            *_DESCRIPTIONS,
            *_records(_PEOPLE, reads=ALL, writes=OWN),
            *_may("sales.opportunities", _READ),
            *_jobs(("contacts",), OWN),
            *_may("leads.leads", f"{_READ} export"),
            ("marketing.*", ALL),
        ),
        hides=("sales.amounts",),
    ),
    ReadyMadeRole(
        id=_id(7),
        key="supportAgent",
        label={"en": "Support agent", "ar": "موظف دعم", "fa": "کارشناس پشتیبانی"},
        description={
            "en": "Answers the tickets of the team; sees every customer, but no amounts.",
            "ar": "يجيب عن تذاكر فريقه، ويرى كل العملاء دون المبالغ.",
            "fa": "به تیکت‌های تیم پاسخ می‌دهد؛ همهٔ مشتریان را می‌بیند، اما مبلغ‌ها را نه.",
        },
        grants=(
            *_EVERYBODY,
            *_DESCRIPTIONS,
            *(grant for collection in _PEOPLE for grant in _may(collection, _READ)),
            *_may("contacts.contacts", "create update", OWN),
            *_may("sales.opportunities", _READ),
            ("support.*", TEAM),
        ),
        hides=("sales.amounts",),
    ),
    ReadyMadeRole(
        id=_id(8),
        key="supportManager",
        label={"en": "Support manager", "ar": "مدير الدعم", "fa": "مدیر پشتیبانی"},
        description={
            "en": "Leads the support teams and keeps customers' records right; sees no amounts.",
            "ar": "يقود فرق الدعم ويصحّح سجلات العملاء دون أن يرى المبالغ.",
            "fa": "تیم‌های پشتیبانی را رهبری و رکورد مشتریان را درست می‌کند؛ مبلغ‌ها را نمی‌بیند.",
        },
        grants=(
            *_EVERYBODY,
            *_DESCRIPTIONS,
            *(grant for collection in _PEOPLE for grant in _may(collection, f"{_READ} export")),
            *(grant for collection in _PEOPLE for grant in _may(collection, "create update")),
            *_may("sales.opportunities", _READ),
            *_may("reporting.reports", "run", SUBTREE),
            ("support.*", SUBTREE),
        ),
        hides=("sales.amounts",),
    ),
    ReadyMadeRole(
        id=_id(9),
        key="hrOfficer",
        label={"en": "HR officer", "ar": "مسؤول الموارد البشرية", "fa": "مسئول منابع انسانی"},
        description={
            "en": "Keeps the records of the people who work here.",
            "ar": "يتولى سجلات العاملين في المؤسسة.",
            "fa": "پروندهٔ کارکنان را نگه می‌دارد.",
        },
        grants=(*_EVERYBODY, *_may("identity.users", "export"), ("hr.*", ALL)),
    ),
    ReadyMadeRole(
        id=EMPLOYEE_ID,
        key="employee",
        label={"en": "Employee", "ar": "موظف", "fa": "کارمند"},
        description={
            "en": "The directory of people and teams, and what is one's own.",
            "ar": "دليل الأشخاص والفرق وما يخص الموظف نفسه.",
            "fa": "فهرست افراد و تیم‌ها و آنچه مال خود شخص است.",
        },
        grants=_EVERYBODY,
    ),
    ReadyMadeRole(
        id=_id(11),
        key="analyst",
        label={"en": "Analyst", "ar": "محلل بيانات", "fa": "تحلیل‌گر"},
        description={
            "en": "Reads all records and runs all reports; changes nothing, sees no profiles.",
            "ar": "يقرأ جميع السجلات ويشغّل جميع التقارير، دون تغيير ودون الملفات الشخصية.",
            "fa": "رکوردها را می‌خواند و همهٔ گزارش‌ها را اجرا می‌کند؛ بی هیچ تغییر و بی نمایهٔ شخصی.",
        },
        grants=(
            *_EVERYBODY,
            *_DESCRIPTIONS,
            *(
                grant
                for collection in (*_PEOPLE, *_DEALS, "leads.leads", "support.tickets")
                for grant in _may(collection, f"{_READ} export")
            ),
            *_may("marketing.campaigns", f"{_READ} export"),
            ("reporting.*", ALL),
        ),
        hides=("contacts.personalProfile",),
    ),
    ReadyMadeRole(
        id=_id(12),
        key="auditor",
        label={"en": "Auditor", "ar": "مدقق", "fa": "ممیز"},
        description={
            "en": "Reads who did what and who may do what; sees no customers.",
            "ar": "يقرأ من فعل ماذا ومن يحق له ماذا، دون الاطلاع على العملاء.",
            "fa": "می‌خواند چه کسی چه کرده و چه کسی چه می‌تواند؛ مشتریان را نمی‌بیند.",
        },
        grants=(
            *_EVERYBODY,
            *_may("identity.auditEntries", f"{_READ} export"),
            *_may("identity.access", "explain"),
            *_may("identity.permissions", "list"),
            *_may("identity.roles", f"{_READ} export"),
            *_may("identity.apiKeys", _READ),
            *_may("identity.oidcProviders", _READ),
        ),
    ),
)
