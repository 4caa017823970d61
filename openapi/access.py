"""docs/access.md: who may call what, as the application itself has it. `openapi.export` writes it."""

from pathlib import Path

from flask import Flask

from api.domain.vocabulary import Role

FILE = Path(__file__).parents[1] / "docs" / "access.md"
HEAD = """\
# Who may call what

Each route and verb, and the roles that get in; everybody else is answered 401 or 403 before anything is
looked at. What is not his a caller does not find, whatever his role: scope is part of every query.

`make openapi` writes this page from the application's own rules, and its difference is read like a change of
the contract. Tests ask every route as every role. A route that is missing here fails the suite, and one that
does not say who may call it does not start.

"""
YES = "●"
SIGNED_IN = f"| | {' | '.join(Role)} |\n|---|{':-:|' * len(Role)}\n"
OPEN = """
## Open to anybody

Signs of life, signing in, what a token in the address opens, and the contract.
`/metrics` asks for a token of its own.

"""


def table(app: Flask) -> str:
    """Return the page for this application."""
    rows = sorted(
        (rule.rule, method, getattr(app.view_functions[rule.endpoint], "access", frozenset()))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )
    signed_in = "".join(_row(f"{method} {path}", roles) for path, method, roles in rows if roles)
    anybody = "".join(f"- `{method} {path}`\n" for path, method, roles in rows if not roles)
    return HEAD + SIGNED_IN + signed_in + OPEN + anybody


def _row(what: str, roles: frozenset[Role]) -> str:
    return f"| `{what}` | {' | '.join(YES if role in roles else ' ' for role in Role)} |\n"
