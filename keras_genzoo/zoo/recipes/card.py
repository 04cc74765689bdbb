"""The model card of a preset that a recipe made."""

import json
from typing import Any

from keras_genzoo.zoo.recipes.recipe import Recipe


def write_card(
    recipe: Recipe,
    training: dict[str, Any],
    numbers: dict[str, float],
    parameters: int,
    command: str,
) -> str:
    """A model card, Markdown, with the head that model hubs read.

    Args:
        recipe: what was carried out.
        training: how: backend, hardware, steps, seconds, ...
        numbers: what was measured.
        parameters: weights of all networks.
        command: that makes the preset again.
    """
    data = recipe.table("data")
    measured = "\n".join(f"| {spell(k)} | {v:,g} |" for k, v in numbers.items())
    trained = "\n".join(f"| {spell(k)} | {v} |" for k, v in training.items())
    tables = json.dumps(
        {k: v for k, v in recipe.tables.items() if k not in ("title", "data")},
        indent=1,
    )
    return f"""\
---
library_name: keras
tags:
- keras_genzoo
---

# {recipe.name}

{recipe["title"]}

![Samples](samples.png)

Model `{recipe["model"]}`: {parameters:,} weights, stored as {recipe["storage"]}; \
loads on TensorFlow, JAX and PyTorch.

```python
import keras_genzoo

model = keras_genzoo.from_preset("{recipe.name}")
```

## Measured

On the stored weights; pixels in [0, 1], logarithms in nats.

| what | number |
|---|---|
{measured}

## Training

| what | |
|---|---|
{trained}

Made by `{command}`, from these numbers:

```json
{tables}
```

## Data

{data["attribution"]}

Licence of the data: {data["licence"]}.
"""


def spell(key: str) -> str:
    """A key as words."""
    return key.replace("_", " ")
