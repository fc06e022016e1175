"""The same questions at 10 thousand, 100 thousand and a million contacts: does the cost grow?"""

import itertools
from collections.abc import Iterator, Mapping
from urllib.parse import quote

import httpx
import psycopg

from bench.load import Result, best, request, run
from bench.suite import Suite
from bench.table import Line

SIZES = (10_000, 100_000, 1_000_000)
SECONDS = 3.0
NOWHERE: Mapping[str, str | None] = dict.fromkeys(("own", "other", "team", "below", "far"))
_PAGE = 50
_DEEP = 1000

# Made in the database: what is measured is reading. The names are rare enough that a search finds
# about twenty of them at 100 thousand.
_GROW = """
INSERT INTO contact (
  id, create_time, update_time, version, display_name, given_name, family_name, honorific,
  job_title, emails, phones, addresses, lifecycle_stage, preferred_language, tags, notes,
  custom_fields, primary_email, search_text, search_key, owner_id, team_id)
SELECT
  (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint + n), 12, '0') || '7'
    || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
  now(), now() + n * interval '1 ms', 1,
  given || ' ' || family || ' ' || md5((n %% 5000)::text), given, family, '', 'Engineer',
  jsonb_build_array(jsonb_build_object('address', 'p' || n || '@grow.example')),
  '[]', '[]', 'LEAD', 'fa', '[]', '', '{}', 'p' || n || '@grow.example',
  ' ' || lower(given || ' ' || family || ' ' || md5((n %% 5000)::text)) || ' p' || n
    || '@grow.example ',
  ' mhmd ',
  -- One in a thousand is somebody's own, one in a hundred their team's, one in ten below it.
  (CASE WHEN n %% 1000 = 0 THEN %(own)s ELSE %(other)s END)::uuid,
  (CASE WHEN n %% 100 = 1 THEN %(team)s WHEN n %% 10 = 2 THEN %(below)s ELSE %(far)s END)::uuid
FROM (
  SELECT n, (ARRAY['محمد','علی','زهرا','Anna','Paul'])[n %% 5 + 1] AS given,
    (ARRAY['رضایی','احمدی','Müller','Novak'])[n %% 4 + 1] AS family
  FROM generate_series(%(start)s::int, %(end)s::int) AS n) AS made
"""


def growth(suite: Suite) -> Iterator[Line]:
    """List, page 1,000 and search at each size; ratios to the smallest size."""
    url = suite.environment("contacts")["WASL_DATABASE_URL"].strip("'\"")
    first: dict[str, float] = {}
    had = 0
    for size in SIZES:
        grow(url, start=had, end=size)
        had = size
        for what, result in _measure(suite, size):
            cost = 1000 / result.rate
            first.setdefault(what, cost)
            note = f"p95 {result.quantile(0.95):.0f} ms, failures {result.failures}"
            yield Line(f"{what} at {size:,}", cost, "ms", first[what], "10 k", 1.2, True, note=note)


def _measure(suite: Suite, size: int) -> Iterator[tuple[str, Result]]:
    with suite.api as api:
        token = _deep_token(api) if size >= _PAGE * _DEEP else ""
        if not token:
            token = _token_at(api, size * 9 // 10 // _PAGE)
    # Somebody out of 5,000 names: 2 at 10 thousand, 20 at 100 thousand, 200 at a million.
    name = "1679091c5a880faf"
    paths = {
        "list, first page": "/v1/contacts",
        "list, deep page": f"/v1/contacts?pageToken={token}",
        "list by name": "/v1/contacts?orderBy=displayName",
        "search part of a name": f"/v1/contacts?q={quote(name)}&pageSize=20",
    }
    for what, path in paths.items():
        message = request("GET", path, key=suite.key)
        yield (
            what,
            best(lambda m=message: run(suite.port, itertools.repeat(m), seconds=SECONDS), times=2),
        )


def _deep_token(api: httpx.Client) -> str:
    return _token_at(api, _DEEP)


def _token_at(api: httpx.Client, page: int) -> str:
    # Twenty pages of fifty to a request: the token only knows where the last row was.
    token = ""
    for _ in range(page * _PAGE // 1000):
        answer = api.get("/v1/contacts", params={"pageSize": 1000, "pageToken": token})
        token = answer.raise_for_status().json()["nextPageToken"]
    return token


def grow(url: str, *, start: int, end: int, places: Mapping[str, str | None] = NOWHERE) -> None:
    """Adds contacts number `start` to `end`; `places` are ids: own, other, team, below, far."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE tablename = 'contact' AND indexname LIKE 'ix_%%search%%'"
        ).fetchall()
        # A trigram index grows slowly row by row, and quickly at once.
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute(_GROW, {"start": start, "end": end - 1, **places})
        connection.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE contact")
