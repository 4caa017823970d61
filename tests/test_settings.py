"""Settings: what is read from the environment, and what is refused with the name of the variable to mend."""

import stat
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.app import make_messenger
from api.domain.vocabulary import ContactChannel
from api.domain.ways import MailServer
from api.settings import KEY_NAMES, Settings, UnsafeSettings

KEY = b64encode(b"k" * 32).decode()
OTHER = b64encode(b"o" * 32).decode()
KEYS = dict.fromkeys(KEY_NAMES, KEY)


@pytest.fixture
def development(tmp_path):
    """An environment without keys."""
    return {"DOORSTEP_KEY_FILE": str(tmp_path / "var" / "keys.json")}


def test_without_any_setting_it_starts_on_this_machine_with_sqlite(development):
    settings = Settings.from_env(development)

    assert settings.is_sqlite
    assert settings.jobs == "inline"
    assert settings.push == settings.messenger == "console"
    assert settings.development


def test_on_postgresql_the_jobs_run_elsewhere():
    assert Settings.from_env({**KEYS, "DOORSTEP_DATABASE_URL": "postgresql://host/doorstep"}).jobs == "off"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOORSTEP_DATABASE_URL", "mysql://host/doorstep"),
        ("DOORSTEP_DATABASE_URL", "sqlite://"),
        ("DOORSTEP_DATABASE_URL", "sqlite:///:memory:"),
        ("DOORSTEP_DATABASE_URL", "postgresql"),
        ("DOORSTEP_SECRET_KEY", "not base64!"),
        ("DOORSTEP_SECRET_KEY", b64encode(b"short").decode()),
        ("DOORSTEP_SECRET_KEY", f"{KEY},{OTHER}"),
        ("DOORSTEP_INDEX_KEY", f"{KEY},{OTHER}"),
        ("DOORSTEP_DATA_KEYS", f"{KEY},"),
        ("DOORSTEP_LINK_KEYS", "schlüssel"),
        ("DOORSTEP_PUBLIC_URL", "doorstep.example"),
        ("DOORSTEP_PUBLIC_URL", "ftp://doorstep.example"),
        ("DOORSTEP_PUBLIC_URL", "https://"),
        ("DOORSTEP_PUSH", "apns"),
        ("DOORSTEP_PUSH", "fcm"),
        ("DOORSTEP_FCM_ENDPOINT", "https://fcm.example"),
        ("DOORSTEP_REDIS_URL", "http://127.0.0.1:6379"),
        ("DOORSTEP_RATE_LIMITS", "some"),
        ("DOORSTEP_MESSENGER", "sms"),
        ("DOORSTEP_MESSENGER", "sms=https://a.example sms=https://b.example"),
        ("DOORSTEP_MESSENGER", "apprise:json://a.example"),
        ("DOORSTEP_SMTP_URL", "mail.example"),
        ("DOORSTEP_SMTP_URL", "smtp://user:secret@[mail"),
        ("DOORSTEP_SMTP_URL", "smtp://user:secret@mail.example?starttls=off"),
        ("DOORSTEP_JOBS", "on"),
        ("DOORSTEP_LOG", "xml"),
        ("DOORSTEP_WAIT_LIMIT_SECONDS", "0"),
        ("DOORSTEP_WAIT_LIMIT_SECONDS", "7201"),
        ("DOORSTEP_WAIT_LIMIT_SECONDS", "5 min"),
        ("DOORSTEP_WAIT_LIMIT_SECONDS", "三百"),
        ("DOORSTEP_TRUSTED_PROXIES", "-1"),
        ("DOORSTEP_TRUSTED_PROXIES", "all"),
    ],
)
def test_a_refusal_names_the_variable(name, value):
    with pytest.raises(UnsafeSettings, match=name):
        Settings.from_env({**KEYS, name: value})


def test_messages_to_a_gateway_must_be_signed():
    with pytest.raises(UnsafeSettings, match="DOORSTEP_MESSENGER_SECRET"):
        Settings.from_env({**KEYS, "DOORSTEP_MESSENGER": "https://gateway.example"})


