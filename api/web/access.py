"""Nothing is open by omission: a view that does not say who may call it is not let into the application."""

from typing import Any

OPEN_BLUEPRINTS = {
    "api-docs": "the contract and its page",
    "docs_assets": "scripts and styles of that page",
    "metrics": "asks for a token of its own",
    "pages": "for contacts, who never sign in: a link is the key",
    "logos": "the picture on those pages",
}
"""Whose views are open by their nature. All others say it one by one: `@blp.requires(...)`, `@blp.public`."""


class UndeclaredView(Exception):
    """A view says neither which roles may call it nor that anybody may."""


def require_declared(view: Any) -> None:
    """Raise UndeclaredView for a view of which nobody has decided who may call it."""
    if not hasattr(view, "access"):
        name = getattr(view, "__qualname__", view)
        raise UndeclaredView(f"{name}: say who may call it by @blp.requires(...), or declare it @blp.public")
