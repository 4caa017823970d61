"""How a process starts and ends: what takes long to load is loaded by whoever needs it, and not before."""

import os
import subprocess
import sys

from tests import databases, processes
from tests.fakes import settings_for
from tests.house.source import ROOT

DEAR = (
    "alembic",
    "api.cli.serve",
    "apprise",
    "email.headerregistry",
    "firebase_admin",
    "fpdf",
    "gunicorn",
    "holidays",
    "icalendar",
    "matplotlib",
    "numpy",
    "requests",
    "scipy",
)


def test_a_start_loads_nothing_that_only_some_requests_and_jobs_need():
    listed = f"import sys, api.app, jobs.schedule; print(*[one for one in {DEAR} if one in sys.modules])"

    loaded = subprocess.run(
        [sys.executable, "-c", listed], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.split() == [], "import it in the function that needs it"


def test_a_command_leaves_nothing_beside_the_database(tmp_path, sqlite_template):
    file = tmp_path / "served" / "doorstep.db"
    databases.renew(file, sqlite_template)
    environment = processes.environment_of(settings_for(f"sqlite:///{file}"))

    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "current"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )

    assert [left.name for left in file.parent.iterdir()] == [file.name]
