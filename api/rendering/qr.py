"""QR codes for a courier's screen, as SVG and PNG."""

from io import BytesIO

import segno


def svg(url: str) -> bytes:
    """Return a QR code that reads well off a scratched phone: medium error correction, on white."""
    drawn = BytesIO()
    segno.make_qr(url, error="m").save(
        drawn, kind="svg", scale=8, border=4, dark="#000", light="#fff", title="QR", nl=False
    )
    return drawn.getvalue()


def png(url: str) -> bytes:
    """Return the same code as a picture, for screens that draw no SVG."""
    drawn = BytesIO()
    segno.make_qr(url, error="m").save(drawn, kind="png", scale=8, border=4, dark="#000", light="#fff")
    return drawn.getvalue()
