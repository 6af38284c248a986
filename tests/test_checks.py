"""The system checks at a start: clean, and possible before the first migration."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connections

ROOT = Path(__file__).resolve().parent.parent


def test_checks_run_on_a_database_without_tables():
    settings = connections["owner"].settings_dict
    empty = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/postgres"

    check = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": empty, "DATABASE_OWNER_URL": empty},
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stderr
    assert "no issues" in check.stdout
