"""The night's scoring: once per branch and day, alerts that follow the silence, owners told within reason."""

import random
from datetime import timedelta

import pytest

from api import queries
from api.domain.vocabulary import (
    AlertOutcome,
    AlertState,
    Band,
    ChurnEngine,
    CustomerState,
    Grade,
    LossReason,
    Role,
    ShipmentFailure,
)
from api.models import ChurnAlert, ChurnModel, ChurnScore
from jobs.score_churn_risk import PATIENCE, score_branch, score_churn_risk
from tests.databases import only_sqlite
from tests.factories import (
    make_churn_alert,
    make_customer,
    make_staff,
)
from tests.fakes import NOW
from tests.nights import alert_of, everything, pushes
from tests.shipping import TODAY, WEEKLY_UNTIL_YESTERDAY, ship

ONE_DAY = timedelta(days=1)


class TestTheNight:
    def test_every_shipper_gets_a_score(self, database, job_context, shipper):
        active, silent = shipper(silent=1), shipper(silent=40)

        assert score_churn_risk(job_context) == 2

        scores = {score.customer_id: score for score in everything(database, ChurnScore)}
        assert scores[active.id].band is Band.LOW
        assert (scores[silent.id].band, scores[silent.id].recency_days) == (Band.HIGH, 40)
        assert {score.engine for score in scores.values()} == {ChurnEngine.RULE}
        assert {score.scored_on for score in scores.values()} == {TODAY}

    def test_it_comes_at_three_local_and_not_before(self, clock, job_context, shipper):
        shipper(silent=1)
        clock.tick(hours=17, minutes=29)  # 02:59 in Shanghai; the day before counts no more.

        assert score_churn_risk(job_context) == 0
        clock.tick(minutes=1)
        assert score_churn_risk(job_context) == 1

    def test_a_second_run_on_the_same_day_does_nothing(self, database, job_context, shipper):
        shipper(silent=40)
        score_churn_risk(job_context)

        assert score_churn_risk(job_context) == 0
        assert len(everything(database, ChurnScore)) == 1

    def test_scoring_again_by_hand_replaces_and_doubles_nothing(
        self, database, job_context, branch, shipper, already_scored
    ):
        shipper(silent=40)
        score_branch(job_context, branch.id, TODAY)

        again = score_branch(job_context, branch.id, TODAY)

        assert (again.scored, again.calling, again.told) == (2, 0, 0)
        assert len([one for one in everything(database, ChurnScore) if one.scored_on == TODAY]) == 2
        assert len(everything(database, ChurnAlert)) == len(pushes(database)) == 1

    def test_a_night_that_died_is_taken_over(self, database, job_context, clock, branch, shipper):
        shipper(silent=1)
        with database.unit_of_work() as session:
            slot = f"{branch.id}:{TODAY.isoformat()}"
            assert queries.job_slots.claim(session, "score_churn_risk", slot, now=clock.now())

        assert score_churn_risk(job_context) == 0
        clock.tick(seconds=PATIENCE.total_seconds())
        assert score_churn_risk(job_context) == 1

    def test_branches_are_scored_by_themselves(self, database, job_context, shipper):
        shipper(silent=1)
        with database.unit_of_work() as session:
            ship(session, make_customer(session), WEEKLY_UNTIL_YESTERDAY)

        assert score_churn_risk(job_context) == 2
        assert len({score.branch_id for score in everything(database, ChurnScore)}) == 2

    def test_what_was_learned_is_kept_with_its_reason(self, database, job_context, shipper):
        shipper(silent=1)

        score_churn_risk(job_context)

        [model] = everything(database, ChurnModel)
        assert (model.engine, model.status, model.as_of) == (ChurnEngine.RULE, "short_history", TODAY)

    def test_with_history_enough_the_model_speaks(self, database, job_context, branch):
        chance = random.Random(5)
        with database.unit_of_work() as session:
            for _ in range(220):
                days, ago = [], 420
                while ago > 0 and (not days or chance.random() > 0.1):
                    days.append(ago)
                    ago -= 1 + int(chance.expovariate(1 / chance.choice((8, 20, 40))))
                ship(session, make_customer(session, branch), days)

        score_churn_risk(job_context)

        scores = everything(database, ChurnScore)
        assert len(scores) == 220
        assert {score.engine for score in scores} == {ChurnEngine.MODEL}
        assert all(0 <= score.p_ships <= 1 for score in scores)

    def test_customers_closed_by_us_are_never_scored(self, database, job_context, shipper):
        shipper(silent=40, state=CustomerState.CLOSED_BY_US)

        score_churn_risk(job_context)

        assert everything(database, ChurnScore) == []

    def test_the_score_of_a_lost_customer_stands_still(self, database, job_context, shipper):
        customer = shipper(silent=40)
        with database.unit_of_work() as session:
            make_churn_alert(
                session,
                customer,
                spell_started_on=TODAY - 40 * ONE_DAY,
                state=AlertState.RESOLVED,
                outcome=AlertOutcome.LOST,
                loss_reason=LossReason.PRICE,
                resolved_at=NOW,
            )

        assert score_churn_risk(job_context) == 0


