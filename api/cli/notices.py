"""`flask notices`: what is on its way, what failed, and holding senders back. See docs/operations.md."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import click

from api import queries, services
from api.cli.running import application, unit_of_work
from api.domain.delivery_policy import UNTIL_RESUMED
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import Channel, NoticeState
from api.queries.outbox import DeadLetter, DeliveryLine, NoticeLine
from api.schemas.fields import parse_phone

group = click.Group("notices", help="Notices: what is on its way, what failed, and holding senders back.")

of_kind = click.option("--kind", type=click.Choice([kind.value for kind in NoticeKind]), help="Only these.")
at_most = click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
a_channel = click.argument("channel", required=False, type=click.Choice([one.value for one in Channel]))
or_all = click.option("--all", "every", is_flag=True, help="All channels.")


@group.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in NoticeState]), default="pending", show_default=True
)
@of_kind
@at_most
def list_notices(state: str, kind: str | None, limit: int) -> None:
    """List notices: those on their way oldest first, those that ended newest first."""
    with application().database.unit_of_work(read_only=True) as session:
        found = queries.outbox.listed(
            session, state=NoticeState(state), kind=NoticeKind(kind) if kind else None, limit=limit
        )
        for notice in found:
            click.echo(_line(notice))
        for sender in queries.outbox.paused_senders(session, now=application().clock.now()):
            click.echo(f"{sender.channel} is paused {_until(sender.paused_until)}: {sender.reason}", err=True)


@group.command()
@click.argument("notice_id", type=click.UUID)
def show(notice_id: UUID) -> None:
    """Show the life of one notice: when it was decided, and what became of each delivery."""
    with application().database.unit_of_work(read_only=True) as session:
        life = queries.outbox.life_of(session, notice_id)
    if life is None:
        raise click.ClickException("There is no such notice.")
    click.echo(_line(life.notice))
    click.echo(f"thread {life.thread}")
    if life.held_until is not None:
        click.echo(f"held until {_at(life.held_until)}")
    click.echo(f"ended {_at(life.settled_at)}, read {_at(life.seen_at)}")
    for delivery in life.deliveries:
        click.echo(_delivery(delivery))


@group.command()
@of_kind
@at_most
def dead(kind: str | None, limit: int) -> None:
    """List the deliveries that failed for good, newest first."""
    for letter in _dead_letters(kind, limit):
        use = "" if letter.of_use else ", of no more use"
        click.echo(
            f"{letter.notice_id} {letter.kind} {letter.channel} {letter.attempts} attempts, "
            f"{_at(letter.died_at)}: {letter.last_error or 'tried too often'}{use}"
        )


@group.command()
@click.argument("notice_ids", type=click.UUID, nargs=-1)
@click.option("--all-dead", is_flag=True, help="All that failed and are still of use.")
@of_kind
def redrive(notice_ids: tuple[UUID, ...], all_dead: bool, kind: str | None) -> None:
    """Try again what failed for good, if it is still of use."""
    if bool(notice_ids) == all_dead or (kind and not all_dead):
        raise click.UsageError("Name notices, or say --all-dead, with --kind if you like.")
    if all_dead:
        notice_ids = tuple({letter.notice_id for letter in _dead_letters(kind, None) if letter.of_use})
    with unit_of_work() as session:
        results = services.notices.redrive(session, notice_ids, now=application().clock.now())
    for result in results:
        click.echo(f"{result.notice_id} {result.refusal or f'{result.deliveries} deliveries wait again'}")
    refused = sum(result.refusal is not None for result in results)
    click.echo(f"{len(results) - refused} redriven, {refused} refused.")
    if refused:
        raise SystemExit(1)


@group.command()
@a_channel
@or_all
@click.option(
    "--for", "minutes", type=click.IntRange(1, 10_080), help="Minutes; until `resume` if not given."
)
def pause(channel: str | None, every: bool, minutes: int | None) -> None:
    """Send nothing more on a channel. What is decided meanwhile waits."""
    now = application().clock.now()
    until = UNTIL_RESUMED if minutes is None else now + timedelta(minutes=minutes)
    with unit_of_work() as session:
        for one in _channels(channel, every):
            services.senders.pause(session, one, until=until, reason="by an operator", now=now)
            click.echo(f"{one} is paused {_until(until)}.")


@group.command()
@a_channel
@or_all
def resume(channel: str | None, every: bool) -> None:
    """Send again on a channel. What is of no more use by now is superseded, not sent."""
    with unit_of_work() as session:
        for one in _channels(channel, every):
            services.senders.resume(session, one, now=application().clock.now())
            click.echo(f"{one} sends again.")


@group.command("test-send")
@click.argument("staff_phone")
def test_send(staff_phone: str) -> None:
    """Push one test to the phones of whoever signs in with STAFF_PHONE."""
    number = parse_phone(staff_phone)
    if number is None:
        raise click.UsageError(f"{staff_phone} is not a phone number.")
    with unit_of_work() as session:
        notice_id = services.outbox.send_test(session, phone=number, now=application().clock.now())
    click.echo(f"The test waits to be sent; `flask notices show {notice_id}` tells what becomes of it.")


def _channels(channel: str | None, every: bool) -> Sequence[Channel]:
    if (channel is None) != every:
        raise click.UsageError("Name a channel, or say --all.")
    return list(Channel) if channel is None else [Channel(channel)]


def _dead_letters(kind: str | None, limit: int | None) -> Sequence[DeadLetter]:
    with application().database.unit_of_work(read_only=True) as session:
        of_kind = NoticeKind(kind) if kind else None
        return queries.outbox.dead(session, kind=of_kind, limit=limit, now=application().clock.now())


def _line(notice: NoticeLine) -> str:
    audience = "contact" if notice.to_contact else "staff"
    decided, useful = _at(notice.decided_at), _at(notice.useful_until)
    return (
        f"{notice.id} {notice.kind} to {audience}: {notice.state}, decided {decided}, useful until {useful}"
    )


def _delivery(delivery: DeliveryLine) -> str:
    when = f"ended {_at(delivery.settled_at)}" if delivery.settled_at else f"next {_at(delivery.next_at)}"
    said = delivery.last_error or delivery.provider_ref
    return (
        f"  {delivery.channel} {delivery.address}: {delivery.state}, {delivery.attempts} attempts, {when}"
        + (f": {said}" if said else "")
    )


def _at(instant: datetime | None) -> str:
    return "never" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _until(instant: datetime | None) -> str:
    return "until it is resumed" if instant == UNTIL_RESUMED else f"until {_at(instant)}"
