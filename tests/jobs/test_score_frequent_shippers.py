"""The night's scoring of daily shippers, by their volume; and what waits for Monday."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import AlertOutcome, AlertState, Band, ChurnEngine, ReasonFamily
from api.models import ChurnAlert, ChurnScore
from jobs.score_churn_risk import score_churn_risk
from tests.nights import alert_of, digests, everything, pushes
from tests.shipping import TODAY, ship

ONE_DAY = timedelta(days=1)


@pytest.mark.usefixtures("already_scored")
class TestFrequentShippers:
    def test_half_the_parcels_are_a_decline_with_its_number(self, database, job_context, daily):
        customer = daily(now=3)

        score_churn_risk(job_context)

        alert = alert_of(database, customer)
        assert (alert.reason_family, alert.band) == (ReasonFamily.DECLINE, Band.MEDIUM)
        assert alert.spell_started_on == TODAY - 14 * ONE_DAY
        assert alert.reasons[0]["numbers"] == {"percent": 50}
        assert alert.usual_parcels == 72  # On twelve open days.

    def test_a_stop_is_red_after_two_days(self, database, job_context, daily):
        customer = daily(now=6, until=3)

        score_churn_risk(job_context)

        alert = alert_of(database, customer)
        assert (alert.reason_family, alert.band) == (ReasonFamily.SILENCE, Band.HIGH)
        assert alert.reasons[0]["numbers"] == {"days": 2, "missed": 12}
        assert [one.customer_id for one in pushes(database)] == [customer.id]

    def test_the_usual_volume_closes_a_decline(self, database, job_context, clock, daily):
        customer = daily(now=3)
        score_churn_risk(job_context)
        with database.unit_of_work() as session:
            for _ in range(6):
                ship(session, customer, range(-11, 1))

        for _ in range(12):
            clock.tick(days=1)
            score_churn_risk(job_context)

        alert = alert_of(database, customer)
        assert (alert.state, alert.outcome) == (AlertState.RESOLVED, AlertOutcome.WON_BACK)

    def test_what_shipped_as_usual_raises_nothing(self, database, job_context, daily):
        customer = daily(now=6)

        score_churn_risk(job_context)

        assert everything(database, ChurnAlert) == []
        [score] = [one for one in everything(database, ChurnScore) if one.customer_id == customer.id]
        assert (score.engine, score.band) == (ChurnEngine.DECLINE, Band.LOW)


@pytest.mark.usefixtures("already_scored")
class TestMondaysDigest:
    def test_amber_is_told_on_monday_as_a_number(self, database, job_context, clock, shipper, rep):
        shipper(silent=15), shipper(silent=15)
        clock.tick(days=5)  # NOW is a Wednesday.

        score_churn_risk(job_context)

        [digest] = digests(database)
        assert (digest.staff_id, digest.variables) == (rep.id, {"count": 2})

    def test_on_other_days_amber_keeps_quiet(self, database, job_context, clock, shipper):
        shipper(silent=15)

        score_churn_risk(job_context)

        assert digests(database) == []

    def test_the_digest_is_one_of_the_three_pushes_a_day(self, database, job_context, clock, shipper):
        shipper(silent=10)
        for _ in range(4):
            shipper(silent=30)
        clock.tick(days=5)

        score_churn_risk(job_context)

        assert (len(digests(database)), len(pushes(database))) == (1, 2)
