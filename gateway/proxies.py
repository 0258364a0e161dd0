"""Finds the address of a caller behind the proxies that the operator names, and warns if it cannot."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-real-ip"}
_NAT64 = IPv6Network("64:ff9b::/96")
_PER_NETWORK = 64  # bits: one household usually has a whole IPv6 /64
NOT_BELIEVED = (
    "Calls come through a proxy that is not believed, so all callers count as one: "
    "set FORWARDED_ALLOW_IPS to the address of the proxy."
)
ALL_BELIEVED = (
    "FORWARDED_ALLOW_IPS is *, so each caller can claim any address: name the addresses of the proxies."
)
_log = structlog.get_logger()


class BelievedProxies:
    """ASGI middleware that takes the address of a caller from the `believed` proxies alone.

    It warns once, also in `warnings`, of a private address that forwards calls and is not among them.
    """

    def __init__(self, app: ASGIApp, *, believed: str, warnings: list[str]) -> None:
        self._forwarded = ProxyHeadersMiddleware(app, believed)  # type: ignore[arg-type]
        self._warnings = warnings
        if self._forwarded.trusted_hosts.always_trust:
            self._warn("every_proxy_believed", ALL_BELIEVED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("client"):
            host, port = scope["client"]
            host = plain_address(host) or host
            scope["client"] = (host, port)
            if NOT_BELIEVED not in self._warnings and self._is_proxy_not_believed(host, scope):
                self._warn("proxy_not_believed", NOT_BELIEVED)
        await self._forwarded(scope, receive, send)  # type: ignore[arg-type]

    def _is_proxy_not_believed(self, host: str, scope: Scope) -> bool:
        if not any(name in _FORWARDED for name, _ in scope["headers"]):
            return False
        return host not in self._forwarded.trusted_hosts and _is_inside(host)

    def _warn(self, event: str, words: str) -> None:
        self._warnings.append(words)
        _log.warning(event, what_to_do=words)


def network_of(host: str) -> str:
    """Return the network that shares one limit: an IPv4 address, or the /64 of an IPv6 address.

    Anything that is not an address shares the limit of `unknown`.
    """
    address = _address(host)
    if address is None:
        return "unknown"
    if address.version == 6:
        return str(ip_network((address.packed, _PER_NETWORK), strict=False))
    return str(address)


def plain_address(host: str) -> str | None:
    """Return the address in its usual form, without a zone; None if `host` is not an address."""
    address = _address(host)
    return None if address is None else str(address)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(address.packed[-4:])
    return address


def _is_inside(host: str) -> bool:
    address = _address(host)
    return address is None or address.is_private or address.is_loopback or address.is_link_local
