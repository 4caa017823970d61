"""Serves the API reference's scripts and styles from the installed package: no third party is asked."""

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, send_from_directory

DIST = Path(flask_swagger_ui.__file__).parent / "dist"

blp = Blueprint("docs_assets", __name__, url_prefix="/docs/assets")


@blp.get("/<path:name>")
def get_asset(name: str) -> Response:
    return send_from_directory(DIST, name, max_age=86_400)
