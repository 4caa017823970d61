"""The customers' HTML pages: what a contact sees behind a link. The API's services in other clothes."""

from flask import Flask

from api.pages import blueprint, logos


def register(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(blueprint.blp)
    app.register_blueprint(logos.blp)
