"""What contacts wish about our messages: taken over, kept in versions, and only through the right link."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from api import queries, services
from api.domain.link_policy import LinkUnknown, LinkVerb
from api.domain.preferences import ChannelNotPossible, HoursImpossible, Preferences
from api.domain.vocabulary import ContactChannel, LinkPurpose
from api.models import Contact, EventRecord
from tests.factories import make_contact, make_customer, make_link, make_pickup, make_site
from tests.fakes import NOW

LATER = NOW + timedelta(hours=1)


def pickup_of(session, **contact):
    customer = make_customer(session)
    return make_pickup(session, make_site(session, customer), make_contact(session, customer, **contact))


def opened(session, pickup, purpose=LinkPurpose.PREFERENCES):
    link = make_link(session, pickup, purpose=purpose, pickup_id=None)
    return services.links.open_by_id(session, link_id=link.id, verb=LinkVerb.READ, now=NOW)


def change(session, through, *, now=NOW, **wishes):
    return services.preferences.change(session, through=through, preferences=Preferences(**wishes), now=now)


def facts(session):
    named = select(EventRecord).where(EventRecord.name == "contact.preferences_changed")
    return session.scalars(named.order_by(EventRecord.id)).all()


def test_wishes_are_kept_on_the_contact(session):
    pickup = pickup_of(session)
    through = opened(session, pickup)

    change(session, through, channel=ContactChannel.CHAT, hours_start=time(9), hours_end=time(17, 30))

    view = queries.preferences.of(session, pickup.contact_id)
    assert view.wishes == Preferences(False, ContactChannel.CHAT, time(9), time(17, 30))


def test_opting_out_is_dated_and_can_be_taken_back(session):
    pickup = pickup_of(session)
    through = opened(session, pickup)

    change(session, through, opted_out=True)
    out_since = session.get_one(Contact, pickup.contact_id).opted_out_at
    change(session, through, opted_out=True, channel=ContactChannel.SMS, now=LATER)
    still_since = session.get_one(Contact, pickup.contact_id).opted_out_at
    change(session, through, now=LATER)

    assert (out_since, still_since) == (NOW, NOW)
    assert session.get_one(Contact, pickup.contact_id).opted_out_at is None


def test_every_version_is_kept_with_its_link(session):
    through = opened(session, pickup_of(session))

    change(session, through, opted_out=True)
    change(session, through, hours_start=time(9), hours_end=time(12), now=LATER)

    first, second = facts(session)
    assert first.data["opted_out"] is True
    assert (second.data["opted_out"], second.data["hours_end"]) == (False, "12:00")
    assert second.data["link_id"] == str(through.link.id)


def test_the_same_again_is_no_version(session):
    through = opened(session, pickup_of(session))

    change(session, through, opted_out=True)
    change(session, through, opted_out=True, now=LATER)

    assert len(facts(session)) == 1


def test_a_channel_needs_an_address(session):
    through = opened(session, pickup_of(session, email=None))

    with pytest.raises(ChannelNotPossible):
        change(session, through, channel=ContactChannel.EMAIL)


def test_a_channel_that_lost_its_address_does_not_keep_anybody_from_opting_out(session):
    pickup = pickup_of(session, email=None, preferred_channel=ContactChannel.EMAIL)
    through = opened(session, pickup)

    change(session, through, opted_out=True, channel=ContactChannel.EMAIL)

    assert session.get_one(Contact, pickup.contact_id).opted_out_at == NOW


@pytest.mark.parametrize(
    ("start", "end"), [(time(9), None), (None, time(9)), (time(9), time(9)), (time(22), time(6))]
)
def test_hours_are_two_and_in_order(session, start, end):
    through = opened(session, pickup_of(session))

    with pytest.raises(HoursImpossible):
        change(session, through, hours_start=start, hours_end=end)


def test_d4_no_other_link_changes_wishes(session):
    through = opened(session, pickup_of(session), LinkPurpose.RESCHEDULE)

    with pytest.raises(LinkUnknown):
        change(session, through, opted_out=True)


def test_only_channels_that_the_house_has_a_way_for_are_offered(session):
    pickup = pickup_of(session, email="fang.li@example.com")
    before = session.info["contact_channels"]

    session.info["contact_channels"] = frozenset({ContactChannel.EMAIL})
    offered = queries.preferences.of(session, pickup.contact_id).channels
    session.info["contact_channels"] = before

    assert offered == (ContactChannel.EMAIL,)
