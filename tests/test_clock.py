"""The clocks: what they follow, what they do not, and that time never runs backwards."""

from datetime import timedelta

import pytest

from api.clock import OFFSET_AGE_SECONDS, DatabaseClock, JumpDetector, SystemClock
from tests.fakes import NOW

SECOND = timedelta(seconds=1)


class Hands:
    """A wall clock and a monotonic clock that tests move."""

    def __init__(self):
        self.wall = NOW
        self.monotonic = 1_000.0
        self.reachable = True

    def pass_(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.monotonic += seconds

    def read_wall(self):
        if not self.reachable:
            raise ConnectionError
        return self.wall

    def read_monotonic(self):
        return self.monotonic


@pytest.fixture
def hands():
    return Hands()


class TestSystemClock:
    @pytest.fixture
    def clock(self, hands):
        return SystemClock(hands.read_wall, hands.read_monotonic)

    def test_it_goes_on_with_the_time_that_passes(self, clock, hands):
        hands.pass_(90)

        assert clock.now() == NOW + 90 * SECOND

    @pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)])
    def test_it_does_not_follow_a_wall_clock_that_is_set(self, clock, hands, jump):
        hands.wall += jump
        hands.pass_(1)

        assert clock.now() == NOW + SECOND

    def test_it_raises_one_alarm_for_one_jump(self, clock, hands, alarms):
        hands.wall += timedelta(hours=1)

        for _ in range(3):
            clock.now()

        assert alarms() == ["clock.wall_clock_jumped"]

    def test_a_clock_that_is_slewed_by_less_than_a_second_raises_none(self, clock, hands, alarms):
        hands.wall += 0.9 * SECOND

        clock.now()

        assert alarms() == []

    def test_the_machines_own_clock_is_aware_and_in_utc(self):
        assert SystemClock().now().utcoffset() == timedelta()


class TestDatabaseClock:
    @pytest.fixture
    def clock(self, hands):
        return DatabaseClock(hands.read_wall, hands.read_monotonic)

    def test_it_tells_the_databases_time(self, clock, hands):
        hands.wall += timedelta(hours=3)

        assert clock.now() == NOW + timedelta(hours=3)

    def test_between_two_readings_it_goes_on_by_itself(self, clock, hands):
        clock.now()
        hands.reachable = False
        hands.monotonic += OFFSET_AGE_SECONDS

        assert clock.now() == NOW + OFFSET_AGE_SECONDS * SECOND

    def test_it_follows_the_database_at_the_next_reading(self, clock, hands):
        clock.now()
        hands.wall += timedelta(minutes=1)
        hands.pass_(OFFSET_AGE_SECONDS + 1)

        assert clock.now() == hands.wall

    def test_it_never_runs_backwards(self, clock, hands):
        before = clock.now()
        hands.wall -= timedelta(hours=1)
        hands.pass_(OFFSET_AGE_SECONDS + 1)

        assert clock.now() == before

    def test_while_the_database_is_away_the_last_offset_holds(self, clock, hands, alarms):
        clock.now()
        hands.reachable = False
        hands.pass_(60)

        assert clock.now() == NOW + 60 * SECOND
        assert alarms() == ["clock.database_unreachable"]

    def test_a_database_that_was_never_reached_is_an_error(self, clock, hands):
        hands.reachable = False

        with pytest.raises(ConnectionError):
            clock.now()

    def test_a_slow_answer_is_corrected_by_half_its_way(self, hands):
        def slow():
            hands.pass_(2)
            return hands.wall - SECOND

        assert DatabaseClock(slow, hands.read_monotonic).now() == hands.wall

    def test_a_real_database_has_one(self, database):
        clock = database.clock()

        assert SECOND > clock.now() - SystemClock().now() > -SECOND
        assert clock.now().utcoffset() == timedelta()


class TestJumpDetector:
    @pytest.fixture
    def detector(self, hands):
        return JumpDetector(hands.read_wall, hands.read_monotonic)

    def test_time_that_passes_is_no_jump(self, detector, hands):
        hands.pass_(3600)

        assert not detector.jumped()

    @pytest.mark.parametrize("jump", [timedelta(minutes=1), -timedelta(minutes=1)])
    def test_a_jump_is_told_once(self, detector, hands, jump):
        hands.wall += jump

        assert detector.jumped()
        assert not detector.jumped()
