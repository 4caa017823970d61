"""Which addresses belong to one caller: whoever has one of a network's may have them all."""

import ipaddress


def prefix_of(address: str, *, v4: int, v6: int) -> str | None:
    """Return the network of so many bits that an address is in; None for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    network = ipaddress.ip_network((parsed, v4 if parsed.version == 4 else v6), strict=False)
    return str(network.network_address if network.num_addresses == 1 else network)
