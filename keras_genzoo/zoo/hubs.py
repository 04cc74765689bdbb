"""Presets on Hugging Face and on Kaggle, through their own clients."""

import importlib
import os
import re
from pathlib import Path
from typing import Any

from keras_genzoo.zoo.folder import PresetFolder
from keras_genzoo.zoo.layout import FILES, METADATA, SIZE_LIMITS
from keras_genzoo.zoo.settings import OFFLINE, is_offline

_HF = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>[\w./-]+))?")
_KAGGLE = re.compile(r"\w[\w.-]*(/\w[\w.-]*){3}(/\d+)?")


def hf_preset(rest: str) -> PresetFolder:
    """`user/repo[@revision]` in Hugging Face's cache.

    Raises:
        ValueError: another form, or a repository without a preset.
        ImportError: the extra `hf` is not installed.
        ConnectionError: it cannot be downloaded.
    """
    match = _HF.fullmatch(rest)
    if not match or ".." in rest:
        raise ValueError(
            f"`handle` must be hf://user/repo or hf://user/repo@revision, got "
            f"'hf://{rest}'."
        )
    hub = client("huggingface_hub", "hf")
    errors = client("huggingface_hub.errors", "hf")
    repo, revision = match["repo"], match["revision"]
    endpoint = os.environ.get("HF_ENDPOINT")
    where = f"hf://{rest}"
    try:
        if not is_offline():
            _check_listing(hub.HfApi(endpoint=endpoint), repo, revision, where)
        folder = hub.snapshot_download(
            repo,
            revision=revision,
            allow_patterns=list(FILES),
            endpoint=endpoint,
            local_files_only=is_offline(),
        )
    except errors.RepositoryNotFoundError as error:
        raise ConnectionError(
            f"{where} could not be downloaded: there is no such repository, or it is "
            "private and HF_TOKEN is not set to a token that may read it."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ConnectionError(
            f"{where} could not be downloaded: the repository has no revision "
            f"{revision!r}."
        ) from error
    except Exception as error:
        if isinstance(error, ValueError) and str(error).startswith(where):
            raise
        raise _unreachable(where, error) from error
    # A snapshot's files are links into `blobs`, beside `snapshots`.
    return PresetFolder(Path(folder), Path(folder).parents[1])


def kaggle_preset(rest: str) -> PresetFolder:
    """`owner/model/framework/variation[/version]` in Kaggle's cache.

    Raises:
        ValueError: another form.
        ImportError: the extra `kaggle` is not installed.
        ConnectionError: it cannot be downloaded.
    """
    if not _KAGGLE.fullmatch(rest) or ".." in rest:
        raise ValueError(
            "`handle` must be kaggle://owner/model/framework/variation, and "
            f"/version if wanted, got 'kaggle://{rest}'."
        )
    hub = client("kagglehub", "kaggle")
    where = f"kaggle://{rest}"
    if is_offline():
        folder = _kaggle_cache(rest)
        if folder is None:
            raise ConnectionError(
                f"{where} is not in Kaggle's cache in this version, and {OFFLINE} is "
                "set; name a version that is, or unset it."
            )
    else:
        try:
            folder = Path(hub.model_download(rest))
        except Exception as error:
            raise _unreachable(where, error) from error
    return PresetFolder(folder, folder)


def client(module: str, extra: str) -> Any:
    """An optional package.

    Raises:
        ImportError: it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{module} is not installed, which this needs: "
            f'pip install "keras-genzoo[{extra}]".'
        ) from error


def _check_listing(api: Any, repo: str, revision: str | None, where: str) -> None:
    """Nothing is downloaded before it is known to be a preset, and how large."""
    found = {
        item.path: item.size
        for item in api.get_paths_info(repo, list(FILES), revision=revision)
    }
    if METADATA not in found:
        raise ValueError(f"{where} must be a preset, it has no {METADATA}.")
    for name, size in found.items():
        if size > SIZE_LIMITS[name]:
            raise ValueError(
                f"{where} has a {name} of {size:,} bytes; the most is "
                f"{SIZE_LIMITS[name]:,}."
            )


def _kaggle_cache(rest: str) -> Path | None:
    # Where kagglehub keeps the versions of a model; its own look-up asks the server.
    base = os.environ.get("KAGGLEHUB_CACHE") or Path.home() / ".cache" / "kagglehub"
    folder = Path(base) / "models" / rest
    return folder if (folder / METADATA).is_file() else None


def _unreachable(where: str, error: Exception) -> ConnectionError:
    reason = " ".join(str(error).split()) or type(error).__name__
    offline = f"; {OFFLINE} is set" if is_offline() else ""
    return ConnectionError(
        f"{where} could not be downloaded ({reason[:500]}{offline})."
    )
