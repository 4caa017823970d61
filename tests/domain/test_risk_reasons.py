"""The reasons beside a score: which, in what order, and in both languages."""

import json
from string import Formatter

import pytest

from api.domain import risk_reasons
from api.domain.decline import Pace
from api.domain.risk_reasons import CareFacts, NextStep, Reason, ReasonCode, explain, next_step_text, sentence
from api.domain.vocabulary import FieldReportKind, Grade, Locale, ShipmentFailure

EVERYTHING_WENT_WRONG = CareFacts(
    silent_days=23,
    usual_gap_days=6,
    grade=Grade.A,
    days_since_visit=47,
    visit_every_days=14,
    failures={ShipmentFailure.LATE: 2, ShipmentFailure.DAMAGED: 1},
    leaves_in_30_days=2,
    late_arrivals_in_30_days=3,
    low_score=2,
    low_score_days_ago=1,
)


def test_the_silence_comes_first_with_its_own_rhythm() -> None:
    first = explain(CareFacts(silent_days=23, usual_gap_days=6))[0]

    assert sentence(first, Locale.EN) == "no shipment for 23 days; usual gap 6"
    assert sentence(first, Locale.ZH_CN) == "23 天未发货，平时约 6 天一次"


def test_three_reasons_are_the_most() -> None:
    codes = [reason.code for reason in explain(EVERYTHING_WENT_WRONG)]

    assert codes == [ReasonCode.SILENCE, ReasonCode.LOW_SCORE, ReasonCode.LEFT_WITHOUT_GOODS]


def test_a_critical_silence_wants_a_call_today() -> None:
    calm = explain(CareFacts(silent_days=23, usual_gap_days=6))[0]
    critical = explain(CareFacts(silent_days=80, usual_gap_days=6, critical=True))[0]

    assert (calm.next_step, critical.next_step) == (NextStep.VISIT_WITHIN_3_DAYS, NextStep.CALL_TODAY)


def test_failures_are_counted_by_kind() -> None:
    facts = CareFacts(
        silent_days=23,
        usual_gap_days=6,
        failures={ShipmentFailure.LATE: 2, ShipmentFailure.DAMAGED: 1},
        failures_of=20,
    )

    reason = next(reason for reason in explain(facts) if reason.code is ReasonCode.FAILURES)

    assert sentence(reason, Locale.EN) == "2 late, 1 damaged of the last 20"
    assert sentence(reason, Locale.ZH_CN) == "最近 20 票中延误 2 票、破损 1 票"


def test_a_visit_within_the_cadence_is_no_reason() -> None:
    facts = CareFacts(
        silent_days=23, usual_gap_days=6, grade=Grade.A, days_since_visit=14, visit_every_days=14
    )

    assert [reason.code for reason in explain(facts)] == [ReasonCode.SILENCE]


def test_a_missed_cadence_names_the_grade() -> None:
    facts = CareFacts(
        silent_days=23, usual_gap_days=6, grade=Grade.A, days_since_visit=47, visit_every_days=14
    )

    reason = explain(facts)[1]

    assert sentence(reason, Locale.EN) == "grade A, no visit for 47 days"
    assert sentence(reason, Locale.ZH_CN) == "A 级客户已 47 天未走访"


def test_an_old_low_score_is_forgiven() -> None:
    facts = CareFacts(silent_days=90, usual_gap_days=6, low_score=1, low_score_days_ago=61)

    assert ReasonCode.LOW_SCORE not in [reason.code for reason in explain(facts)]


def test_a_reason_survives_being_stored() -> None:
    for reason in explain(EVERYTHING_WENT_WRONG):
        stored = json.loads(json.dumps(reason.to_json()))

        assert Reason.from_json(stored) == reason


def test_what_a_courier_saw_and_an_open_case_stand_before_the_ratings() -> None:
    facts = CareFacts(
        silent_days=23,
        usual_gap_days=6,
        overdue_case=(118, 3),
        sightings={FieldReportKind.COMPETITOR_SEEN: 2},
    )

    sentences = [sentence(reason, Locale.EN) for reason in explain(facts)]

    assert sentences == [
        "no shipment for 23 days; usual gap 6",
        "case 118 open 3 days past due",
        "competitor seen 2 days ago",
    ]


@pytest.mark.parametrize(
    ("pace", "text"),
    [
        (Pace(41, 100.0, -4.0, 0, 0.0), "last 14 days 41 % of normal"),
        (Pace(70, 100.0, -1.0, 3, 24.6), "no parcel for 3 working days; some 25 expected"),
    ],
)
def test_a_frequent_shippers_volume_comes_first(pace: Pace, text: str) -> None:
    first = explain(CareFacts(silent_days=3, usual_gap_days=1, pace=pace))[0]

    assert sentence(first, Locale.EN) == text


@pytest.mark.parametrize("code", ReasonCode)
def test_every_reason_says_the_same_numbers_in_both_languages(code: ReasonCode) -> None:
    chinese, english = risk_reasons._SENTENCES[code]

    assert _holes(chinese) == _holes(english)


@pytest.mark.parametrize("step", NextStep)
@pytest.mark.parametrize("locale", Locale)
def test_every_next_step_has_words(step: NextStep, locale: Locale) -> None:
    assert next_step_text(step, locale)


def test_every_failure_has_words() -> None:
    assert set(risk_reasons._FAILURES) == set(ShipmentFailure)


def _holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
