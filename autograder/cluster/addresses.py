"""Which scheduler may be spoken to, and how: in the clear on this machine, else by TLS.

Whoever can reach a Dask scheduler or worker can have it run anything. So certificates on both sides
are what keeps strangers out, and without them nothing is sent to another machine.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from autograder.cluster import extra
from autograder.errors import UsageError

LOOPBACK = "127.0.0.1"
HOW_TO_TLS = (
    "Give the scheduler, the workers and this machine certificates, by Dask's own settings "
    "`distributed.comm.tls` (`ca-file`, and `cert` and `key` of `scheduler`, `worker` and "
    "`client`), and call the scheduler tls://{place}. docs/cluster.md has the commands. "
    "--without-tls sends students' work in the clear, and lets whoever reaches a port run programs"
)


@dataclass(frozen=True)
class Place:
    """A scheduler that may be spoken to.

    Attributes:
        address: with its scheme, such as tls://host:8786.
        security: Dask's certificates; None in the clear.
        local: whether it is on this machine's loopback.
    """

    address: str
    security: Any
    local: bool


def place(address: str, *, without_tls: bool = False) -> Place:
    """A scheduler's place, if it may be spoken to.

    Args:
        address: tls://HOST:PORT, tcp://HOST:PORT, or HOST:PORT, which is TLS unless it is this
            machine's loopback.
        without_tls: speak in the clear to other machines as well.

    Raises:
        UsageError: it is no such address, is in the clear and not loopback, or there are no
            certificates; the message says how to get them.
    """
    scheme, host, port = _parts(address)
    local = is_loopback(host)
    scheme = scheme or ("tcp" if local or without_tls else "tls")
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if scheme == "tcp":
        if not (local or without_tls):
            how = HOW_TO_TLS.format(place=shown)
            raise UsageError(
                f"`{address}` is another machine, and tcp:// is neither secret nor authenticated. "
                f"{how}"
            )
        return Place(f"tcp://{shown}", None, local)
    return Place(f"tls://{shown}", _certificates(shown), local)


def is_loopback(host: str) -> bool:
    """Whether a name is this machine's loopback for certain; names are not looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parts(address: str) -> tuple[str, str, int]:
    """Scheme, host and port.

    Raises:
        UsageError: it is no address of a scheduler.
    """
    scheme, divider, rest = address.rpartition("://")
    wrong = UsageError(
        f"`{address}` is no scheduler's address: tls://HOST:8786, or tcp://127.0.0.1:8786 on this "
        "machine"
    )
    if scheme not in ("", "tcp", "tls") or (divider and not scheme):
        raise wrong
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if not host or not port or parts.path or parts.query or parts.username is not None:
        raise wrong
    return scheme, host, port


def _certificates(shown: str) -> Any:
    """Dask's settings for TLS.

    Raises:
        UsageError: they name no authority, or no certificate of ours.
    """
    security = extra.distributed().Security(require_encryption=True)
    pairs = (
        (security.tls_client_cert, security.tls_client_key),
        (security.tls_worker_cert, security.tls_worker_key),
    )
    if not security.tls_ca_file or not any(cert and key for cert, key in pairs):
        raise UsageError(
            f"tls://{shown} needs certificates, and Dask's settings name none. "
            f"{HOW_TO_TLS.format(place=shown)}"
        )
    return security
