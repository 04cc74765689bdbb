"""Writes `golden_presets.json`: what each bundled preset makes of fixed inputs.

KERAS_BACKEND=jax python tests/zoo/make_golden_presets.py
"""

import json
from pathlib import Path

from golden_presets import slice_of

import keras_genzoo as gz

GOLDEN = Path(__file__).with_name("golden_presets.json")


def main():
    found = {
        name: [round(float(v), 6) for v in slice_of(gz.from_preset(name))]
        for name, entry in gz.zoo.index().items()
        if entry["bundled"]
    }
    rows = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in found.items())
    GOLDEN.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
