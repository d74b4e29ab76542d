"""The address of a server that may be given a key and prompts."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from stages.engines.remote.headers import secret


def is_loopback(url: str) -> bool:
    """Tell whether the host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address such as https://host/v1")
    if parts.username is not None or parts.password is not None:
        raise secret("holds a user or password: name the variable with the key in `api_key_env` instead")
    if parts.query or parts.fragment:
        raise secret("holds a ? or # part: end it with the path, for most servers /v1, and say parameters in `query`")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError("plain http is for this machine only: use https, or a tunnel to 127.0.0.1")
    return url


BaseUrl = Annotated[str, AfterValidator(_checked)]
"""`https://` anywhere, or `http://` on this machine."""
