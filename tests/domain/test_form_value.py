"""The age and the binding of a form's one-time value."""

from uuid import UUID

import pytest

from api.domain import form_value
from api.domain.form_value import FormOutdated, FormTooFast
from api.domain.link_policy import LinkVerb

LINK = UUID("0197a000-0000-7000-8000-000000000001")


def test_d11_a_value_is_bound_to_link_verb_and_version():
    here = form_value.purpose(LINK, LinkVerb.GIVE_FEEDBACK, 0)

    assert here != form_value.purpose(LINK, LinkVerb.GIVE_FEEDBACK, 1)
    assert here != form_value.purpose(LINK, LinkVerb.ASK_EXTENSION, 0)


@pytest.mark.parametrize("age", [2, 60, 12 * 3600])
def test_a_form_that_a_person_had_time_to_read_is_accepted(age):
    form_value.check_age(age)


@pytest.mark.parametrize("age", [-1, 0, 1])
def test_d2_a_form_sent_back_at_once_is_refused(age):
    with pytest.raises(FormTooFast):
        form_value.check_age(age)


@pytest.mark.parametrize("age", [None, 12 * 3600 + 1])
def test_d11_a_foreign_or_old_value_is_refused(age):
    with pytest.raises(FormOutdated):
        form_value.check_age(age)
