"""What links may do and when they end."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain import link_policy
from api.domain.link_policy import LinkExpired, LinkFacts, LinkRevoked, LinkUnknown, LinkVerb
from api.domain.vocabulary import LinkPurpose, PickupState

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)


def facts(**changes) -> LinkFacts:
    values = {
        "purpose": LinkPurpose.PICKUP,
        "expires_at": NOW + timedelta(hours=1),
        "revoked_at": None,
        "pickup_state": PickupState.ASSIGNED,
    }
    return LinkFacts(**{**values, **changes})


@pytest.mark.parametrize(
    ("purpose", "verb"),
    [
        (LinkPurpose.FEEDBACK, LinkVerb.ANSWER_READINESS),
        (LinkPurpose.FEEDBACK, LinkVerb.ASK_EXTENSION),
        (LinkPurpose.PICKUP, LinkVerb.GIVE_FEEDBACK),
        (LinkPurpose.RESCHEDULE, LinkVerb.GIVE_FEEDBACK),
        (LinkPurpose.PREFERENCES, LinkVerb.READ_SLOTS),
        (LinkPurpose.FEEDBACK, LinkVerb.CHOOSE_SLOT),
        (LinkPurpose.PICKUP, LinkVerb.CHANGE_PREFERENCES),
        (LinkPurpose.RESCHEDULE, LinkVerb.COMPLAIN),
        (LinkPurpose.CASE, LinkVerb.GIVE_FEEDBACK),
    ],
)
def test_d4_a_link_cannot_do_what_another_purpose_may(purpose, verb):
    with pytest.raises(LinkUnknown):
        link_policy.check_may(purpose, verb)


@pytest.mark.parametrize("purpose", link_policy.ALLOWED)
def test_every_purpose_in_the_table_may_be_read(purpose):
    link_policy.check_may(purpose, LinkVerb.READ)


def test_a_live_link_passes_until_just_before_its_end():
    link_policy.check_live(facts(expires_at=NOW + timedelta(seconds=1)), now=NOW)


def test_d5_a_link_has_ended_at_the_instant_it_expires():
    with pytest.raises(LinkExpired):
        link_policy.check_live(facts(expires_at=NOW), now=NOW)


def test_d5_a_revoked_link_says_so_even_when_it_has_expired_too():
    with pytest.raises(LinkRevoked):
        link_policy.check_live(facts(expires_at=NOW, revoked_at=NOW), now=NOW)


@pytest.mark.parametrize(
    "state", [PickupState.COLLECTED, PickupState.LEFT, PickupState.MISSED, PickupState.CANCELLED]
)
def test_a_pickup_link_ends_when_the_courier_has_gone(state):
    with pytest.raises(LinkExpired):
        link_policy.check_live(facts(pickup_state=state), now=NOW)


def test_a_feedback_link_outlives_the_pickup():
    link_policy.check_live(facts(purpose=LinkPurpose.FEEDBACK, pickup_state=PickupState.COLLECTED), now=NOW)


def test_a_pickup_link_ends_two_hours_after_the_window():
    window_end = NOW + timedelta(minutes=30)

    ends_at = link_policy.expires_at(LinkPurpose.PICKUP, window_end=window_end, now=NOW)

    assert ends_at == window_end + timedelta(hours=2)


@pytest.mark.parametrize("purpose", [LinkPurpose.FEEDBACK, LinkPurpose.RESCHEDULE])
def test_other_links_live_seven_days_from_their_issue(purpose):
    ends_at = link_policy.expires_at(purpose, window_end=NOW - timedelta(days=3), now=NOW)

    assert ends_at == NOW + timedelta(days=7)


def test_no_feedback_link_before_a_courier_has_come():
    with pytest.raises(link_policy.NothingToRateYet):
        link_policy.check_may_issue(LinkPurpose.FEEDBACK, PickupState.EN_ROUTE)


def test_no_pickup_link_for_a_pickup_that_is_over():
    with pytest.raises(link_policy.PickupIsOver):
        link_policy.check_may_issue(LinkPurpose.PICKUP, PickupState.LEFT)


def test_purposes_without_a_page_are_not_issued():
    with pytest.raises(LinkUnknown):
        link_policy.check_may_issue(LinkPurpose.PREFERENCES, PickupState.ASSIGNED)
