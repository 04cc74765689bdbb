"""How the BigGAN networks' weights are spread over devices, on JAX."""

import keras

# A path matches one of these: which axis of the weight is cut.
_RULES = {
    # The convolution to the image's few channels is named `pixels`, the dense layer to
    # the discriminator's one logit `logit`: they stay whole.
    r".*conv2d(_\d+)?/kernel": (None, None, None, "cut"),
    r".*conv2d(_\d+)?/bias": ("cut",),
    # Also the linear maps of conditional batch normalisation.
    r".*(dense(_\d+)?|gain|bias)/kernel": (None, "cut"),
    r".*dense(_\d+)?/bias": ("cut",),
    r".*embedding(_\d+)?/embeddings": (None, "cut"),
}


def biggan_layout_map(
    device_mesh: "keras.distribution.DeviceMesh", axis: str = "model"
) -> "keras.distribution.LayoutMap":
    """Cuts kernels, biases and embeddings of BigGAN networks by output channels.

    ```python
    mesh = keras.distribution.DeviceMesh((2, 4), ("batch", "model"))
    keras.distribution.set_distribution(
        keras.distribution.ModelParallel(
            layout_map=networks.biggan_layout_map(mesh), batch_dim_name="batch"
        )
    )
    generator = networks.biggan_generator((128, 128, 3), 1000, width=96)
    ```

    Each device along `axis` then holds a part of every large weight, of its optimizer's
    moments and of its average; the compiled step computes the same. What is small
    (batch statistics, singular vectors, self-attention) is whole on every device.

    Args:
        device_mesh: with an axis of this name.
        axis: name of the axis. Its length must divide `width` and `embedding_dim`.

    Raises:
        ValueError: the mesh has no such axis.
    """
    if axis not in device_mesh.axis_names:
        raise ValueError(
            f"`axis` must be one of the mesh's, {list(device_mesh.axis_names)}, got "
            f"{axis!r}."
        )
    layout_map = keras.distribution.LayoutMap(device_mesh)
    for path, layout in _RULES.items():
        layout_map[path] = tuple(axis if a == "cut" else a for a in layout)
    return layout_map
