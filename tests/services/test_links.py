"""Links: made once, opened for what they are for, and what they still say when they have ended."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from api import queries, security, services
from api.domain.errors import NotFound
from api.domain.link_policy import (
    LinkExpired,
    LinkRevoked,
    LinkUnknown,
    LinkVerb,
    NothingToRateYet,
    PickupIsOver,
)
from api.domain.principal import Principal
from api.domain.vocabulary import LinkPurpose, Locale, PickupState, Role
from api.models import EventRecord, Link
from api.queries.link_revocation import LinksOf
from tests.factories import (
    make_branch,
    make_contact,
    make_customer,
    make_link,
    make_pickup,
    make_site,
    make_staff,
)
from tests.fakes import NOW

HOUR = timedelta(hours=1)


def issue(session, pickup, purpose=LinkPurpose.PICKUP, *, now=NOW):
    return services.link_issuing.issue(
        session,
        purpose=purpose,
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        branch_id=pickup.branch_id,
        now=now,
    )


def open_link(session, link, verb=LinkVerb.READ, *, now=NOW):
    token = services.links.token(session, link)
    return services.links.open_by_token(session, token=token, verb=verb, now=now)


def pickup_of(session, branch, *, locale=Locale.ZH_CN, **details):
    customer = make_customer(session, branch)
    contact = make_contact(session, customer, locale=locale)
    return make_pickup(session, make_site(session, customer), contact, **details)


def principal(staff):
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, session_id=None)


def test_d3_a_token_has_128_bits_and_only_its_hash_is_stored(session):
    link = issue(session, make_pickup(session))
    token = services.links.token(session, link)

    session.flush()

    stored = session.execute(select(Link.__table__).where(Link.id == link.id)).one()
    assert len(token) == 22  # 128 bits in base64
    assert link.token_sha256 == security.token_hash(token)
    assert token not in repr(stored)


def test_the_same_contact_gets_the_same_link_again(session):
    pickup = make_pickup(session)

    first = issue(session, pickup)
    again = issue(session, pickup, now=NOW + timedelta(minutes=10))

    assert again.id == first.id


def test_a_link_is_followed_by_a_new_one_when_it_has_expired(session):
    pickup = make_pickup(session, state=PickupState.COLLECTED)

    first = issue(session, pickup, LinkPurpose.FEEDBACK)
    later = issue(session, pickup, LinkPurpose.FEEDBACK, now=NOW + timedelta(days=8))

    assert later.id != first.id


def test_a_pickup_link_follows_its_window(session):
    pickup = make_pickup(session)
    link = issue(session, pickup)

    pickup.window_end += 3 * HOUR
    session.flush()
    issue(session, pickup)

    assert link.expires_at == pickup.window_end + 2 * HOUR


def test_nothing_is_issued_for_what_is_over(session):
    with pytest.raises(PickupIsOver):
        issue(session, make_pickup(session, state=PickupState.CANCELLED))


def test_nothing_is_rated_before_somebody_came(session):
    with pytest.raises(NothingToRateYet):
        issue(session, make_pickup(session), LinkPurpose.FEEDBACK)


def test_d3_unknown_tokens_are_not_found(session):
    with pytest.raises(LinkUnknown):
        services.links.open_by_token(session, token="A" * 22, verb=LinkVerb.READ, now=NOW)


@pytest.mark.parametrize(
    ("purpose", "verb"),
    [
        (LinkPurpose.FEEDBACK, LinkVerb.ANSWER_READINESS),
        (LinkPurpose.FEEDBACK, LinkVerb.ASK_EXTENSION),
        (LinkPurpose.PICKUP, LinkVerb.GIVE_FEEDBACK),
        (LinkPurpose.RESCHEDULE, LinkVerb.CHANGE_PREFERENCES),
        (LinkPurpose.PREFERENCES, LinkVerb.CHOOSE_SLOT),
        (LinkPurpose.PREFERENCES, LinkVerb.COMPLAIN),
    ],
)
def test_d4_a_link_is_not_found_for_what_it_is_not_for(session, purpose, verb):
    link = make_link(session, purpose=purpose)

    with pytest.raises(LinkUnknown):
        open_link(session, link, verb)


def test_d5_an_expired_link_tells_the_hotline_and_nothing_about_the_customer(session):
    branch = make_branch(session, name="城西网点", hotline="+862155500000")
    link = make_link(session, pickup_of(session, branch))

    with pytest.raises(LinkExpired) as ended:
        open_link(session, link, now=link.expires_at)

    told = ended.value.details
    assert (told["branch"], told["hotline"]) == ("城西网点", "+862155500000")
    assert told.keys() <= {"branch", "hotline", "accent_colour", "logo_sha256"}


def test_d5_a_revoked_link_has_ended(session):
    with pytest.raises(LinkRevoked):
        open_link(session, make_link(session, revoked_at=NOW))


def test_d13_a_retired_key_voids_its_links(session):
    link = make_link(session)
    token = services.links.token(session, link)
    link.key_id = "00000000"
    session.flush()

    with pytest.raises(LinkRevoked):
        services.links.open_by_token(session, token=token, verb=LinkVerb.READ, now=NOW)


def test_d13_the_links_of_a_leaked_key_end_by_one_call(session):
    links = [make_link(session) for _ in range(3)]

    ended = services.link_revocation.revoke(session, LinksOf(key_id=links[0].key_id), now=NOW)

    assert ended == 3
    with pytest.raises(LinkRevoked):
        open_link(session, links[0])


def test_a_pickup_link_ends_with_the_pickup_and_leads_to_its_rating(session):
    pickup = make_pickup(session)
    link = make_link(session, pickup)
    pickup.state = PickupState.COLLECTED
    rating = issue(session, pickup, LinkPurpose.FEEDBACK)

    with pytest.raises(LinkExpired) as ended:
        open_link(session, link)

    assert ended.value.details["feedback_url"] == services.links.url(session, rating)


def test_d5_a_revoked_link_does_not_lead_to_the_rating(session):
    pickup = make_pickup(session, state=PickupState.COLLECTED)
    link = make_link(session, pickup, revoked_at=NOW)
    issue(session, pickup, LinkPurpose.FEEDBACK)

    with pytest.raises(LinkRevoked) as ended:
        open_link(session, link)

    assert "feedback_url" not in ended.value.details


def test_a_courier_shares_his_own_pickups_link_in_the_contacts_words(session):
    branch = make_branch(session)
    courier = make_staff(session, branch)
    pickup = pickup_of(session, branch, locale=Locale.EN, courier=courier)

    shared = services.link_sharing.share(
        session, pickup_id=pickup.id, purpose=LinkPurpose.PICKUP, by=principal(courier), now=NOW
    )

    assert shared.url in shared.text
    assert "ready" in shared.text
    assert shared.expires_at == pickup.window_end + 2 * HOUR
    assert session.scalar(select(func.count()).where(EventRecord.name == "link.shared")) == 1


def test_b1_a_courier_cannot_share_anothers_pickup(session):
    pickup = make_pickup(session, courier=make_staff(session))
    stranger = make_staff(session, role=Role.COURIER)

    with pytest.raises(NotFound):
        services.link_sharing.share(
            session, pickup_id=pickup.id, purpose=LinkPurpose.PICKUP, by=principal(stranger), now=NOW
        )


def issue_all(session, pickups, *, now=NOW):
    contacts = queries.wait_contacts.of_pickups(session, [pickup.id for pickup in pickups], now=now)
    return services.link_issuing.issue_all(
        session, purpose=LinkPurpose.PICKUP, contacts=contacts.values(), now=now
    )


def test_many_links_are_issued_at_once_and_live_ones_are_kept(session):
    branch = make_branch(session)
    known, fresh = pickup_of(session, branch), pickup_of(session, branch)
    held = issue(session, known)

    issued = issue_all(session, [known, fresh])

    assert issued[known.id] == held.id
    made = session.get_one(Link, issued[fresh.id])
    assert open_link(session, made).pickup.id == fresh.id
    assert made.expires_at == issue(session, fresh).expires_at
    assert issue_all(session, [known, fresh]) == issued


def test_a_link_issued_among_many_goes_along_with_a_moved_window(session):
    pickup = pickup_of(session, make_branch(session))
    held = issue(session, pickup)
    pickup.window_end += HOUR
    session.flush()

    issue_all(session, [pickup])

    session.refresh(held)
    assert held.expires_at == pickup.window_end + 2 * HOUR


@pytest.mark.parametrize(("days", "longer"), [(6, 0), (8, 8)])
def test_a_preferences_link_lives_on_while_its_contact_is_written_to(session, days, longer):
    pickup = pickup_of(session, make_branch(session))
    to_contact = {"contact_id": pickup.contact_id, "branch_id": pickup.branch_id}
    issue_preferences = partial(services.link_issuing.issue_preferences, session, **to_contact)
    link_id = issue_preferences(now=NOW)
    ended_at = session.get_one(Link, link_id).expires_at

    again = issue_preferences(now=NOW + timedelta(days=days))

    assert again == link_id
    session.expire_all()
    assert session.get_one(Link, link_id).expires_at == ended_at + timedelta(days=longer)
