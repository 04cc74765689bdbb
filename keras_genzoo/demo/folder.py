"""The folder that the demo writes to, where nothing else is lost."""

import shutil
from pathlib import Path

MARKER = "genzoo-demo.txt"
FRAMES = "gan_training"
FILES = frozenset(
    {
        MARKER,
        "index.html",
        "numbers.json",
        "emoji.png",
        "vae.keras",
        "vae_reconstructions.png",
        "vae_samples.png",
        "vae_interpolation.png",
        "vae_losses.svg",
        "gan.keras",
        "gan_samples.png",
        "gan_losses.svg",
        FRAMES,
    }
)
# What file browsers leave behind wherever they look.
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})

MARKER_TEXT = """\
The command `genzoo demo` wrote this folder.
Running it again replaces these files; open index.html to see them.
"""


class FolderInUse(FileExistsError):
    """The output folder holds something that is not a former demo's."""


def prepare_folder(path: Path) -> None:
    """Makes `path` an empty folder for the demo, clearing a former demo's files.

    Args:
        path: A folder that does not exist, is empty, or holds nothing but what a
            former demo wrote.

    Raises:
        FolderInUse: If it holds anything else, or is no folder. Nothing has been
            changed then.
    """
    if path.exists() and not path.is_dir():
        raise FolderInUse(f"the output {str(path)!r} is a file; name a folder.")
    if path.is_dir():
        names = {entry.name for entry in path.iterdir()} - LITTER
        foreign = names if MARKER not in names else names - FILES
        foreign |= foreign_frames(path / FRAMES)
        if foreign:
            shown = ", ".join(sorted(foreign)[:5]) + (" ..." * (len(foreign) > 5))
            raise FolderInUse(
                f"the folder {str(path)!r} holds files that no former demo wrote "
                f"({shown}); name a new one with --output."
            )
        for name in names - {MARKER}:
            entry = path / name
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    path.mkdir(parents=True, exist_ok=True)
    # First of all files, so that an interrupted demo is known for one, too.
    (path / MARKER).write_text(MARKER_TEXT, encoding="utf-8")


def foreign_frames(path: Path) -> set[str]:
    """Returns what the folder of the GAN's frames holds besides them."""
    if not path.is_dir():
        return set()
    return {
        f"{path.name}/{entry.name}"
        for entry in path.iterdir()
        if not (
            entry.match("epoch_*.png")
            or entry.name == "samples.gif"
            or entry.name in LITTER
        )
    }
