"""What every operator command needs: the running application's parts, and refusals as plain sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import click
from flask import current_app
from sqlalchemy.orm import Session

from api.domain.audit import Origin, Via
from api.domain.errors import DomainError, Invalid
from api.web.app import ApiApp

BY_OPERATOR = Origin(Via.CLI)


def application() -> ApiApp:
    return cast(ApiApp, current_app._get_current_object())  # type: ignore[attr-defined]


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """One transaction; a refusal ends the command with its sentence and exit code 1."""
    try:
        with application().database.unit_of_work() as session:
            session.info["origin"] = BY_OPERATOR
            yield session
    except Invalid as refusal:
        reasons = [f"{name}: {' '.join(map(str, why))}" for name, why in refusal.details["errors"].items()]
        raise click.ClickException("; ".join(reasons)) from None
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
