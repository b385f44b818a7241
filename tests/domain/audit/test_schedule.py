from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.audit.schedule import Night, Nightly, due_night

PARIS = Nightly(at=time(2, 30), zone=ZoneInfo("Europe/Paris"))
UNTIL = datetime(2027, 6, 1)  # noqa: DTZ001  hypothesis wants bounds without a zone
SINCE = datetime(2026, 1, 1)  # noqa: DTZ001


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def over(due_at: datetime) -> Night:
    return Night(due_at=due_at, tries=1, is_over=True)


def test_the_time_of_day_is_that_of_the_zone() -> None:
    assert PARIS.latest(at(1, 15, 1, 30)) == at(1, 15, 1, 30)
    assert PARIS.latest(at(1, 15, 1, 29)) == at(1, 14, 1, 30)
    assert PARIS.latest(at(7, 15, 1, 29)) == at(7, 15, 0, 30)


def test_a_night_is_due_once_where_clocks_are_set_over_its_time() -> None:
    # 29 March: 02:30 does not exist; 25 October: it comes twice.
    assert PARIS.latest(at(3, 29, 12)) == at(3, 29, 1, 30)
    assert PARIS.latest(at(10, 25, 12)) == at(10, 25, 0, 30)
    assert PARIS.latest(at(10, 25, 1, 45)) == at(10, 25, 0, 30)


@given(
    st.datetimes(min_value=SINCE, max_value=UNTIL, timezones=st.just(UTC)),
    st.times(),
    st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Pacific/Apia"]),
)
def test_the_latest_night_is_past_and_not_much_more_than_a_day_ago(
    now: datetime, of_day: time, zone: str
) -> None:
    latest = Nightly(at=of_day, zone=ZoneInfo(zone)).latest(now)
    assert timedelta() <= now - latest <= timedelta(hours=25)


def test_a_night_that_is_over_is_not_due_again_until_the_next() -> None:
    kept = [over(at(1, 15, 1, 30))]
    assert due_night(PARIS, at(1, 15, 1, 31), kept) is None
    assert due_night(PARIS, at(1, 16, 1, 29), kept) is None
    assert due_night(PARIS, at(1, 16, 1, 30), kept) == at(1, 16, 1, 30)


def test_of_several_nights_that_were_missed_the_latest_is_due() -> None:
    assert due_night(PARIS, at(1, 19, 9), [over(at(1, 15, 1, 30))]) == at(1, 18, 1, 30) + timedelta(
        days=1
    )


def test_a_night_that_was_begun_and_not_ended_is_still_due() -> None:
    begun = Night(due_at=at(1, 16, 1, 30), tries=1, is_over=False)
    kept = [over(at(1, 15, 1, 30)), begun]
    assert due_night(PARIS, at(1, 16, 1, 40), kept) == at(1, 16, 1, 30)


def test_an_earlier_time_of_day_makes_no_second_night() -> None:
    kept = [over(at(1, 15, 1, 30))]
    earlier = Nightly(at=time(1, 0), zone=PARIS.zone)
    assert due_night(earlier, at(1, 15, 9), kept) is None


def test_a_night_that_was_kept_while_the_clock_was_wrong_holds_nothing_up() -> None:
    kept = [over(at(12, 1, 1, 30))]
    assert due_night(PARIS, at(1, 16, 2), kept) == at(1, 16, 1, 30)
