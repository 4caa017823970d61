"""Every refusal has a slug of its own and a sentence that people can read."""

import importlib
from collections import Counter

from api.domain.errors import DomainError
from tests.house.source import modules


def test_every_error_code_is_unique():
    counted = Counter(error.code for error in _errors())
    doubled = [code for code, times in counted.items() if times > 1]

    assert not doubled, f"Apps switch on the code of a refusal: give each error its own `code`: {doubled}"


def test_every_error_declares_its_code():
    silent = [error.__qualname__ for error in _errors() if "code" not in vars(error)]

    assert not silent, f"These inherit the code of their category; a slug of their own is missing: {silent}"


def test_every_error_says_what_is_wrong_in_a_sentence():
    unclear = [
        error.__qualname__
        for error in _errors()
        if not (vars(error).get("__doc__") or "").strip().split("\n")[0].endswith(".")
    ]

    assert not unclear, (
        f"The docstring of an error is the sentence people read; end it with a full stop: {unclear}"
    )


def _errors() -> set[type[DomainError]]:
    for module in modules("api"):
        importlib.import_module(module.name)
    return {DomainError, *_below(DomainError)}


def _below(error: type[DomainError]) -> set[type[DomainError]]:
    children = set(error.__subclasses__())
    return children.union(*(_below(child) for child in children))
