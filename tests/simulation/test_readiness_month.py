"""A month of pickups at sites whose "ready" is true more or less often: who was asked, when, and what for."""

from __future__ import annotations

import os
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.paging import PageRequest
from api.domain.principal import Principal
from api.domain.readiness_effect import EffectGroup
from api.domain.report_period import ReportPeriod
from api.domain.vocabulary import EventOutcome, Locale, Quality, ReadinessAnswer, Role
from api.models import FieldEvent, FieldReport, Notice, Pickup, ReadinessRecord
from tests import factories
from tests.simulation.agenda import Agenda
from tests.simulation.month import Door, Month

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
FULL_SIZE = 2_000, 40
SIZES = {"sqlite": (150, 5), "postgresql": (120, 4)}
"""Pickups and sites. The full size, by `DOORSTEP_MONTH=full`, takes minutes: it is for a quiet hour."""
PERIOD = ReportPeriod(date(2026, 11, 18), date(2026, 12, 31))


@pytest.fixture
def month(database, job_context, clock) -> Month:
    """Forty sites of as many customers, three contacts each, four couriers; nothing has happened yet."""
    is_full = os.environ.get("DOORSTEP_MONTH") == "full"
    pickups, sites = FULL_SIZE if is_full else SIZES[database.engine.dialect.name]
    random = Random(20261118)
    with database.unit_of_work() as session:
        branch = factories.make_branch(session)
        couriers = [factories.make_staff(session, branch) for _ in range(4)]
        doors = []
        for number in range(sites):
            owner = factories.make_staff(session, branch, role=Role.SALES_REP)
            customer = factories.make_customer(session, branch, owner_id=owner.id)
            contacts = tuple(factories.make_contact(session, customer) for _ in range(3))
            if number % 5 == 0:
                contacts[0].hours_start, contacts[0].hours_end = time(11), time(16)
                contacts[1].opted_out_at = clock.now()
            site = factories.make_site(session, customer)
            doors.append(Door(site, contacts, couriers[number % 4], honesty=0.1 + 0.88 * number / sites))
        session.flush()
    return Month(job_context, Agenda(clock), random, doors, pickups)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as the raw events and answers tell it; no stored wait is read."""

    pickup: Pickup
    answer: ReadinessAnswer | None
    answered_at: datetime | None
    arrived_at: datetime
    known_at: datetime
    avoidable: int
    quality: Quality


@pytest.mark.slow
def test_a_month_of_questions_keeps_the_rules_and_adds_up(database, month, messenger, capsys):
    month.run()

    with database.unit_of_work(read_only=True) as session:
        pickups = {pickup.id: pickup for pickup in session.scalars(select(Pickup))}
        notices = [
            one for one in session.scalars(select(Notice).order_by(Notice.decided_at)) if one.contact_id
        ]
        visits = _visits(session, pickups)
        reports = session.scalars(select(FieldReport)).all()
        courier = month.doors[0].courier
        manager = Principal(courier.id, courier.branch_id, Role.MANAGER, courier.locale, None)
        told = _reported(session, manager)
    left = {message.notice_id for message in messenger.sent}
    sent = [notice for notice in notices if notice.id in left]
    leads = _leads(month, pickups, notices, visits)
    _check_limits(month, notices)
    _check_hours(month, notices)
    _check_leads(leads)
    _check_field_reports(month, visits, reports)
    for group in EffectGroup:
        assert told[group] == _recounted(visits, sent, pickups, group), group
    kinds = Counter(notice.kind for notice in sent)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(pickups)} pickups, {len(month.doors)} sites, {len(visits)} visits, {dict(kinds)}\n"
        )
        counted = dict(Counter(lead for lead, _ in leads))
        sys.stdout.write(f"leads in minutes: {counted}, {len(reports)} field reports\n")


def _visits(session, pickups: dict[UUID, Pickup]) -> list[Visit]:
    events, answers = defaultdict(dict), defaultdict(list)
    for event in session.scalars(select(FieldEvent).where(FieldEvent.outcome == EventOutcome.APPLIED)):
        events[event.pickup_id][event.type] = event
    for answer in session.scalars(select(ReadinessRecord).order_by(ReadinessRecord.id)):
        answers[answer.pickup_id].append(answer)
    return [_visit(pickups[key], its, answers[key]) for key, its in events.items()]


def _visit(pickup: Pickup, events: dict[str, FieldEvent], answers: list[ReadinessRecord]) -> Visit:
    newest = answers[-1] if answers else None
    arrived_at = events["arrived"].effective_at
    starts = [arrived_at, pickup.window_start]
    if newest and newest.promised_ready_at:
        starts.append(min(newest.promised_ready_at, pickup.window_end))
    began_at = max(starts)
    end = events.get("handover_started") or events["left"]
    waited = round((end.effective_at - began_at).total_seconds())
    return Visit(
        pickup=pickup,
        answer=newest.answer if newest and newest.answered_at <= began_at else None,
        answered_at=newest.answered_at if newest and newest.answered_at <= began_at else None,
        arrived_at=arrived_at,
        known_at=max(event.received_at for event in events.values()),
        avoidable=max(waited, 0),
        quality=max((event.quality for event in events.values()), key=list(Quality).index),
    )


def _check_limits(month: Month, notices: list[Notice]) -> None:
    policy = BranchPolicy()
    by_contact = defaultdict(list)
    for notice in notices:
        by_contact[notice.contact_id].append(notice.decided_at)
    in_week = [
        place + 1 - bisect_left(instants, at - timedelta(days=7) + timedelta(microseconds=1))
        for instants in by_contact.values()
        for place, at in enumerate(instants)
    ]
    about_pickup = Counter(notice.pickup_id for notice in notices)
    opted_out = {contact.id for door in month.doors for contact in door.contacts if contact.opted_out_at}

    assert max(about_pickup.values()) <= policy.messages_per_pickup
    assert max(in_week) == policy.messages_per_contact_week, "the limit is reached, and kept"
    assert not opted_out & by_contact.keys()


def _check_hours(month: Month, notices: list[Notice]) -> None:
    own = {
        contact.id: (contact.hours_start, contact.hours_end)
        for door in month.doors
        for contact in door.contacts
        if contact.hours_start
    }
    outside = [
        notice
        for notice in notices
        for opens, closes in [own.get(notice.contact_id, (time(8), time(21)))]
        if not opens <= notice.decided_at.astimezone(SHANGHAI).time() < closes
    ]

    assert not outside
    assert any(notice.contact_id in own for notice in notices)


def _leads(month: Month, pickups, notices, visits) -> list[tuple[int, int]]:
    """Return how early each contact was asked, and how early he was to be asked by what was known then."""
    has_own_hours = {contact.id for door in month.doors for contact in door.contacts if contact.hours_start}
    by_site = defaultdict(list)
    for visit in visits:
        if visit.answered_at and visit.quality is not Quality.UNVERIFIED:
            by_site[visit.pickup.site_id].append(visit)
    return [
        ((pickup.window_start - notice.decided_at) // MINUTE, _expected_lead(by_site[pickup.site_id], notice))
        for notice in notices
        for pickup in [pickups[notice.pickup_id]]
        if notice.kind == "readiness_ping"
        and not month.stops[pickup.id].eta_moved
        and notice.contact_id not in has_own_hours
    ]


def _expected_lead(answered: list[Visit], notice: Notice) -> int:
    known = [visit for visit in answered if visit.known_at <= notice.decided_at]
    newest = sorted(known, key=lambda visit: (visit.answered_at, visit.pickup.id), reverse=True)[:20]
    promised = [visit for visit in newest if visit.answer == "ready"]
    kept = sum(visit.avoidable <= 60 for visit in promised)
    return 45 if len(promised) >= 5 and kept / len(promised) < 0.7 else 30


def _check_leads(leads: list[tuple[int, int]]) -> None:
    counted = Counter(lead for lead, _ in leads)

    assert [pair for pair in leads if pair[0] != pair[1]] == []
    assert min(counted[30], counted[45]) > len(leads) / 10, "let sites differ more"


def _check_field_reports(month: Month, visits: list[Visit], reports: list[FieldReport]) -> None:
    """A report opened at every site whose share had come under 40 % as a promise broke, and nowhere else."""
    by_site = defaultdict(list)
    for visit in sorted(visits, key=lambda visit: visit.known_at):
        if visit.answered_at and visit.quality is not Quality.UNVERIFIED:
            by_site[visit.pickup.site_id].append(visit)
    hopeless = {
        site_id
        for site_id, its in by_site.items()
        if any(_is_hopeless(its[: n + 1]) for n in range(len(its)))
    }

    assert {report.site_id for report in reports} == hopeless
    assert 0 < len(hopeless) < len(month.doors)
    assert len(reports) == len(hopeless), "within 30 days nothing is said twice"


def _is_hopeless(seen: list[Visit]) -> bool:
    newest = sorted(seen, key=lambda visit: visit.answered_at, reverse=True)[:20]
    promised = [visit for visit in newest if visit.answer == "ready"]
    kept = sum(visit.avoidable <= 60 for visit in promised)
    just_broken = seen[-1].answer == "ready" and seen[-1].avoidable > 60
    return just_broken and len(promised) >= 5 and kept / len(promised) < 0.4


def _recounted(visits, sent, pickups, group: EffectGroup) -> dict[str, object]:
    """Add up the raw visits and messages of each line."""
    lines: dict[str, dict[str, object]] = {}
    key = {
        EffectGroup.SITE: lambda pickup, at: str(pickup.site_id),
        EffectGroup.COURIER: lambda pickup, at: str(pickup.courier_id),
        EffectGroup.WEEK: lambda pickup, at: "{}-W{:02}".format(*at.astimezone(SHANGHAI).isocalendar()[:2]),
    }[group]
    messages = Counter(key(pickups[notice.pickup_id], notice.decided_at) for notice in sent)
    waits = defaultdict(list)
    for visit in visits:
        waits[key(visit.pickup, visit.arrived_at), visit.quality.value, visit.answer is not None].append(
            visit
        )
    for line, quality, answered in waits:
        seconds = [visit.avoidable for visit in waits[line, quality, answered]]
        shown = lines.setdefault(line, {"messages": messages[line]})
        shown[quality, answered] = len(seconds), round(sum(seconds) / len(seconds), 1)
    return lines


def _reported(session, by: Principal) -> dict[EffectGroup, dict[str, object]]:
    page = PageRequest(limit=200, after=None)
    return {
        group: {
            line.waits.key: {"messages": line.messages}
            | {
                (figures.quality.value, answered): (effect.count, effect.mean_seconds)
                for figures in line.waits.by_quality
                for answered, effect in ((True, figures.with_answer), (False, figures.without_answer))
                if effect.count
            }
            for line in queries.readiness_effect.lines(
                session, period=PERIOD, group=group, by=by, locale=Locale.EN, page=page
            ).items
        }
        for group in EffectGroup
    }
