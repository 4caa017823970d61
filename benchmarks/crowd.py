"""A branch at work, as its phones ask: which requests come how often, and what an answer leads to next.

The shares are those of a morning: couriers report and look, contacts open the link they were sent, the
dispatcher watches, reps leaf through their customers. Each courier comes from an address of his own.
"""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from api.db import Database
from api.domain.vocabulary import Role
from api.models import Branch, Shift
from api.security import vault_of
from api.settings import Settings
from tests import factories, processes, rows

SHARES = {
    "field event": 24,
    "field events, ten": 4,
    "positions": 14,
    "changes": 24,
    "wait": 10,
    "pickups of the day": 6,
    "contact's page": 6,
    "readiness": 3,
    "waits of the branch": 3,
    "customers of a rep": 3,
    "refresh": 2,
    "sign-in": 1,
}
EVENTS = {"field event", "field events, ten"}


@dataclass(slots=True)
class Phone:
    """One courier's: where he goes in turn, where he is, and how far his phone has read the feed."""

    token: str
    number: str
    address: str
    pickups: "cycle[UUID]"
    at: UUID | None = None
    cursor: str | None = None


@dataclass(slots=True)
class Asked:
    """One request, ready to be sent, and whose phone it came from."""

    kind: str
    raw: bytes
    phone: Phone


@dataclass(slots=True)
class Crowd:
    """Everybody who asks. Not for threads: what phones have heard is kept here."""

    phones: list[Phone]
    dispatcher: str
    reps: list[str]
    links: "cycle[str]"
    chance: Random = field(default_factory=lambda: Random(8))
    refresh_tokens: deque[str] = field(default_factory=deque)

    def requests(self) -> Iterator[Asked]:
        """Yield what somebody asks for next, by the shares, without end."""
        while True:
            kind = self.chance.choices(list(SHARES), list(SHARES.values()))[0]
            yield self.request(kind, self.chance.choice(self.phones))

    def request(self, kind: str, phone: Phone) -> Asked:
        if kind == "refresh" and not self.refresh_tokens:
            kind = "sign-in"
        return Asked(kind, self._raw(kind, phone), phone)

    def hear(self, asked: Asked, body: bytes) -> None:
        """Remember what the next request of this kind needs."""
        if asked.kind == "changes":
            asked.phone.cursor = json.loads(body)["cursor"]
        elif asked.kind in {"sign-in", "refresh"}:
            self.refresh_tokens.append(json.loads(body)["refresh_token"])

    def _raw(self, kind: str, phone: Phone) -> bytes:
        match kind:
            case "field event":
                return _post("/v1/field-events", _events(phone, 1), phone.address, phone.token)
            case "field events, ten":
                return _post("/v1/field-events", _events(phone, 10), phone.address, phone.token)
            case "positions":
                return _post("/v1/me/positions", _positions(), phone.address, phone.token)
            case "changes":
                since = f"?cursor={phone.cursor}" if phone.cursor else ""
                return _get(f"/v1/changes{since}", phone.address, phone.token)
            case "wait":
                here = f"{phone.at}/wait" if phone.at else next(phone.pickups)
                return _get(f"/v1/pickups/{here}", phone.address, phone.token)
            case "pickups of the day":
                return _get("/v1/pickups", phone.address, phone.token)
            case "contact's page":
                return _get(f"/v1/links/{next(self.links)}", phone.address)
            case "readiness":
                path = f"/v1/links/{next(self.links)}/readiness"
                return _post(path, {"answer": "ready"}, phone.address)
            case "waits of the branch":
                return _get("/v1/waits", phone.address, self.dispatcher)
            case "customers of a rep":
                return _get("/v1/customers", phone.address, self.chance.choice(self.reps))
            case "refresh":
                known = {"refresh_token": self.refresh_tokens.popleft()}
                return _post("/v1/auth/refresh", known, phone.address)
            case _:
                secret = {"phone": phone.number, "password": factories.PASSWORD}
                return _post("/v1/auth/login", {**secret, "installation_id": uuid4().hex}, phone.address)


