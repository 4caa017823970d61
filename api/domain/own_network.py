"""Does a rating come from where its courier's phone was? That only flags it: offices share Wi-Fi."""

import ipaddress
from datetime import timedelta

KEPT_FOR = timedelta(hours=24)
"""So long is remembered, as a keyed hash, from which networks a courier's phone came."""


def network_trace(address: str | None) -> str | None:
    """Return what is compared of an address: all of IPv4, the /64 of IPv6; None where it says nothing.

    Behind a proxy that does not tell who asked, everybody comes from the machine itself.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if parsed.is_loopback or parsed.is_unspecified:
        return None
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
