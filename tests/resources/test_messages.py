"""What became of the messages about a pickup, for those who take care of it."""

from uuid import uuid4

import pytest

from api import services
from api.domain.delivery_policy import Answer
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import ContactChannel, Role
from api.models import Contact
from jobs.deliver_notices import deliver_notices
from tests.factories import make_branch, make_link, make_staff
from tests.fakes import NOW
from tests.statements import counted, short

KEYS = {
    "id",
    "kind",
    "contact_id",
    "state",
    "channel",
    "address",
    "attempts",
    "last_error",
    "decided_at",
    "useful_until",
    "settled_at",
}


@pytest.fixture
def pickup(pickup_of):
    return pickup_of()


@pytest.fixture
def ask(database, pickup):
    """Asks the pickup's contact whether he is ready, once for each kind."""

    def ask(kind=NoticeKind.READINESS_PING):
        with database.unit_of_work() as session:
            telling = Telling(
                kind,
                pickup.branch_id,
                f"{kind}:{pickup.id}:{pickup.contact_id}",
                contact_id=pickup.contact_id,
                pickup_id=pickup.id,
                link_id=make_link(session, pickup).id,
                variables={"expected_at": NOW},
            )
            services.notices.tell(session, telling, now=NOW)

    return ask


def test_a_message_that_arrived_is_shown_with_its_channel(dispatcher, pickup, ask, job_context):
    ask()
    deliver_notices(job_context)

    answer = dispatcher.get(f"/v1/pickups/{pickup.id}/messages")

    (shown,) = answer.json["items"]
    assert answer.status_code == 200
    assert shown.keys() == KEYS
    assert (shown["kind"], shown["state"], shown["channel"]) == ("readiness_ping", "accepted", "sms")
    assert (shown["attempts"], shown["last_error"]) == (1, None)
    assert shown["contact_id"] == str(pickup.contact_id)


def test_a_failure_is_shown_with_its_reason_and_the_address_masked(
    dispatcher, pickup, ask, job_context, messenger, database
):
    with database.unit_of_work() as session:
        contact = session.get_one(Contact, pickup.contact_id)
        contact.email, contact.preferred_channel = "fang.li@example.com", ContactChannel.EMAIL
    ask()
    messenger.answers.append(Answer.address_gone("mail server answered 550 5.1.1"))
    deliver_notices(job_context)

    (shown,) = dispatcher.get(f"/v1/pickups/{pickup.id}/messages").json["items"]

    assert (shown["state"], shown["last_error"]) == ("dead", "mail server answered 550 5.1.1")
    assert shown["address"] == "f***@example.com"


def test_what_nobody_could_be_sent_is_shown_too(dispatcher, pickup, ask, database):
    with database.unit_of_work() as session:
        session.get_one(Contact, pickup.contact_id).opted_out_at = NOW
    ask()

    (shown,) = dispatcher.get(f"/v1/pickups/{pickup.id}/messages").json["items"]

    assert (shown["state"], shown["channel"], shown["address"]) == ("suppressed", None, None)


def test_messages_come_newest_first_in_as_many_statements_as_one(dispatcher, pickup, ask, clock, database):
    ask()
    with counted(database) as for_one:
        dispatcher.get(f"/v1/pickups/{pickup.id}/messages")
    ask(NoticeKind.READINESS_REMINDER)

    with counted(database) as for_two:
        listed = dispatcher.get(f"/v1/pickups/{pickup.id}/messages?limit=1").json

    rest = dispatcher.get(listed["next"]).json
    assert len(for_one) == len(for_two), short(for_two)
    assert {listed["items"][0]["kind"], rest["items"][0]["kind"]} == {"readiness_ping", "readiness_reminder"}


@pytest.mark.parametrize("role", [Role.COURIER, Role.SALES_REP, Role.INTEGRATION])
def test_b8_others_do_not_see_them(signed_in, hire, pickup, role):
    assert signed_in(hire(role)).get(f"/v1/pickups/{pickup.id}/messages").status_code == 403


def test_b1_another_branchs_messages_are_not_found(signed_in, database, pickup):
    with database.unit_of_work() as session:
        stranger = make_staff(session, make_branch(session), role=Role.DISPATCHER)

    client = signed_in(stranger)

    assert client.get(f"/v1/pickups/{pickup.id}/messages").status_code == 404
    assert client.get(f"/v1/pickups/{uuid4()}/messages").status_code == 404
