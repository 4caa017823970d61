"""The shape of files: short, opened by a sentence, and named after what they hold."""

import ast

from tests.house.source import ALL, Module, modules

DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "constants", "shared", "stuff", "tools"}
LONGEST_FILE = 400


def test_no_file_is_longer_than_400_lines():
    long = [
        f"{module.path}: {module.lines} lines"
        for module in modules(*ALL)
        if module.lines > LONGEST_FILE and not _is_generated(module)
    ]

    assert not long, f"A file over {LONGEST_FILE} lines is a room that wants to be two: {long}"


def test_no_file_is_a_drawer():
    drawers = [str(module.path) for module in modules(*ALL) if DRAWERS & set(module.name.split("."))]

    assert not drawers, f"Name a file after what it holds; anything ends up in a drawer: {drawers}"


def test_every_module_opens_with_a_docstring():
    silent = [
        str(module.path)
        for module in modules(*ALL)
        if module.tree.body and not ast.get_docstring(module.tree) and not _is_generated(module)
    ]

    assert not silent, f"Open the module with a sentence on what lives here and what does not: {silent}"


def _is_generated(module: Module) -> bool:
    """Alembic writes the versions; they are read once and never changed."""
    return module.path.is_relative_to("migrations/versions")
