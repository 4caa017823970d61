"""The demo branch: the same at every import, with real histories moved to end yesterday."""

from datetime import date, timedelta
from importlib.util import find_spec
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.domain.vocabulary import Grade
from api.models import Contact, Customer, Shipment, Site
from api.schemas.fields import parse_phone
from demo import cdnow, people
from demo.branch import Founding, grades_by_revenue
from demo.cdnow import Purchase
from tests.databases import only_sqlite
from tests.fakes import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
YESTERDAY = date(2026, 11, 17)

with_history = pytest.mark.skipif(find_spec("lifetimes") is None, reason="`make run` installs the history")


def test_the_last_day_of_the_data_becomes_yesterday():
    bought = [Purchase(7, cdnow.LAST_DAY, 2, 1199), Purchase(8, cdnow.LAST_DAY - timedelta(days=9), 1, 0)]

    newest, older = cdnow.shipments("C1", bought, yesterday=YESTERDAY, zone=SHANGHAI)

    assert newest.picked_up_at.date() == YESTERDAY
    assert older.picked_up_at.date() == YESTERDAY - timedelta(days=9)
    assert (newest.waybill, newest.revenue_minor, newest.pieces) == ("CD0000007", 8393, 2)


def test_the_largest_customers_who_make_seventy_percent_are_grade_a():
    grades = grades_by_revenue({"large": 70, "middle": 20, "small": 10, "nothing": 0})

    assert grades == {"large": Grade.A, "middle": Grade.B, "small": Grade.C, "nothing": Grade.C}


def test_the_same_businesses_are_made_up_at_every_import():
    first, again = list(people.businesses(600)), list(people.businesses(600))

    assert first == again
    assert len({one.name for one in first}) == 600
    assert all(parse_phone(one.contact.phone) == one.contact.phone for one in first)


@with_history
def test_four_hundred_of_the_customers_have_at_least_five_purchase_days():
    days = [len({one.bought_on for one in bought}) for bought in cdnow.chosen_customers().values()]

    assert len(days) == 600
    assert sum(count >= 5 for count in days) == 400


@with_history
@only_sqlite
def test_every_customer_comes_with_a_contact_a_site_and_its_whole_history(session: Session):
    recorded = Founding(session, NOW).take_in_customers()

    counts = [session.scalar(select(func.count()).select_from(table)) for table in (Customer, Contact, Site)]
    assert counts == [600, 600, 600]
    assert session.scalar(select(func.count()).select_from(Shipment)) == recorded > 4000
    assert session.scalar(select(func.max(Shipment.shipped_on))) <= YESTERDAY
