"""Sign-in for phones: tokens in, tokens out."""

from flask import request

from api import services
from api.domain.rate_limits import REFRESHES, SIGN_INS
from api.domain.sign_in import (
    InvalidRefreshToken,
    RefreshTokenReused,
    SignInLocked,
    WrongPassword,
    WrongPhoneOrPassword,
)
from api.schemas.auth import (
    ChangePasswordSchema,
    ConfirmationSchema,
    ConfirmSchema,
    RefreshSchema,
    SignedInSchema,
    SignInSchema,
)
from api.web.blueprint import PEOPLE, Blueprint
from api.web.context import now, principal, session

blp = Blueprint("auth", __name__, url_prefix="/v1/auth", description="Signing in and out.")


def _address() -> str:
    return request.remote_addr or "unknown"


@blp.post("/login")
@blp.public
@blp.within(SIGN_INS)
@blp.arguments(SignInSchema)
@blp.response(200, SignedInSchema)
@blp.raises(WrongPhoneOrPassword, SignInLocked)
def sign_in(body):
    """Sign in with phone number and password.

    Unknown accounts and wrong passwords get the same answer.
    """
    return services.sign_in.sign_in(session(), **body, address=_address(), now=now())


@blp.post("/refresh")
@blp.public
@blp.within(REFRESHES)
@blp.arguments(RefreshSchema)
@blp.response(200, SignedInSchema)
@blp.raises(InvalidRefreshToken, RefreshTokenReused)
def refresh_tokens(body):
    """Exchange a refresh token for new tokens.

    A repeat within 30 seconds gets the same tokens; any later reuse ends the session.
    """
    return services.sign_in.refresh(session(), **body, address=_address(), now=now())


@blp.post("/logout")
@blp.requires(*PEOPLE)
@blp.response(204)
def sign_out():
    """End this session and forget its push address."""
    services.sign_in.sign_out(session(), by=principal(), now=now())


@blp.post("/password")
@blp.requires(*PEOPLE)
@blp.arguments(ChangePasswordSchema)
@blp.response(204)
@blp.raises(WrongPassword, SignInLocked)
def change_password(body):
    """Change your own password; your other sessions end."""
    services.sign_in.change_password(session(), **body, by=principal(), address=_address(), now=now())


@blp.post("/confirmation")
@blp.requires(*PEOPLE)
@blp.arguments(ConfirmSchema)
@blp.response(200, ConfirmationSchema)
@blp.raises(WrongPassword, SignInLocked)
def confirm(body):
    """Give your password again, for what asks that it be fresh: exports."""
    until = services.sign_in.confirm(session(), **body, by=principal(), address=_address(), now=now())
    return {"confirmed_until": until}
