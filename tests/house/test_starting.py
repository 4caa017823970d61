"""How fast a process starts: what takes long to load is loaded by whoever needs it, and not before."""

import subprocess
import sys

from tests.house.source import ROOT

DEAR = ("apprise", "firebase_admin", "fpdf", "matplotlib", "scipy.special", "scipy.stats")


def test_a_start_loads_nothing_that_only_some_requests_and_jobs_need():
    listed = f"import sys, api.app, jobs.schedule; print(*[one for one in {DEAR} if one in sys.modules])"

    loaded = subprocess.run(
        [sys.executable, "-c", listed], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.split() == [], "import it in the function that needs it"
