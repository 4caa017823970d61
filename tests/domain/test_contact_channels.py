"""By which channel a contact is written to."""

from itertools import product

import pytest

from api.domain.contact_channels import Reach, channel_for, masked_address
from api.domain.vocabulary import ContactChannel

SMS, CHAT, EMAIL = ContactChannel
ALL = frozenset(ContactChannel)


@pytest.mark.parametrize(
    ("reach", "ways", "channel"),
    [
        (Reach(True, True), ALL, SMS),
        (Reach(True, True), {EMAIL}, EMAIL),
        (Reach(True, True), {CHAT}, CHAT),
        (Reach(True, True), {CHAT, EMAIL}, EMAIL),
        (Reach(False, True), ALL, EMAIL),
        (Reach(False, True), {SMS, CHAT}, None),
        (Reach(True, False), {EMAIL}, None),
        (Reach(False, False), ALL, None),
        (Reach(True, True), frozenset(), None),
        (Reach(True, True, EMAIL), ALL, EMAIL),
        (Reach(True, True, CHAT), ALL, CHAT),
        (Reach(True, True, EMAIL), {SMS}, SMS),
        (Reach(True, False, EMAIL), ALL, SMS),
        (Reach(True, True, SMS, frozenset({SMS})), ALL, EMAIL),
        (Reach(True, False, None, frozenset({SMS})), ALL, CHAT),
        (Reach(True, True, None, frozenset({SMS, EMAIL})), {SMS, EMAIL}, None),
    ],
)
def test_his_wish_comes_first_then_what_reaches_him(
    reach: Reach, ways: frozenset[ContactChannel], channel: ContactChannel | None
) -> None:
    assert channel_for(reach, ways) is channel


def test_nobody_is_ever_written_to_where_there_is_no_address_or_no_way() -> None:
    for phone, email, preferred in product((True, False), (True, False), (None, *ContactChannel)):
        for ways, failed in product(({SMS}, {EMAIL}, {CHAT, SMS}, ALL), ({SMS}, {EMAIL}, set())):
            chosen = channel_for(Reach(phone, email, preferred, frozenset(failed)), ways)

            assert chosen is None or (chosen in ways and chosen not in failed)
            assert chosen is None or (email if chosen is EMAIL else phone)


def test_an_address_is_shown_masked() -> None:
    both = {"phone": "+8613800138000", "email": "li.min@example.com"}

    assert masked_address(SMS, **both) == masked_address(CHAT, **both) == "+86*******8000"
    assert masked_address(EMAIL, **both) == "l***@example.com"
    assert masked_address(EMAIL, phone="+8613800138000", email=None) is None
