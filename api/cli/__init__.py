"""Operator commands, `flask --app wsgi GROUP COMMAND`: a file per group, each in its own unit of work."""

from importlib import import_module

import click
from flask import Flask

FILES = {
    "audit": "audit:group",
    "backup": "backups:backup",
    "backup-info": "backups:backup_info",
    "branch": "branch:group",
    "churn": "churn:group",
    "db": "database:group",
    "import": "imports:group",
    "keys": "keys:group",
    "links": "links:group",
    "notices": "notices:group",
    "restore": "backups:restore",
    "serve": "serve:serve",
    "staff": "staff:group",
}
"""Where each is: the file in this folder, and its name there."""


class OperatorCommands(click.Group):
    """Loads a command's file once somebody names the command: a server starts without all the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *FILES})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in FILES:
            return super().get_command(ctx, cmd_name)
        file, name = FILES[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"{__name__}.{file}"), name)
        return command


def register(app: Flask) -> None:
    app.cli = OperatorCommands(app.name, commands=app.cli.commands)