@pytest.mark.parametrize(
    "sender", ["", "branch", "Branch <branch@a.example>", "branch@a.example\r\nBcc: b@c.d"]
)
def test_mail_comes_from_an_address(sender):
    mail = {"DOORSTEP_SMTP_URL": "smtps://mail.example", "DOORSTEP_MAIL_FROM": sender}

    with pytest.raises(UnsafeSettings, match="DOORSTEP_MAIL_FROM"):
        Settings.from_env({**KEYS, **mail})


def test_text_messages_and_mail_have_their_own_ways():
    settings = Settings.from_env(
        {
            **KEYS,
            "DOORSTEP_MESSENGER": "https://gateway.example",
            "DOORSTEP_MESSENGER_SECRET": "between us",
            "DOORSTEP_SMTP_URL": "smtps://user:hunter2@mail.example",
            "DOORSTEP_MAIL_FROM": "branch@a.example",
        }
    )

    messenger = make_messenger(settings)

    assert messenger.channels == {"sms", "chat", "email"}
    assert settings.ways()[ContactChannel.EMAIL] == MailServer(
        "mail.example", 465, True, False, "user", "hunter2"
    )


def test_two_who_send_mail_are_one_too_many():
    both = {
        "DOORSTEP_MESSENGER": "email=https://gateway.example",
        "DOORSTEP_MESSENGER_SECRET": "between us",
        "DOORSTEP_SMTP_URL": "smtps://mail.example",
        "DOORSTEP_MAIL_FROM": "branch@a.example",
    }

    with pytest.raises(UnsafeSettings, match="DOORSTEP_SMTP_URL and DOORSTEP_MESSENGER"):
        Settings.from_env({**KEYS, **both})


def test_f7_passwords_of_messengers_are_in_no_refusal_and_no_traceback():
    ways = {"DOORSTEP_MESSENGER": "sms=apprise:json://user:hunter2@a.example/{to}"}
    with pytest.raises(UnsafeSettings) as refusal:
        Settings.from_env({**KEYS, **ways, "DOORSTEP_SMTP_URL": "smtp://user:hunter2@a.example:port"})

    settings = Settings.from_env({**KEYS, **ways})

    assert "hunter2" not in str(refusal.value)
    assert "hunter2" not in repr(settings)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
def test_a_url_that_apprise_does_not_understand_is_refused_at_the_start():
    settings = Settings.from_env({**KEYS, "DOORSTEP_MESSENGER": "chat=apprise:nonsense://hunter2"})

    with pytest.raises(UnsafeSettings, match="DOORSTEP_MESSENGER") as refusal:
        make_messenger(settings)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("missing", KEY_NAMES)
def test_some_keys_without_the_others_are_refused(missing):
    given = {name: KEY for name in KEY_NAMES if name != missing}

    with pytest.raises(UnsafeSettings, match=f"not {missing}"):
        Settings.from_env(given)


def test_two_data_keys_and_two_link_keys_are_valid_during_a_rotation():
    both = f"{OTHER},{KEY}"

    settings = Settings.from_env({**KEYS, "DOORSTEP_DATA_KEYS": both, "DOORSTEP_LINK_KEYS": both})

    assert settings.data_keys == settings.link_keys == (b"o" * 32, b"k" * 32)


class TestDevelopmentKeys:
    def test_they_are_made_once_and_kept(self, development):
        assert Settings.from_env(development).data_keys == Settings.from_env(development).data_keys

    def test_they_differ_from_each_other_and_from_machine_to_machine(self, development, tmp_path):
        first = Settings.from_env(development)
        second = Settings.from_env({"DOORSTEP_KEY_FILE": str(tmp_path / "another.json")})

        keys = {key for one in (first, second) for key in (one.secret_key, one.index_key, *one.data_keys)}
        assert len(keys) == 6

    def test_nobody_else_on_the_machine_can_read_them(self, development, tmp_path):
        Settings.from_env(development)

        assert stat.S_IMODE((tmp_path / "var" / "keys.json").stat().st_mode) == 0o600

    def test_two_processes_that_start_at_once_use_the_same(self, development):
        with ThreadPoolExecutor(4) as threads:
            made = threads.map(lambda _: Settings.from_env(development).data_keys, range(4))

        assert len(set(made)) == 1

    def test_a_file_that_holds_something_else_is_refused(self, development, tmp_path):
        (tmp_path / "var").mkdir()
        (tmp_path / "var" / "keys.json").write_text("[]")

        with pytest.raises(UnsafeSettings, match="DOORSTEP_KEY_FILE"):
            Settings.from_env(development)


