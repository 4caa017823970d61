"""Headers of every answer whose view sets no other: not cached, framed, sniffed, borrowed or passed on."""

from flask import Flask, Response, current_app, request

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The page of the API reference starts its script in the page itself. It shows nothing that users wrote.
REFERENCE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
)
ONE_YEAR = "max-age=31536000"


def register(app: Flask) -> None:
    app.after_request(_complete)


def _complete(response: Response) -> Response:
    if request.blueprint == "api-docs":
        response.headers.setdefault("Content-Security-Policy", REFERENCE_POLICY)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SECURE_COOKIES"]:
        response.headers.setdefault("Strict-Transport-Security", ONE_YEAR)
    return response
