"""The source of the house as syntax trees, for the guard tests. What the rules are stands in the tests."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("api", "jobs", "openapi")
ALL = (*PROGRAM, "benchmarks", "demo", "migrations", "tests")


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: its path from the root, its dotted name, its tree and how long it is."""

    path: Path
    name: str
    tree: ast.Module
    lines: int

    def at(self, node: ast.AST) -> str:
        """Say where in the file a node stands, the way editors understand it."""
        return f"{self.path}:{node.lineno}"


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Every module below the folders, and `wsgi.py` with the program."""
    files = [file for folder in folders or PROGRAM for file in sorted((ROOT / folder).rglob("*.py"))]
    if not folders and (ROOT / "wsgi.py").exists():
        files.append(ROOT / "wsgi.py")
    return tuple(_read(file) for file in files)


@cache
def _read(file: Path) -> Module:
    path = file.relative_to(ROOT)
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    text = file.read_text(encoding="utf-8")
    return Module(path, name, ast.parse(text, filename=str(path)), len(text.splitlines()))


def imports(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every module that this one imports, also inside functions: the node and the dotted name.

    `from api.domain import money` counts as `api.domain.money`, so that a rule can name the file.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(module, node)
            for alias in node.names:
                yield node, f"{origin}.{alias.name}"


def _origin(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    if module.path.name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a plain dotted name: the node and the name as written, e.g. `datetime.now`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            yield node, name


def dotted(node: ast.AST) -> str:
    """Write an expression like `a.b.c` as text; what is no plain name becomes a star: `f(x).b` is `*.b`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value) or '*'}.{node.attr}"
    return ""
