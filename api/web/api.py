"""The OpenAPI side of the house: flask-smorest's Api with problem+json errors and our security scheme."""

from collections.abc import Callable
from threading import Lock

import flask_smorest
from apispec import APISpec
from flask import Flask, Response

from api.schemas.base import ProblemSchema

SETTINGS = {
    "API_TITLE": "Doorstep",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/docs",
    "OPENAPI_JSON_PATH": "openapi.json",
    "OPENAPI_SWAGGER_UI_PATH": "",
    "OPENAPI_SWAGGER_UI_URL": "/docs/assets/",
    "OPENAPI_SWAGGER_UI_CONFIG": {"validatorUrl": None, "deepLinking": True, "docExpansion": "none"},
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "The mobile backend of an express-courier branch: waits at the door, readiness, "
            "feedback by link, churn alerts and visits.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
    },
}


class HouseApi(flask_smorest.Api):  # type: ignore[misc]
    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        app.config.update(SETTINGS)
        self._yet_to_describe: list[Callable[[], None]] = []
        self._describing = Lock()
        super().__init__(app)
        self.spec.components.security_scheme(
            "bearer",
            {
                "type": "http",
                "scheme": "bearer",
                "description": "An access token from sign-in, or the API key of an integration.",
            },
        )

    def describe_later(self, describe: Callable[[], None]) -> None:
        """Put off what `contract` needs and requests do not: it takes a third of a second."""
        self._yet_to_describe.append(describe)

    def contract(self) -> APISpec:
        """Return the whole contract, every operation described."""
        with self._describing:
            while self._yet_to_describe:
                self._yet_to_describe.pop(0)()
        return self.spec  # type: ignore[no-any-return]

    def _openapi_json(self) -> Response:
        self.contract()
        return super()._openapi_json()  # type: ignore[no-any-return]

    def _register_error_handlers(self) -> None:
        """Leave errors to `web.errors`: one place renders them all."""

    def _register_responses(self) -> None:
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        self.spec.components.schema("Problem", schema=ProblemSchema)
        self.spec.components.response(
            "DEFAULT_ERROR", {"description": "A refusal or a failure.", "content": problem}, lazy=True
        )
        for name, text in (
            ("UNPROCESSABLE_ENTITY", "Some fields are not as they must be."),
            ("UNPROCESSABLE_CONTENT", "Some fields are not as they must be."),
        ):
            self.spec.components.response(name, {"description": text, "content": problem}, lazy=True)
