"""`make audit`: ask pip-audit whether what requirements.txt locks has known vulnerabilities.

Fails on any that is found. What could not be asked is a warning: a machine without the internet builds, too.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.txt"
PATIENCE_SECONDS = 300


def verdict(report: dict[str, Any]) -> tuple[list[str], bool]:
    """Return what there is to say of pip-audit's JSON report, and whether it is a failure."""
    packages = report["dependencies"]
    unasked = [package["name"] for package in packages if "skip_reason" in package]
    found = [
        f"{package['name']} {package['version']}: {known['id']}, mended in {known['fix_versions']}"
        for package in packages
        for known in package.get("vulns", [])
    ]
    asked = (
        f"{len(packages) - len(unasked)} of {len(packages)} packages were asked about, {len(found)} findings."
    )
    warning = [f"WARNING: the service said nothing of {len(unasked)}: {' '.join(unasked)}"] if unasked else []
    return [*found, *warning, asked], bool(found)


def main() -> int:
    """Run the pip-audit that stands beside this interpreter; return the exit code of `make audit`."""
    pip_audit = Path(sys.executable).with_name("pip-audit")
    options = ("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off")
    asked = subprocess.run(
        [pip_audit, "--requirement", LOCK, *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    try:
        lines, failed = verdict(json.loads(asked.stdout))
    except ValueError:
        lines, failed = [f"WARNING: nothing was audited. {asked.stderr.strip()[-500:]}"], False
    print(*lines, sep="\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
