"""From what was raised to `application/problem+json` (RFC 9457). The one table from category to status."""

import logging
from http import HTTPStatus
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from api.domain import errors
from api.failures import OutcomeUnknown, has_no_room, is_lost_race, may_pass, storage_is_broken
from api.web.app import SAFE_METHODS
from api.web.readiness import NotReady, StorageBroken

log = logging.getLogger("doorstep.errors")

STATUS: dict[type[errors.DomainError], HTTPStatus] = {
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Gone: HTTPStatus.GONE,
    errors.RuleBroken: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
}
# Slugs of refusals that Flask or Werkzeug make before our code is reached.
FRAMEWORK_CODES = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    431: "headers_too_large",
}
RETRY_AFTER_SECONDS = 2
ROOM_IS_MADE_SECONDS = 60


def status_of(error: errors.DomainError | type[errors.DomainError]) -> HTTPStatus:
    kind = error if isinstance(error, type) else type(error)
    return next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)


def problem_of(error: errors.DomainError) -> dict[str, Any]:
    """Return the problem's members; an item refused inside a batch carries the same."""
    status = status_of(error)
    return {
        "type": f"urn:doorstep:problem:{error.code}",
        "title": status.phrase,
        "status": status.value,
        "code": error.code,
        "detail": error.message,
        **error.details,
    }


def answer(error: errors.DomainError) -> Response:
    response = _problem(problem_of(error))
    if isinstance(error, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.TooMany | errors.Unavailable):
        response.headers["Retry-After"] = str(error.details["retry_after_seconds"])
    return response


def answer_http(error: HTTPException) -> Response:
    """Answer what Flask refuses by itself, keeping headers such as Allow."""
    if error.code is None or error.code < 400:
        return cast(Response, error.get_response())  # a redirect
    status = HTTPStatus(error.code)
    code = FRAMEWORK_CODES.get(status.value, status.name.lower())
    response = _problem(
        {
            "type": f"urn:doorstep:problem:{code}",
            "title": status.phrase,
            "status": status.value,
            "code": code,
            "detail": error.description or status.phrase,
        }
    )
    for name, value in error.get_headers():
        if name.lower() in {"allow", "www-authenticate", "retry-after"}:
            response.headers[name] = value
    return response


def answer_database(error: DBAPIError | StaleDataError | PoolTimeout | OutcomeUnknown) -> Response:
    """Answer what is left after the retries: a lost race is a conflict, the rest may pass in a moment."""
    if isinstance(error, DBAPIError | StaleDataError) and is_lost_race(error):
        log.warning("request.lost_race", extra={"request_id": g.request_id})
        return answer(errors.Conflict("Something else changed this at the same moment; try again."))
    if isinstance(error, DBAPIError) and has_no_room(error):
        log.error("request.storage_full", extra={"request_id": g.request_id})
        return _later(
            HTTPStatus.INSUFFICIENT_STORAGE,
            "storage_full",
            "The database's disk is full: nothing can be written until there is room again.",
            ROOM_IS_MADE_SECONDS,
        )
    if isinstance(error, DBAPIError) and storage_is_broken(error, writing=request.method not in SAFE_METHODS):
        log.error("request.storage_broken", exc_info=error, extra={"request_id": g.request_id})
        return _later(
            HTTPStatus.SERVICE_UNAVAILABLE,
            StorageBroken.code,
            "The database cannot be written just now: its disk or its files have to be mended.",
            ROOM_IS_MADE_SECONDS,
        )
    if isinstance(error, DBAPIError) and not may_pass(error):
        return answer_crash(error)
    return _later(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "busy",
        "The database cannot answer just now; try again in a moment.",
        RETRY_AFTER_SECONDS,
    )


def _later(status: HTTPStatus, code: str, detail: str, seconds: int) -> Response:
    """Answer that the same request may succeed after so many seconds."""
    response = _problem(
        {
            "type": f"urn:doorstep:problem:{code}",
            "title": status.phrase,
            "status": status.value,
            "code": code,
            "detail": detail,
        }
    )
    response.headers["Retry-After"] = str(seconds)
    return response


def answer_crash(error: Exception) -> Response:
    """Answer a bug. The log has the traceback, the caller only the request id to report."""
    if current_app.testing:
        raise error
    log.error("request.crashed", exc_info=error, extra={"request_id": g.get("request_id")})
    return _problem(
        {
            "type": "urn:doorstep:problem:internal",
            "title": HTTPStatus.INTERNAL_SERVER_ERROR.phrase,
            "status": 500,
            "code": "internal",
            "detail": "Something went wrong on our side. Please report the request id.",
        }
    )


def _problem(members: dict[str, Any]) -> Response:
    g.refusal = members["code"]  # for the request's line in the log
    members["request_id"] = g.get("request_id")
    response = cast(Response, current_app.json.response(members))
    response.status_code = members["status"]
    response.content_type = "application/problem+json"
    return response


def register(app: Flask) -> None:
    app.register_error_handler(errors.DomainError, answer)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(DBAPIError, answer_database)
    app.register_error_handler(StaleDataError, answer_database)
    app.register_error_handler(PoolTimeout, answer_database)
    app.register_error_handler(OutcomeUnknown, answer_database)
    app.register_error_handler(Exception, answer_crash)
