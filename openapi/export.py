"""Writes openapi.json and docs/access.md from the application: `python -m openapi.export`.

With --check it compares only.
"""

import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from api.app import create_app
from api.settings import KEY_NAMES, Settings
from openapi import access

FILE = Path(__file__).with_name("openapi.json")


def document() -> str:
    """Return the contract as text; the same for the same code, whatever the environment."""
    with _application() as app:
        spec = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].contract().to_dict()
    return json.dumps(spec, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def who_may_call_what() -> str:
    """Return the page of roles and routes; the same for the same code, whatever the environment."""
    with _application() as app:
        return access.table(app)


@contextmanager
def _application() -> Iterator[Flask]:
    with TemporaryDirectory() as folder:
        keys = {name: b64encode(bytes(32)).decode() for name in KEY_NAMES}
        url = f"sqlite:///{folder}/none.db"
        app = create_app(Settings.from_env({**keys, "DOORSTEP_DATABASE_URL": url}))
        yield app
        app.database.close()  # type: ignore[attr-defined]


def main() -> None:
    for file, text in ((FILE, document()), (access.FILE, who_may_call_what())):
        if "--check" not in sys.argv:
            file.write_text(text, encoding="utf-8")
            print(f"wrote {file.name}")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            sys.exit(f"{file.name} is not current: run `make openapi` and review the difference.")


if __name__ == "__main__":
    main()