@contextmanager
def served(settings: Settings, folder: Path) -> Iterator[tuple[int, list[int]]]:
    """Serve as in production, with the jobs inside or beside; yield the port and the processes to look at."""
    port, log = processes.free_port(), folder / "server.log"
    serve = ("-m", "flask", "--app", "wsgi", "serve", "--port", str(port))
    with ExitStack() as running:
        # So that the server believes the addresses in our requests.
        server = running.enter_context(processes.process(settings, log, *serve, DOORSTEP_TRUSTED_PROXIES="1"))
        processes.wait_until_ready(f"http://127.0.0.1:{port}", server, log)
        pids = [server.pid]
        if not settings.is_sqlite:
            jobs = processes.process(settings, folder / "jobs.log", "-m", "jobs")
            pids.append(running.enter_context(jobs).pid)
        yield port, pids


def gather(settings: Settings, *, couriers: int = 40, pickups_each: int = 40) -> Crowd:
    """Write a branch of so many couriers on shift, each with a day's work, and return it as its phones."""
    database = Database.connect(settings.database_url, settings.vault())
    now, chance = datetime.now(UTC), Random(8)
    with database.unit_of_work() as session:
        branch = factories.make_branch(session, code=f"CROWD-{uuid4().hex[:8]}")
        links: list[str] = []
        phones = [_phone(session, branch, pickups_each, links, chance, now) for _ in range(couriers)]
        dispatcher, *reps = (
            factories.make_access_token(
                session,
                factories.make_staff(session, branch, role=role, phone=_number()),
                expires_at=now + timedelta(days=1),
            )
            for role in (Role.DISPATCHER, Role.SALES_REP, Role.SALES_REP)
        )
        crowd = Crowd(phones, dispatcher, reps, cycle(links))
    database.close()
    return crowd


def _phone(
    session: Session, branch: Branch, pickups: int, links: list[str], chance: Random, now: datetime
) -> Phone:
    number = _number()
    courier = factories.make_staff(session, branch, phone=number)
    shift = {"staff_id": courier.id, "branch_id": branch.id, "started_at": now - timedelta(hours=1)}
    rows.add(session, Shift, {}, **shift)
    customer = factories.make_customer(session, branch, code=uuid4().hex)
    site, contact = factories.make_site(session, customer), factories.make_contact(session, customer)
    day = [
        factories.make_pickup(
            session,
            site,
            contact,
            courier=courier,
            external_ref=uuid4().hex,
            window_start=now - timedelta(minutes=5),
            window_end=now + timedelta(hours=2),
            assigned_at=now - timedelta(hours=1),
        )
        for _ in range(pickups)
    ]
    sent = [factories.make_link(session, pickup, expires_at=now + timedelta(days=1)) for pickup in day]
    links += [vault_of(session).links.token(link.id, link.key_id) for link in sent]
    token = factories.make_access_token(session, courier, expires_at=now + timedelta(days=1))
    return Phone(token, number, _address(chance), cycle([pickup.id for pickup in day]))


def _events(phone: Phone, count: int) -> dict[str, object]:
    now = datetime.now(UTC).isoformat()
    stops = [next(phone.pickups) for _ in range(count)]
    phone.at = stops[-1]
    return {
        "sent_at": now,
        "events": [
            {
                "event_id": str(uuid4()),
                "pickup_id": str(stop),
                "type": "arrived",
                "occurred_at": now,
                "position": {"latitude": 31.2335, "longitude": 121.5055, "accuracy_m": 12},
            }
            for stop in stops
        ],
    }


def _positions() -> dict[str, object]:
    now = datetime.now(UTC).isoformat()
    return {"positions": [{"at": now, "latitude": 31.2335, "longitude": 121.5055, "accuracy_m": 12}]}


def _get(path: str, address: str, token: str = "") -> bytes:
    return (_head("GET", path, address, token) + "\r\n").encode()


def _post(path: str, members: dict[str, object], address: str, token: str = "") -> bytes:
    body = json.dumps(members).encode()
    more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (_head("POST", path, address, token) + more).encode() + body


def _head(method: str, path: str, address: str, token: str) -> str:
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n{authorization}"


def _address(chance: Random) -> str:
    return f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"


def _number() -> str:
    return f"+8613{uuid4().int % 10**9:09}"
