"""One HTTP request, to where it is safe to send one."""

import http.client
import ipaddress
import urllib.error
import urllib.parse
import urllib.request

from keras_genzoo.version import __version__

# Statuses after which the same request may well succeed.
_PASSING = (408, 425, 429)


class Refused(Exception):
    """An answer that asking again will not change."""


class Interrupted(Exception):
    """A failure that may pass; `after` is how long the server asks to wait."""

    def __init__(self, reason: str, after: float = 0.0):
        super().__init__(reason)
        self.after = after


def check_url(url: str) -> None:
    """Raises a ValueError unless `url` is https, or http to this very machine."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname):
        return
    raise ValueError(
        "An address must begin with https://, or with http:// on this machine, got "
        f"{url!r}."
    )


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, file, code, message, headers, url):
        try:
            check_url(url)
        except ValueError as error:
            raise Refused(f"it redirects to where none may lead: {error}") from error
        return super().redirect_request(request, file, code, message, headers, url)


def open_url(
    url: str, timeout: float, headers: dict | None = None
) -> http.client.HTTPResponse:
    """The answer to a GET, its body not read yet.

    Args:
        url: checked by `check_url`.
        timeout: seconds without a byte after which the server is given up.
        headers: further ones of the request.

    Raises:
        Refused: no such file, no permission, a redirect to an unsafe place.
        Interrupted: anything that may pass.
    """
    check_url(url)
    request = urllib.request.Request(
        url,
        headers={
            "User-Agent": f"keras_genzoo/{__version__}",
            # The checksum is that of the file, not of what a server makes of it.
            "Accept-Encoding": "identity",
            **(headers or {}),
        },
    )
    opener = urllib.request.build_opener(_SafeRedirects())
    try:
        response = opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        reason = f"HTTP {error.code} {error.reason}"
        error.close()
        if error.code == 416 and "Range" in (headers or {}):
            raise Interrupted(reason) from error
        if error.code >= 500 or error.code in _PASSING:
            raise Interrupted(reason, _retry_after(error.headers)) from error
        raise Refused(reason) from error
    except (OSError, http.client.HTTPException) as error:
        raise Interrupted(explain(error)) from error
    if response.headers.get("Content-Encoding", "identity") != "identity":
        response.close()
        raise Refused("the server sends the file encoded")
    return response


def explain(error: BaseException) -> str:
    """A failure in one line."""
    if isinstance(error, urllib.error.URLError):
        error = error.reason if isinstance(error.reason, BaseException) else error
    return " ".join(str(error).split()) or type(error).__name__


def _retry_after(headers: http.client.HTTPMessage) -> float:
    value = headers.get("Retry-After", "")
    return min(float(value), 60.0) if value.isdigit() else 0.0
