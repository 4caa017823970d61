"""What a courier gets for his own phone's share sheet: one address, in few words that the contact reads."""

import pytest
from sqlalchemy import select

from api import services
from api.domain.link_policy import OF_A_PICKUP, LinkUnknown
from api.domain.principal import Principal
from api.domain.vocabulary import LinkPurpose, Locale, PickupState
from api.models import EventRecord
from tests.factories import (
    make_branch,
    make_contact,
    make_customer,
    make_pickup,
    make_site,
    make_staff,
)
from tests.fakes import NOW

STATES = {
    LinkPurpose.PICKUP: PickupState.ASSIGNED,
    LinkPurpose.RESCHEDULE: PickupState.LEFT,
    LinkPurpose.FEEDBACK: PickupState.COLLECTED,
}
LONGEST_BESIDE_THE_ADDRESS = {Locale.ZH_CN: 70, Locale.EN: 160}  # One SMS without the link.


def share(session, purpose, *, state, locale=Locale.ZH_CN):
    branch = make_branch(session, name="张江网点")
    customer = make_customer(session, branch)
    contact = make_contact(session, customer, locale=locale)
    courier = make_staff(session, branch)
    pickup = make_pickup(session, make_site(session, customer), contact, courier=courier, state=state)
    by = Principal(courier.id, branch.id, courier.role, courier.locale, session_id=None)
    shared = services.link_sharing.share(session, pickup_id=pickup.id, purpose=purpose, by=by, now=NOW)
    return shared, courier


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("purpose", STATES)
def test_every_kind_that_is_shared_is_short_and_in_the_contacts_language(session, purpose, locale):
    shared, _ = share(session, purpose, state=STATES[purpose], locale=locale)

    words = shared.text.replace(shared.url, "").replace("张江网点", "")
    assert shared.text.count(shared.url) == 1
    assert len(words) <= LONGEST_BESIDE_THE_ADDRESS[locale]
    assert words.isascii() == (locale is Locale.EN) or any(sign in words for sign in "–’")


def test_every_link_about_a_pickup_can_be_shared():
    assert OF_A_PICKUP == services.link_sharing.SHARED_AS.keys() == STATES.keys()


@pytest.mark.parametrize("purpose", [LinkPurpose.CASE, LinkPurpose.PREFERENCES])
def test_d4_nobody_shares_what_is_the_contacts_own(session, purpose):
    with pytest.raises(LinkUnknown):
        share(session, purpose, state=PickupState.ASSIGNED)


def test_who_shared_it_is_kept_and_the_token_is_not(session):
    shared, courier = share(session, LinkPurpose.PICKUP, state=PickupState.ASSIGNED)

    [fact] = session.scalars(select(EventRecord).where(EventRecord.name == "link.shared"))
    assert (fact.actor_id, fact.data["purpose"]) == (courier.id, "pickup")
    assert shared.url.rpartition("/")[2] not in repr(fact.data)
