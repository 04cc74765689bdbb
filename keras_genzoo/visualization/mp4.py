"""A sequence of pictures to an MP4 film."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_genzoo.visualization._files import replacing
from keras_genzoo.visualization._frames import rgb_frames

# x264's constant quality, 0 (lossless) to 51: at 18 an eye hardly sees the loss.
QUALITY = 18


def save_mp4(
    path: str | os.PathLike,
    frames: Sequence[np.ndarray],
    seconds_per_frame: float = 0.2,
) -> Path:
    """Writes an MP4 film (H.264), which appears whole or not at all.

    The format every browser plays: sides must be even, so an odd one is lengthened by
    repeating its last pixels, and colour has half the resolution of brightness, so
    small images want `scale` 2 or more in `image_grid`.

    Args:
        path: The file to write. Missing folders are made; an existing file is
            replaced.
        frames: Pictures of one and the same shape, `(height, width)` or `(height,
            width, channels)` with 1 or 3 channels, uint8 or float in [0, 1].
        seconds_per_frame: How long a frame stands, in seconds. Defaults to `0.2`.

    Returns:
        The path written.

    Raises:
        ImportError: If imageio-ffmpeg is not installed.
        TypeError: If a picture is neither uint8 nor float.
        ValueError: If there is no frame, the frames differ in shape, the time is
            less than 0.02 seconds, or a picture is not as described above.
        RuntimeError: If ffmpeg fails; the message is its own.
    """
    images = rgb_frames(frames, seconds_per_frame=seconds_per_frame)
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError as error:
        raise ImportError(
            "`save_mp4` needs imageio-ffmpeg, which is not installed. "
            'Install it with: pip install "keras-genzoo[video]"'
        ) from error
    width, height = images[0].size
    odd = ((0, height % 2), (0, width % 2), (0, 0))
    film = b"".join(np.pad(image, odd, mode="edge").tobytes() for image in images)
    with replacing(path) as temporary:
        command = [get_ffmpeg_exe(), "-loglevel", "error", "-y"]
        command += ["-f", "rawvideo", "-pix_fmt", "rgb24"]
        command += ["-video_size", f"{width + width % 2}x{height + height % 2}"]
        command += ["-framerate", f"{1 / seconds_per_frame:.6f}", "-i", "pipe:"]
        command += ["-c:v", "libx264", "-crf", str(QUALITY), "-pix_fmt", "yuv420p"]
        # Said in the file, because players guess the matrix by the picture's size.
        command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv"]
        for name in ("colorspace", "color_primaries", "color_trc"):
            command += [f"-{name}", "bt709"]
        # The index first, so that a page plays the film while it loads.
        command += ["-movflags", "+faststart", "-f", "mp4", str(temporary)]
        # Python's own files are closed to ffmpeg anyway; said again, it would fork
        # this process, against which JAX warns.
        ended = subprocess.run(
            command, input=film, capture_output=True, check=False, close_fds=False
        )
        if ended.returncode:
            raise RuntimeError(
                "ffmpeg could not write the film: "
                + ended.stderr.decode(errors="replace").strip()
            )
    return Path(path)
