"""Settings, read once from the environment and checked at start. The only reader of `os.environ`."""

import ipaddress
import json
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from api.domain.vocabulary import ContactChannel
from api.domain.ways import APPRISE, CONSOLE, MailServer, WaysUnclear, ways_of
from api.security import FieldCipher, FileCipher, LinkSigner, Signer, Vault

DEVELOPMENT_KEYS = Path("var/development-keys.json")


class UnsafeSettings(Exception):
    """The settings are wrong or unsafe; the message says which and how to mend it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an operator may choose. See README.md, "Settings"."""

    database_url: str = "sqlite:///var/doorstep.db"
    secret_key: bytes
    data_keys: tuple[bytes, ...]
    index_key: bytes
    link_keys: tuple[bytes, ...]
    public_url: str = "http://127.0.0.1:8000"
    push: Literal["console", "fcm"] = "console"
    fcm_credentials: Path | None = None
    fcm_endpoint: str | None = None
    messenger: str = field(default=CONSOLE, repr=False)
    messenger_secret: bytes = field(default=b"", repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    proofs_dir: Path = Path("var/proofs")
    jobs: Literal["inline", "off"] = "off"
    wait_limit_seconds: int | None = None
    trusted_proxies: int = 0
    redis_url: str | None = field(default=None, repr=False)
    rate_limits: Literal["on", "off"] = "on"
    metrics_token: str | None = None
    jobs_metrics_port: int | None = None
    log: Literal["text", "json"] = "text"
    pg_bin: Path | None = None
    development: bool = False
    """True when keys were made up in var/ because none were configured."""

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_published(self) -> bool:
        """Whether links lead to an address that others than this machine reach."""
        return not is_loopback(urlsplit(self.public_url).hostname or "")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read and check the environment. Raises `UnsafeSettings` with the variable's name."""
        env = os.environ if environ is None else environ
        url = env.get("DOORSTEP_DATABASE_URL", cls.database_url)
        keys, development = _keys(env)
        settings = cls(
            database_url=url,
            secret_key=keys["DOORSTEP_SECRET_KEY"][0],
            data_keys=keys["DOORSTEP_DATA_KEYS"],
            index_key=keys["DOORSTEP_INDEX_KEY"][0],
            link_keys=keys["DOORSTEP_LINK_KEYS"],
            public_url=env.get("DOORSTEP_PUBLIC_URL", cls.public_url),
            push=_choice(env, "DOORSTEP_PUSH", ("console", "fcm"), "console"),  # type: ignore[arg-type]
            fcm_credentials=_path(env, "GOOGLE_APPLICATION_CREDENTIALS"),
            fcm_endpoint=env.get("DOORSTEP_FCM_ENDPOINT") or None,
            messenger=env.get("DOORSTEP_MESSENGER") or CONSOLE,
            messenger_secret=env.get("DOORSTEP_MESSENGER_SECRET", "").encode(),
            smtp_url=env.get("DOORSTEP_SMTP_URL") or None,
            mail_from=env.get("DOORSTEP_MAIL_FROM") or None,
            proofs_dir=_path(env, "DOORSTEP_PROOFS_DIR") or cls.proofs_dir,
            jobs=_choice(  # type: ignore[arg-type]
                env, "DOORSTEP_JOBS", ("inline", "off"), "inline" if url.startswith("sqlite") else "off"
            ),
            wait_limit_seconds=_whole(env, "DOORSTEP_WAIT_LIMIT_SECONDS", 1, 7200),
            trusted_proxies=_whole(env, "DOORSTEP_TRUSTED_PROXIES", 0, 10) or 0,
            redis_url=env.get("DOORSTEP_REDIS_URL") or None,
            rate_limits=_choice(env, "DOORSTEP_RATE_LIMITS", ("on", "off"), "on"),  # type: ignore[arg-type]
            metrics_token=env.get("DOORSTEP_METRICS_TOKEN") or None,
            jobs_metrics_port=_whole(env, "DOORSTEP_JOBS_METRICS_PORT", 1, 65_535),
            log=_choice(env, "DOORSTEP_LOG", ("text", "json"), "text"),  # type: ignore[arg-type]
            pg_bin=_path(env, "DOORSTEP_PG_BIN"),
            development=development,
        )
        settings.check()
        # gunicorn says so in the environment of its workers. It would start several processes, and no jobs.
        if settings.is_sqlite and env.get("SERVER_SOFTWARE", "").startswith("gunicorn"):
            raise UnsafeSettings("SQLite has one server process: start it with `flask --app wsgi serve`")
        if env.get("FLASK_DEBUG", "0").lower() not in {"", "0", "false", "no"} and settings.is_published:
            raise UnsafeSettings("A public address is not served in debug mode: unset FLASK_DEBUG")
        return settings

    def check(self) -> None:
        """Refuse combinations that cannot work or are unsafe wherever the server is bound."""
        if not DATABASE_URL.match(self.database_url):
            raise UnsafeSettings("DOORSTEP_DATABASE_URL must be sqlite:///PATH or postgresql://...")
        self._check_ways()
        if self.redis_url and not REDIS_URL.match(self.redis_url):
            raise UnsafeSettings("DOORSTEP_REDIS_URL must be redis://, rediss:// or unix://")
        if self.push == "fcm" and not (self.fcm_credentials and self.fcm_credentials.is_file()):
            raise UnsafeSettings(
                "DOORSTEP_PUSH=fcm needs GOOGLE_APPLICATION_CREDENTIALS, a service account file"
            )
        if self.fcm_endpoint and not is_loopback(urlsplit(self.fcm_endpoint).hostname or ""):
            raise UnsafeSettings("DOORSTEP_FCM_ENDPOINT is for a stand-in on loopback only")
        public = urlsplit(self.public_url)
        if public.scheme not in {"http", "https"} or not public.hostname:
            raise UnsafeSettings("DOORSTEP_PUBLIC_URL must be an http(s) address")
        if public.scheme == "http" and self.is_published:
            raise UnsafeSettings("DOORSTEP_PUBLIC_URL must be https: links and cookies are keys")
        # Whoever publishes an address is served from there, be it through a proxy that we see as loopback.
        self.check_bind(public.hostname)

    def ways(self) -> Mapping[ContactChannel, str | MailServer]:
        """Return who brings messages by which channel. Raises UnsafeSettings."""
        try:
            ways: dict[ContactChannel, str | MailServer] = dict(ways_of(self.messenger))
        except WaysUnclear as unclear:
            raise UnsafeSettings(f"DOORSTEP_MESSENGER {unclear}") from None
        if self.smtp_url is None:
            return ways
        if ways.get(ContactChannel.EMAIL, CONSOLE) != CONSOLE:
            raise UnsafeSettings("DOORSTEP_SMTP_URL and DOORSTEP_MESSENGER both say who sends e-mail")
        try:
            here = is_loopback(urlsplit(self.smtp_url).hostname or "")
            return ways | {ContactChannel.EMAIL: MailServer.parse(self.smtp_url, on_this_machine=here)}
        except ValueError as unclear:
            raise UnsafeSettings(f"DOORSTEP_SMTP_URL {_without_url(unclear)}") from None

    def _check_ways(self) -> None:
        ways = [way for way in self.ways().values() if isinstance(way, str)]
        if any(way.startswith("http") for way in ways) and not self.messenger_secret:
            raise UnsafeSettings("DOORSTEP_MESSENGER_SECRET must be set: messages to the gateway are signed")
        if any(way.startswith(APPRISE) for way in ways) and not find_spec("apprise"):
            raise UnsafeSettings(
                "DOORSTEP_MESSENGER names apprise, an extra: pip install -r requirements-extra.txt"
            )
        if self.smtp_url and not MAIL_ADDRESS.fullmatch(self.mail_from or ""):
            raise UnsafeSettings("DOORSTEP_MAIL_FROM must be the e-mail address that messages come from")

    def check_bind(self, host: str) -> None:
        """Refuse to serve a public address with made-up keys, without limits or with open metrics."""
        if is_loopback(host):
            return
        if self.development:
            raise UnsafeSettings(
                f"{host} is a public address, and keys that were made up are for development only: set "
                f"{', '.join(KEY_NAMES)}"
            )
        if self.rate_limits == "off":
            raise UnsafeSettings(f"{host} is a public address: DOORSTEP_RATE_LIMITS=off is for measuring")
        if not self.metrics_token:
            raise UnsafeSettings(f"{host} is a public address: set DOORSTEP_METRICS_TOKEN to close /metrics")

    def vault(self) -> Vault:
        return Vault(
            fields=FieldCipher(self.data_keys),
            files=FileCipher(self.data_keys),
            links=LinkSigner(self.link_keys, self.public_url),
            browser=Signer(self.secret_key),
            index_key=self.index_key,
        )

    def served_at(self, host: str, port: int) -> Self:
        """Return these settings with the server's own address in links, unless a public one was given."""
        if self.public_url != type(self).public_url or not is_loopback(host):
            return self
        return replace(self, public_url=f"http://{host}:{port}")


MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
DATABASE_URL = re.compile(r"sqlite:///(?!:memory:).|postgresql(\+psycopg)?://")
REDIS_URL = re.compile(r"(rediss?|unix)://.")
KEY_NAMES = ("DOORSTEP_SECRET_KEY", "DOORSTEP_DATA_KEYS", "DOORSTEP_INDEX_KEY", "DOORSTEP_LINK_KEYS")


def _keys(env: Mapping[str, str]) -> tuple[dict[str, tuple[bytes, ...]], bool]:
    given = {name: env[name] for name in KEY_NAMES if env.get(name)}
    if given and len(given) < len(KEY_NAMES):
        missing = ", ".join(name for name in KEY_NAMES if name not in given)
        raise UnsafeSettings(f"Some keys are set, but not {missing}: set all four, or none for development")
    texts = given or _development_keys(Path(env.get("DOORSTEP_KEY_FILE", str(DEVELOPMENT_KEYS))))
    return {name: _parse_keys(name, text) for name, text in texts.items()}, not given


def _parse_keys(name: str, text: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(b64decode(part.strip(), validate=True) for part in text.split(","))
    except ValueError:
        raise UnsafeSettings(f"{name} must be base64, several keys separated by commas") from None
    if len(keys) > 1 and not name.endswith("_KEYS"):
        raise UnsafeSettings(f"{name} holds one key only")
    if any(len(key) < 32 for key in keys):
        raise UnsafeSettings(
            f"{name} must hold at least 32 random bytes: make one with `openssl rand -base64 32`"
        )
    return keys


def _development_keys(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {name: b64encode(secrets.token_bytes(32)).decode() for name in KEY_NAMES}
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made, indent=2))
        # Linking fails when another process was first: both then read the same keys.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    try:
        kept = json.loads(path.read_text())
        return {name: kept[name] for name in KEY_NAMES}
    except (ValueError, KeyError, TypeError):
        raise UnsafeSettings(
            f"{path} does not hold the development keys: DOORSTEP_KEY_FILE names it"
        ) from None


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = env.get(name) or default
    if value not in allowed:
        raise UnsafeSettings(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _whole(env: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    text = env.get(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise UnsafeSettings(f"{name} must be a whole number from {least} to {most}")
    return int(text)


def _path(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None


def _without_url(unclear: ValueError) -> str:
    """Only our own words are repeated: those of others may contain what they could not read."""
    return (
        str(unclear) if isinstance(unclear, WaysUnclear) else "must be smtp://host:port or smtps://host:port"
    )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