class TestPublicAddress:
    """F9: made-up keys and open metrics stay on this machine."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
    def test_f9_on_this_machine_everything_goes(self, development, host):
        Settings.from_env(development).check_bind(host)

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "203.0.113.7", "doorstep.example", ""])
    def test_f9_made_up_keys_are_refused_on_a_public_address(self, development, host):
        settings = Settings.from_env({**development, "DOORSTEP_METRICS_TOKEN": "secret"})

        with pytest.raises(UnsafeSettings, match="DOORSTEP_SECRET_KEY"):
            settings.check_bind(host)

    def test_g1_a_public_address_is_not_served_without_limits(self):
        settings = Settings.from_env({**KEYS, "DOORSTEP_RATE_LIMITS": "off"})

        with pytest.raises(UnsafeSettings, match="DOORSTEP_RATE_LIMITS"):
            settings.check_bind("0.0.0.0")

    def test_f9_open_metrics_are_refused_on_a_public_address(self):
        with pytest.raises(UnsafeSettings, match="DOORSTEP_METRICS_TOKEN"):
            Settings.from_env(KEYS).check_bind("0.0.0.0")

    def test_f9_keys_and_a_metrics_token_may_be_served(self):
        Settings.from_env({**KEYS, "DOORSTEP_METRICS_TOKEN": "secret"}).check_bind("0.0.0.0")

    def test_f9_who_publishes_an_address_needs_them_whatever_he_binds(self, development):
        public = {"DOORSTEP_PUBLIC_URL": "https://doorstep.example"}

        with pytest.raises(UnsafeSettings, match="DOORSTEP_SECRET_KEY"):
            Settings.from_env({**development, **public})
        with pytest.raises(UnsafeSettings, match="DOORSTEP_METRICS_TOKEN"):
            Settings.from_env({**KEYS, **public})

    def test_f9_an_address_that_others_reach_speaks_tls(self):
        with pytest.raises(UnsafeSettings, match="DOORSTEP_PUBLIC_URL must be https"):
            Settings.from_env({**KEYS, "DOORSTEP_PUBLIC_URL": "http://doorstep.example"})

    @pytest.mark.parametrize("debug", ["1", "true", "yes"])
    def test_f9_an_address_that_others_reach_is_not_served_in_debug_mode(self, debug):
        public = {"DOORSTEP_PUBLIC_URL": "https://doorstep.example", "DOORSTEP_METRICS_TOKEN": "secret"}

        with pytest.raises(UnsafeSettings, match="FLASK_DEBUG"):
            Settings.from_env({**KEYS, **public, "FLASK_DEBUG": debug})
        assert Settings.from_env({**KEYS, **public, "FLASK_DEBUG": "0"})
        assert Settings.from_env({**KEYS, "FLASK_DEBUG": debug})

    def test_links_lead_to_where_a_development_server_listens(self, development):
        settings = Settings.from_env(development)

        assert settings.served_at("127.0.0.1", 9000).public_url == "http://127.0.0.1:9000"
        assert settings.served_at("0.0.0.0", 9000).public_url == settings.public_url

    def test_a_public_address_that_is_set_stays(self):
        public = {"DOORSTEP_PUBLIC_URL": "https://doorstep.example", "DOORSTEP_METRICS_TOKEN": "secret"}

        settings = Settings.from_env({**KEYS, **public})

        assert settings.served_at("127.0.0.1", 9000).public_url == "https://doorstep.example"


def test_on_sqlite_a_foreign_gunicorn_is_refused():
    with pytest.raises(UnsafeSettings, match="serve"):
        Settings.from_env({**KEYS, "SERVER_SOFTWARE": "gunicorn/27.0.1"})
