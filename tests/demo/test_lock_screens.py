"""The rules of the app, as the stand-in's page keeps them: an id once, a thread in one place."""

from datetime import UTC, datetime

from demo.lock_screens import LockScreen, LockScreens, page

AT = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)


def message(
    notice_id, *, thread="wait:1", title="等待时限将至", body="请留意交接进度。", token="phone-one", **data
):
    return {
        "token": token,
        "data": {"notice_id": notice_id, "kind": "wait_warn"} | data,
        "notification": {"title": title, "body": body},
        "android": {"priority": "high", "notification": {"tag": thread}},
    }


def titles(screen: LockScreen):
    return [shown.title for shown in screen.notices]


def test_a_notice_id_is_shown_once():
    screen = LockScreen()
    screen.take(message("1"), AT)

    screen.take(message("1"), AT)

    assert titles(screen) == ["等待时限将至"]
    assert screen.repeats == 1


def test_what_was_put_off_is_shown_once_more_and_its_repeat_is_not():
    screen = LockScreen()
    screen.take(message("1", title="first"), AT)

    for _ in range(2):
        screen.take(message("1", title="again", shown_again="1"), AT)

    assert titles(screen) == ["again"]
    assert screen.repeats == 1


def test_a_newer_notice_takes_the_place_of_its_thread():
    screen = LockScreen()
    screen.take(message("1", title="warn"), AT)
    screen.take(message("2", thread="pickup:9", title="another"), AT)

    screen.take(message("3", title="expired"), AT)

    assert titles(screen) == ["expired", "another"]
    assert screen.notices[0].replaced == 1


def test_a_repeat_does_not_come_back_after_it_was_replaced():
    screen = LockScreen()
    screen.take(message("1", title="warn"), AT)
    screen.take(message("2", title="expired"), AT)

    screen.take(message("1", title="warn"), AT)

    assert titles(screen) == ["expired"]


def test_what_has_no_text_is_not_shown():
    screen = LockScreen()

    screen.take({"token": "phone-one", "data": {"refresh": "changes"}}, AT)

    assert (screen.notices, screen.silent) == ([], 1)


def test_each_address_is_a_phone_of_its_own():
    screens = LockScreens()

    screens.take(message("1"), AT)
    screens.take(message("1", token="phone-two"), AT)

    assert [len(screen.notices) for screen in screens.phones.values()] == [1, 1]


def test_the_page_shows_the_phones_and_says_which_mode_it_is():
    screens = LockScreens()
    screens.take(message("1"), AT)

    html = page(screens, "slow", ["ok", "slow"], {"ok": 3})

    assert "等待时限将至" in html
    assert '<button name="mode" value="slow" disabled>' in html
    assert "ok 3" in html


def test_what_arrives_is_text_on_the_page_and_nothing_else():
    screens = LockScreens()
    screens.take(message("1", title="<script>alert(1)</script>", token='"><b>'), AT)

    html = page(screens, "ok", ["ok"], {})

    assert "<script>" not in html
    assert '"><b>' not in html
