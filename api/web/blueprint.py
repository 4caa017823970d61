"""The house Blueprint: flask-smorest's, plus who may call, which refusals, versions and repeatable writes.

Order of decorators on a view: route, `requires` or `public`, `within`, `confirmed`, `repeatable`, `arguments`
or `takes_file`, `response`, `raises`, `versioned`. Every view has an operation id: its own name.
"""

from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest
from flask import Response, after_this_request, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import quote_etag

from api.domain.errors import (
    DomainError,
    Forbidden,
    Invalid,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from api.domain.rate_limits import Budget
from api.domain.sign_in import ConfirmationNeeded
from api.domain.vocabulary import Role
from api.web.access import require_declared
from api.web.api import HouseApi
from api.web.auth import authenticate, require_confirmation
from api.web.errors import status_of
from api.web.idempotency import IdempotencyKeyReused, RequestInProgress, once
from api.web.parser import HouseParser

View = TypeVar("View", bound=Callable[..., Any])

EVERY_ROLE = tuple(Role)
PEOPLE = tuple(role for role in Role if role is not Role.INTEGRATION)

IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version you read.",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes the write repeatable: for 24 hours the same key and body get the first answer.",
    "schema": {"type": "string", "maxLength": 200},
}


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = HouseParser()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prepare_doc_cbks.append(_prepare_refusals_doc)

    def register_views_in_doc(self, api: HouseApi, *given: Any, **named: Any) -> None:
        """Describe the operations for the contract, once somebody asks for it."""
        api.describe_later(partial(super().register_views_in_doc, api, *given, **named))

    def requires(self, *roles: Role) -> Callable[[View], View]:
        """Let only these roles in. Without a role nobody would get in, so at least one is named."""
        assert roles, "name the roles, or declare the view public"
        allowed = frozenset(roles)

        def decorator(view: View) -> View:
            guarded = _guard(view, lambda: authenticate(allowed))
            guarded.access = allowed
            _document(guarded, security=[{"bearer": []}])
            return self.raises(Unauthenticated, Forbidden, TooMany)(guarded)  # type: ignore[no-any-return]

        return decorator

    def public(self, view: View) -> View:
        """Declare that anybody may call this view. Nothing is open by omission."""
        guarded = _guard(view, lambda: None)
        guarded.access = frozenset()
        _document(guarded, security=[])
        return guarded  # type: ignore[no-any-return]

    def confirmed(self, view: View) -> View:
        """Let in only who gave his password again within the last minutes (`POST /v1/auth/confirmation`).

        Refused before the request is looked at, so that nothing is asked for twice.
        """

        @wraps(view)
        def confirming(*args: Any, **kwargs: Any) -> Any:
            require_confirmation()
            return view(*args, **kwargs)

        documented = _wrapped(confirming)
        documented.needs_confirmation = True
        return self.raises(ConfirmationNeeded)(documented)  # type: ignore[no-any-return]

    def within(self, budget: Budget) -> Callable[[View], View]:
        """Count calls of this view against a budget of its own; those of a public one by address."""

        def decorator(view: View) -> View:
            limited = _wrapped(view)
            limited.budget = budget
            refusals = (TooMany, Unavailable) if budget.shut_when_blind else (TooMany,)
            return self.raises(*refusals)(limited)  # type: ignore[no-any-return]

        return decorator

    def raises(self, *refusals: type[DomainError]) -> Callable[[View], View]:
        """Document which refusals this view answers with, one example per slug."""

        def decorator(view: View) -> View:
            documented = _wrapped(view)
            for refusal in refusals:
                status = status_of(refusal)
                example = {
                    "summary": (refusal.__doc__ or "").strip().splitlines()[0],
                    "value": {"code": refusal.code},
                }
                responses = documented._apidoc.setdefault("refusals", {})
                responses.setdefault(status.value, {})[refusal.code] = example
            return documented  # type: ignore[no-any-return]

        return decorator

    def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]:
        """Check the body (or, by `location`, the query string) and pass it as the first argument."""
        # One for all requests: a class would be made into a schema, field by field, at each of them.
        schema = schema()
        if "location" not in options:
            # A body of which nothing is needed may be left out.
            options.setdefault("required", any(field.required for field in schema.fields.values()))
        decorate = super().arguments(schema, **options)

        def decorator(view: View) -> View:
            checked: Any = self.raises(Invalid)(decorate(view))
            if options.get("location") == "query":
                checked.takes_query = True
            return checked  # type: ignore[no-any-return]

        return decorator

    def takes_file(self, media_range: str, *media_types: str, most_bytes: int) -> Callable[[View], View]:
        """Take a file as the body: its bytes and its declared type are passed as the first two arguments.

        The contract says `media_range` ("image/*"), for many a generator can name one type only; a client
        may say that, or better one of `media_types`. The file is on the disk before the unit of work
        begins: `context.draft()`.
        """
        taken = (*media_types, media_range)

        def decorator(view: View) -> View:
            @wraps(view)
            def taking(*args: Any, **kwargs: Any) -> Any:
                if request.mimetype not in taken:
                    raise UnsupportedMediaType(f"The body must be one of {', '.join(taken)}.")
                return view(request.get_data(), request.mimetype, *args, **kwargs)

            documented = _wrapped(taking)
            documented.most_file_bytes = most_bytes
            content = {media_range: {"schema": {"type": "string", "format": "binary"}}}
            _document(documented, requestBody={"required": True, "content": content})
            return self.raises(TooLarge)(documented)  # type: ignore[no-any-return]

        return decorator

    def versioned(self, view: View) -> View:
        """Send the `.version` of the view's result as ETag; answer 304 to who has it already."""

        @wraps(view)
        def tagged(*args: Any, **kwargs: Any) -> Any:
            result = view(*args, **kwargs)
            after_this_request(_not_modified)
            # A header, not a step after the request: an answer that is kept for repeats keeps its tag.
            return result, {"ETag": quote_etag(str(result.version))}

        return tagged  # type: ignore[return-value]

    def edits(self, view: View) -> View:
        """Declare a write to something that carries an ETag: If-Match is required."""
        documented = _wrapped(view)
        documented._apidoc.setdefault("arguments", {}).setdefault("parameters", []).append(IF_MATCH)
        return self.raises(PreconditionRequired, PreconditionFailed)(documented)  # type: ignore[no-any-return]

    def repeatable(self, view: View) -> View:
        """Honour Idempotency-Key: a repeat gets the first answer and changes nothing."""

        @wraps(view)
        def repeated(*args: Any, **kwargs: Any) -> Any:
            return once(lambda: view(*args, **kwargs))

        documented = _wrapped(repeated)
        documented._apidoc.setdefault("arguments", {}).setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return self.raises(IdempotencyKeyReused, RequestInProgress)(documented)  # type: ignore[no-any-return]

    def add_url_rule(
        self, rule: str, endpoint: Any = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        require_declared(view_func)
        _document(view_func, operationId=view_func.__name__)
        super().add_url_rule(rule, endpoint, view_func, *args, **options)


def _guard(view: Any, check: Callable[[], None]) -> Any:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        check()
        if request.args and not getattr(view, "takes_query", False):
            # A mistyped filter that is ignored shows everything; so it is refused.
            raise Invalid({name: ["Unknown query parameter."] for name in request.args})
        return view(*args, **kwargs)

    return _documented(guarded)


def _wrapped(view: Any) -> Any:
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return _documented(wrapper)


def _documented(wrapper: Any) -> Any:
    """Let it write into the description of the view inside, which is registered by no other name."""
    wrapper._apidoc = getattr(wrapper, "_apidoc", {})
    return wrapper


def _not_modified(response: Response) -> Response:
    if response.status_code == HTTPStatus.OK:
        response.make_conditional(request)  # looks at GET and HEAD only
    return response


def _document(view: Any, **manual: Any) -> None:
    view._apidoc.setdefault("manual_doc", {}).update(manual)


def _prepare_refusals_doc(doc: Any, doc_info: Any, **_: Any) -> Any:
    for status, examples in doc_info.get("refusals", {}).items():
        doc.setdefault("responses", {})[status] = {
            "description": ", ".join(sorted(examples)),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": dict(sorted(examples.items())),
                }
            },
        }
    return doc
