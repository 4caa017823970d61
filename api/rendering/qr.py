"""QR codes as SVG, for a courier's screen."""

from io import BytesIO

import segno


def svg(url: str) -> bytes:
    """Return a QR code that reads well off a scratched phone: medium error correction, on white."""
    drawn = BytesIO()
    segno.make_qr(url, error="m").save(
        drawn, kind="svg", scale=8, border=4, dark="#000", light="#fff", title="QR", nl=False
    )
    return drawn.getvalue()