@pytest.mark.usefixtures("already_scored")
class TestAlerts:
    def test_a_silent_customer_raises_an_alert_and_tells_its_owner(self, database, job_context, shipper, rep):
        customer = shipper(silent=30)

        score_churn_risk(job_context)

        alert = alert_of(database, customer)
        assert (alert.band, alert.state, alert.owner_id) == (Band.HIGH, AlertState.RAISED, rep.id)
        assert alert.spell_started_on == TODAY - 30 * ONE_DAY
        assert alert.reasons[0]["numbers"] == {"days": 30, "usual_gap": 7}
        [push] = pushes(database)
        assert (push.staff_id, push.customer_id) == (rep.id, customer.id)

    def test_amber_waits_on_the_list_without_a_push(self, database, job_context, shipper):
        customer = shipper(silent=15)

        score_churn_risk(job_context)

        assert alert_of(database, customer).band is Band.MEDIUM
        assert pushes(database) == []

    def test_for_grade_a_amber_is_pushed_too(self, database, job_context, shipper):
        shipper(silent=15, grade=Grade.A)

        score_churn_risk(job_context)

        assert len(pushes(database)) == 1

    def test_service_failures_are_among_the_reasons(self, database, job_context, shipper):
        customer = shipper(silent=30)
        with database.unit_of_work() as session:
            ship(session, customer, [30], failure=ShipmentFailure.LATE)
            ship(session, customer, [30], failure=ShipmentFailure.DAMAGED)

        score_churn_risk(job_context)

        failures = alert_of(database, customer).reasons[1]
        assert failures["numbers"] == {"damaged": 1, "late": 1, "of": 14}

    def test_without_an_owner_nobody_is_told_and_the_alert_stays(self, database, job_context, shipper):
        customer = shipper(silent=30, owner_id=None)

        score_churn_risk(job_context)

        assert alert_of(database, customer).state is AlertState.RAISED
        assert pushes(database) == []

    def test_an_owner_who_has_left_is_not_told(self, database, job_context, rep, shipper):
        shipper(silent=30)
        with database.unit_of_work() as session:
            session.merge(rep).deactivated_at = NOW

        score_churn_risk(job_context)

        assert pushes(database) == []

    def test_three_pushes_a_day_are_enough_and_the_rest_comes_another_night(
        self, database, job_context, clock, shipper
    ):
        for _ in range(5):
            shipper(silent=30)

        score_churn_risk(job_context)
        first_night = len(pushes(database))
        clock.tick(days=1)
        score_churn_risk(job_context)

        assert (first_night, len(pushes(database))) == (3, 5)

    def test_two_shipping_days_close_an_alert_and_one_does_not(
        self, database, job_context, branch, clock, shipper
    ):
        customer = shipper(silent=30)
        score_churn_risk(job_context)
        with database.unit_of_work() as session:
            ship(session, customer, [0])
        clock.tick(days=1)
        score_churn_risk(job_context)
        after_one_day = alert_of(database, customer).state
        with database.unit_of_work() as session:
            ship(session, customer, [-1])
        clock.tick(days=1)
        score_churn_risk(job_context)

        alert = alert_of(database, customer)
        assert after_one_day is AlertState.RAISED
        assert (alert.state, alert.outcome) == (AlertState.RESOLVED, AlertOutcome.WON_BACK)

    def test_a_snoozed_alert_wakes_when_its_time_is_over(self, database, job_context, clock, shipper):
        customer = shipper(silent=30)
        score_churn_risk(job_context)
        with database.unit_of_work() as session:
            alert = session.get_one(ChurnAlert, alert_of(database, customer).id)
            alert.state, alert.snoozed_until = AlertState.SNOOZED, NOW + 3 * ONE_DAY

        states = []
        for _ in range(3):
            clock.tick(days=1)
            score_churn_risk(job_context)
            states.append(alert_of(database, customer).state)

        assert states == [AlertState.SNOOZED, AlertState.SNOOZED, AlertState.RAISED]

    def test_a_spell_that_worsens_breaks_the_snooze_and_is_pushed(
        self, database, job_context, clock, shipper
    ):
        customer = shipper(silent=20)
        score_churn_risk(job_context)
        with database.unit_of_work() as session:
            alert = session.get_one(ChurnAlert, alert_of(database, customer).id)
            alert.state, alert.snoozed_until = AlertState.SNOOZED, NOW + 14 * ONE_DAY

        clock.tick(days=2)
        score_churn_risk(job_context)

        alert = alert_of(database, customer)
        assert (alert.band, alert.state, len(pushes(database))) == (Band.HIGH, AlertState.RAISED, 1)

    def test_an_alert_follows_its_customer_to_a_new_owner(
        self, database, job_context, branch, clock, shipper
    ):
        customer = shipper(silent=30)
        score_churn_risk(job_context)
        with database.unit_of_work() as session:
            heir = make_staff(session, branch, role=Role.SALES_REP)
            session.merge(customer).owner_id = heir.id

        clock.tick(days=1)
        score_churn_risk(job_context)

        assert alert_of(database, customer).owner_id == heir.id
        assert {push.staff_id for push in pushes(database)} == {customer.owner_id, heir.id}

    @only_sqlite
    def test_27_weeks_of_nights_push_each_spell_once_a_band(self, database, job_context, clock, shipper):
        customers = [shipper(silent=silent, grade=Grade.A) for silent in (1, 5, 10)]

        for _ in range(27 * 7):
            score_churn_risk(job_context)
            clock.tick(days=1)

        told = [push.customer_id for push in pushes(database)]
        assert [told.count(customer.id) for customer in customers] == [2, 2, 2]


class TestFirstScoring:
    def test_long_spells_form_the_win_back_list_and_nobody_is_told(self, database, job_context, shipper):
        gone, going = shipper(silent=61), shipper(silent=60)

        score_churn_risk(job_context)

        assert alert_of(database, gone).win_back
        assert not alert_of(database, going).win_back
        assert [push.customer_id for push in pushes(database)] == [going.id]

    def test_the_list_stays_quiet_on_later_nights(self, database, job_context, clock, shipper):
        shipper(silent=200)

        for _ in range(3):
            score_churn_risk(job_context)
            clock.tick(days=1)

        assert len(everything(database, ChurnAlert)) == 1
        assert pushes(database) == []
