"""What to say when a download cannot happen."""

import http.client
import urllib.error
import urllib.request

OFFLINE_ADVICE = (
    'Without internet these work: "emoji" (bundled), a folder of images, such as '
    'load("path/to/images", image_size=64), and sets that were downloaded before.'
)


def download_error(name: str, source: str, reason: object) -> ConnectionError:
    """Returns the one-line error for a set that cannot be downloaded."""
    reason = " ".join(str(reason).split())
    return ConnectionError(
        f'"{name}" could not be downloaded from {source} ({reason}). {OFFLINE_ADVICE}'
    )


def is_download_failure(error: BaseException) -> bool:
    """Tells whether an error comes from the network rather than from a file."""
    network = (
        ConnectionError,
        TimeoutError,
        urllib.error.URLError,
        http.client.HTTPException,
    )
    if isinstance(error, network):
        return True
    if type(error).__module__.split(".")[0] in ("requests", "urllib3"):
        return True
    # keras.utils.get_file wraps what urllib raises in a plain Exception.
    return "URL fetch failure" in str(error) or type(error).__name__ == "DownloadError"


def unreachable(url: str, timeout: float = 10.0) -> str | None:
    """Returns why the host of `url` cannot be reached, or None if it answers.

    Any answer will do, an HTTP error as well. Proxy settings are honoured.
    """
    try:
        with urllib.request.urlopen(url, timeout=timeout):
            return None
    except urllib.error.HTTPError:
        return None
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
