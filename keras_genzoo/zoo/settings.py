"""What the user's environment says about downloads."""

import os
from pathlib import Path

CACHE = "KERAS_GENZOO_CACHE"
OFFLINE = "KERAS_GENZOO_OFFLINE"
URL = "KERAS_GENZOO_URL"


def cache_folder() -> Path:
    """Where downloads are kept: `KERAS_GENZOO_CACHE`, or `~/.cache/keras_genzoo`."""
    chosen = os.environ.get(CACHE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).expanduser().absolute() / "keras_genzoo"


def is_offline() -> bool:
    """Whether `KERAS_GENZOO_OFFLINE` forbids the network."""
    return os.environ.get(OFFLINE, "").lower() not in ("", "0", "false", "no", "off")


def base_url() -> str | None:
    """`KERAS_GENZOO_URL`, which stands for the addresses in the index."""
    return os.environ.get(URL) or None
