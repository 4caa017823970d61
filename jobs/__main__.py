"""`python -m jobs`: the job process beside any number of API workers, on PostgreSQL."""

import sys

from api.app import create_app
from api.settings import Settings, UnsafeSettings
from jobs.scheduler import run_until_stopped


def main() -> None:
    try:
        settings = Settings.from_env()
        if settings.is_sqlite:
            sys.exit("SQLite has one process: its jobs run inside `flask --app wsgi serve`.")
        app = create_app(settings)
    except UnsafeSettings as refusal:
        sys.exit(str(refusal))
    run_until_stopped(app)


if __name__ == "__main__":
    main()
