"""A backup of a PostgreSQL database by its own tools, pg_dump and pg_restore, and the way back."""

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from api.backups.contents import contents_of, engine_of, is_empty
from api.backups.manifest import Contents
from api.backups.refusal import BackupRefused


@dataclass(frozen=True, slots=True)
class PostgresCopier:
    """`bin` is where the tools are, else the PATH. `check_url` names a server to restore on for trial."""

    url: str
    bin: Path | None = None
    check_url: str | None = None
    engine: str = "postgresql"
    workspace: Path | None = None

    @property
    def version(self) -> str:
        with engine_of(self.url).connect() as connection:
            return str(connection.execute(text("SHOW server_version")).scalar_one()).split()[0]

    def dump(self, to: Path) -> Contents:
        program = self._tool("pg_dump", self.url)
        with engine_of(self.url).execution_options(isolation_level="REPEATABLE READ").connect() as connection:
            # Counted and dumped as of the same moment, whatever servers write meanwhile.
            snapshot: str = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            _run(program, self.url, "--format=custom", f"--snapshot={snapshot}", f"--file={to}")
            return contents_of(connection)

    @contextmanager
    def tried(self, dump: Path) -> Iterator[str]:
        server = self.check_url or self.url
        name = f"doorstep_check_{secrets.token_hex(6)}"
        _on_server(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            url = make_url(server).set(database=name).render_as_string(hide_password=False)
            self._load(dump, url)
            yield url
        finally:
            _on_server(server, f'DROP DATABASE "{name}"')

    def require_empty(self) -> None:
        with engine_of(self.url).connect() as connection:
            if not is_empty(connection):
                raise BackupRefused(
                    "The database is not empty. Make a new one, and let DOORSTEP_DATABASE_URL name it."
                )
            if others := _others(connection):
                raise BackupRefused(
                    f"{others} others are connected to the database. Stop servers and jobs first."
                )

    @contextmanager
    def restored(self, dump: Path) -> Iterator[str]:
        self.require_empty()
        self._load(dump, self.url)
        try:
            yield self.url
        except BaseException:
            with engine_of(self.url).begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            raise

    def _load(self, dump: Path, url: str) -> None:
        # In one transaction: all of it or nothing.
        whole = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
        _run(self._tool("pg_restore", url), url, *whole, last=str(dump))

    def _tool(self, name: str, url: str) -> str:
        """Return the path of a tool. Raises BackupRefused for one that is older than the server."""
        program = shutil.which(name, path=self.bin and str(self.bin))
        if program is None:
            raise BackupRefused(
                f"{name} is not {f'in {self.bin}' if self.bin else 'on the PATH'}: {INSTALL}."
            )
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"\d+", said)
        version = int(found[0]) if found else 0
        with engine_of(url).connect() as connection:
            server = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
        if version < server:
            raise BackupRefused(f"{program} is of version {version}, the server of {server}: {INSTALL}.")
        return program


INSTALL = "install the client programs of the server's version, and let DOORSTEP_PG_BIN name their folder"


def _others(connection: Connection) -> int:
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return int(connection.execute(others).scalar_one())


def _on_server(url: str, statement: str) -> None:
    try:
        engine = engine_of(url).execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
    except DBAPIError as failure:
        raise BackupRefused(
            f"A backup is checked by restoring it into a database of its own, which was refused: "
            f"{str(failure.orig).strip()}. Let --check-url name a server where databases may be made."
        ) from None


def _run(program: str, url: str, *options: str, last: str = "") -> None:
    """Run a tool on a database. The password goes by a file that only we may read: all see arguments."""
    with TemporaryDirectory(prefix="doorstep-") as folder:
        database = f"--dbname={_for_libpq(make_url(url), Path(folder) / 'password')}"
        command = [program, *options, "--no-password", database, *([last] if last else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupRefused(f"{Path(program).name} failed: {done.stderr.strip() or done.returncode}")


def _for_libpq(url: URL, password_file: Path) -> str:
    plain = url.set(drivername="postgresql")
    if url.password:
        password_file.touch(mode=0o600)
        escaped = str(url.password).replace("\\", r"\\").replace(":", r"\:")
        password_file.write_text(f"*:*:*:*:{escaped}\n")
        plain = plain.set(password=None).update_query_dict({"passfile": str(password_file)})
    return plain.render_as_string(hide_password=False)
