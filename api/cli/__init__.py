"""Operator commands, `flask --app wsgi GROUP COMMAND`: a file per group, each in its own unit of work."""

from flask import Flask

from api.cli import audit, backups, branch, churn, database, imports, keys, links, notices, serve, staff


def register(app: Flask) -> None:
    app.cli.add_command(database.group)
    app.cli.add_command(branch.group)
    app.cli.add_command(staff.group)
    app.cli.add_command(imports.group)
    app.cli.add_command(churn.group)
    app.cli.add_command(keys.group)
    app.cli.add_command(links.group)
    app.cli.add_command(notices.group)
    app.cli.add_command(backups.backup)
    app.cli.add_command(backups.backup_info)
    app.cli.add_command(backups.restore)
    app.cli.add_command(audit.group)
    app.cli.add_command(serve.serve)
