"""Writes openapi.json from the application: `python -m openapi.export` (with --check: compares only)."""

import json
import sys
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

from api.app import create_app
from api.settings import KEY_NAMES, Settings

FILE = Path(__file__).with_name("openapi.json")


def document() -> str:
    """Return the document as text; the same for the same code, whatever the environment."""
    with TemporaryDirectory() as folder:
        keys = {name: b64encode(bytes(32)).decode() for name in KEY_NAMES}
        url = f"sqlite:///{folder}/none.db"
        app = create_app(Settings.from_env({**keys, "DOORSTEP_DATABASE_URL": url}))
        spec = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].contract().to_dict()
        app.database.close()  # type: ignore[attr-defined]
    return json.dumps(spec, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    text = document()
    if "--check" in sys.argv:
        if not FILE.exists() or FILE.read_text() != text:
            sys.exit("openapi/openapi.json is not current: run `make openapi` and review the difference.")
        return
    FILE.write_text(text)
    print(f"wrote {FILE.name}")


if __name__ == "__main__":
    main()
