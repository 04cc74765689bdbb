"""A preset to a hub."""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import keras

from keras_genzoo.zoo.folder import PresetFolder
from keras_genzoo.zoo.hubs import client
from keras_genzoo.zoo.layout import FILES, METADATA
from keras_genzoo.zoo.metadata import check_checksums, read_metadata
from keras_genzoo.zoo.save import save_preset

_REPO = re.compile(r"\w[\w.-]*/\w[\w.-]*")


def push_to_hub(
    preset: keras.Model | str | os.PathLike,
    repo: str,
    *,
    private: bool | None = None,
    revision: str | None = None,
    message: str = "Upload a keras_genzoo preset",
    token: str | None = None,
    **arguments: Any,
) -> str:
    """Uploads a preset to Hugging Face, as one commit.

    Args:
        preset: a model, which is saved first, or the folder of a preset.
        repo: `user/name`, made where it is missing.
        private: whether a new repository is for its owner alone.
        revision: the branch; None is the default one.
        message: of the commit.
        token: of the user; None takes the one that the client knows (`HF_TOKEN`).
        **arguments: of `save_preset`, for a model.

    Returns:
        The handle that `from_preset` takes, `hf://user/name@commit`.

    Raises:
        ValueError: no name of a repository, no preset.
        ImportError: the extra `hf` is not installed.
        ConnectionError: the upload failed.
    """
    if not isinstance(repo, str) or not _REPO.fullmatch(repo):
        raise ValueError(f"`repo` must be 'user/name', got {repo!r}.")
    hub = client("huggingface_hub", "hf")
    if isinstance(preset, keras.Model):
        with tempfile.TemporaryDirectory() as folder:
            path = save_preset(preset, Path(folder) / repo.split("/")[1], **arguments)
            return _upload(hub, path, repo, private, revision, message, token)
    if arguments:
        raise ValueError(
            f"`preset` must be a model with {sorted(arguments)}, got {preset!r}."
        )
    path = Path(preset).expanduser().resolve()
    if not path.is_dir():
        raise ValueError(f"`preset` must be a model or a folder, got {preset!r}.")
    return _upload(hub, path, repo, private, revision, message, token)


def _upload(
    hub: Any,
    path: Path,
    repo: str,
    private: bool | None,
    revision: str | None,
    message: str,
    token: str | None,
) -> str:
    folder = PresetFolder(path, path)
    metadata = read_metadata(folder.path(METADATA))
    for name in metadata["files"]:
        folder.path(name)
    check_checksums(path, metadata)
    api = hub.HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
    try:
        api.create_repo(repo, private=private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repo,
            folder_path=path,
            allow_patterns=list(FILES),
            revision=revision,
            commit_message=message,
        )
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ConnectionError(
            f"The preset could not be uploaded to hf://{repo} ({reason[:500]})."
        ) from error
    return f"hf://{repo}@{commit.oid}"
