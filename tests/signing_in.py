"""A phone that signs in, as tests speak for it: what it sends, and the header it sends its token in."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import PASSWORD

PHONE = "+8613800138000"
NOBODY = "+8613900139000"
INSTALLATION = "installation-1"


def sign_in(
    client: FlaskClient,
    phone: str = PHONE,
    password: str = PASSWORD,
    installation_id: str = INSTALLATION,
    **request: Any,
) -> TestResponse:
    body = {"phone": phone, "password": password, "installation_id": installation_id}
    return client.post("/v1/auth/login", json=body, **request)


def refresh(client: FlaskClient, tokens: dict[str, Any]) -> TestResponse:
    return client.post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


def me(client: FlaskClient, tokens: dict[str, Any]) -> TestResponse:
    return client.get("/v1/me", headers=bearer(tokens["access_token"]))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
