"""Database objects written in SQL files, loaded by migrations.

A file `migrations/sql/NNNN_name.sql` has `NNNN_name.reverse.sql` beside it. A released file is never edited: a change is a
new migration with the whole new definition.
"""

from pathlib import Path

from django.db import migrations


def run_sql_file(migration_file: str, name: str) -> migrations.RunSQL:
    """Return the operation that runs `sql/<name>.sql` beside a migration, and `sql/<name>.reverse.sql` backwards."""
    folder = Path(migration_file).parent / "sql"
    forward = (folder / f"{name}.sql").read_text(encoding="utf-8")
    reverse = (folder / f"{name}.reverse.sql").read_text(encoding="utf-8")
    return migrations.RunSQL(forward, reverse)
