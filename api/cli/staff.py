"""`flask staff`: accounts of people and machines."""

import click

from api import queries, services
from api.cli.running import application, unit_of_work
from api.domain.vocabulary import Locale, Role
from api.models import Branch
from api.schemas.fields import parse_phone

group = click.Group("staff", help="Accounts of people and machines.")


@group.command()
@click.option("--branch", "branch_code", required=True, help="The branch's code.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", required=True)
@click.option("--phone", help="People sign in with it.")
@click.option("--password", help="At least 8 characters.")
@click.option("--locale", type=click.Choice([word.value for word in Locale]))
def create(
    branch_code: str, role: str, name: str, phone: str | None, password: str | None, locale: str | None
) -> None:
    """Add a person, or a machine account (role integration), whose API key is shown once."""
    with unit_of_work() as session:
        branch = queries.branches.find_by_code(session, branch_code)
        if branch is None:
            raise click.ClickException(f"There is no branch {branch_code}.")
        now = application().clock.now()
        hired = services.staff.hire(
            session,
            branch=branch,
            role=Role(role),
            name=name,
            phone=_sign_in_number(Role(role), phone),
            password=_checked_password(Role(role), password),
            locale=Locale(locale) if locale else None,
            now=now,
        )
        click.echo(f"{role} {name} is in branch {_named(branch)}, id {hired.id}.")
        if hired.role is Role.INTEGRATION:
            made = services.staff.make_api_key(
                session, staff_id=hired.id, label="first key", by=None, now=now
            )
            click.echo(f"API key, shown this once: {made.key}")


def _named(branch: Branch) -> str:
    return f"{branch.code} ({branch.name})"


def _sign_in_number(role: Role, phone: str | None) -> str | None:
    if phone is None:
        if role is Role.INTEGRATION:
            return None
        raise click.UsageError("People need --phone and --password to sign in.")
    number = parse_phone(phone)
    if number is None:
        raise click.UsageError(f"{phone} is not a phone number.")
    return number


def _checked_password(role: Role, password: str | None) -> str | None:
    if role is Role.INTEGRATION:
        return None
    if password is None or not 8 <= len(password) <= 128:
        raise click.UsageError("--password must have 8 to 128 characters.")
    return password
