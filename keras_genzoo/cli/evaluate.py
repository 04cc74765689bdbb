"""`genzoo evaluate` and `genzoo report`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from keras_genzoo.cli.options import BackendOption, OverwriteOption

HandleArgument = Annotated[
    str,
    typer.Argument(
        metavar="HANDLE",
        help="A preset's name or folder, or a `.keras` file.",
    ),
]
DataOption = Annotated[
    str | None,
    typer.Option(
        help="Images: emoji, mnist, fashion_mnist, tfds:NAME, a folder with `train` "
        "and `test` (for a CycleGAN `trainA`, `trainB`, `testA`, `testB`), ... "
        "[default: what the preset's recipe says]",
        show_default=False,
    ),
]
StyleOption = Annotated[
    str | None,
    typer.Option(help="Of the emoji: noto, twemoji or both.", show_default=False),
]
SamplesOption = Annotated[
    int, typer.Option(min=2, help="The most samples and real images compared.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of all draws.")]
SplitOption = Annotated[
    str, typer.Option(help="test or train: what samples are compared with.")
]
FeaturesOption = Annotated[
    str | None,
    typer.Option(
        help="digits, clothes, emoji, inception or pixels. [default: the bundled "
        "classifier of the data, else pixels]",
        show_default=False,
    ),
]
FewOption = Annotated[
    bool,
    typer.Option(
        "--allow-few", help="Compare even fewer images than there are features."
    ),
]
AisOption = Annotated[
    int,
    typer.Option(
        min=0,
        help="Of a VAE: test images whose log-likelihood annealed importance sampling "
        "estimates.",
    ),
]
DistributionsOption = Annotated[
    int, typer.Option(min=2, help="Its intermediate distributions.")
]
ChainsOption = Annotated[int, typer.Option(min=1, help="Its chains for each image.")]


def evaluate(
    handle: HandleArgument,
    data: DataOption = None,
    style: StyleOption = None,
    samples: SamplesOption = 5000,
    seed: SeedOption = 0,
    split: SplitOption = "test",
    features: FeaturesOption = None,
    allow_few: FewOption = False,
    ais: AisOption = 0,
    ais_distributions: DistributionsOption = 1000,
    ais_chains: ChainsOption = 16,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="File for the numbers.", show_default=False),
    ] = None,
    overwrite: OverwriteOption = False,
    backend: BackendOption = None,
) -> None:
    """Measure a model: a table of numbers, each beside what the data itself has."""
    from keras_genzoo.cli.output import check_free, note, say, say_table
    from keras_genzoo.reports.page import HEADER, rows

    if json_file is not None:
        check_free([json_file], overwrite)
    subject, evaluation = _measure(
        handle,
        data,
        style,
        features,
        samples=samples,
        seed=seed,
        split=split,
        allow_few=allow_few,
        ais_images=ais,
        ais_distributions=ais_distributions,
        ais_chains=ais_chains,
    )
    about = evaluation.about
    counted = f", {about['samples']} images of each kind" if "samples" in about else ""
    say(
        f"{subject.kind} {handle} on the {split} split of {about['data']}{counted} "
        f"(features: {about['features']}; seed {seed})"
    )
    say()
    say_table(HEADER, rows(evaluation.measured))
    if json_file is not None:
        _write(json_file, _as_json(evaluation))
        note(f'numbers: "{json_file}"')


def report(
    handle: HandleArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The HTML file. [default: NAME-report.html]",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    style: StyleOption = None,
    samples: SamplesOption = 5000,
    seed: SeedOption = 0,
    split: SplitOption = "test",
    features: FeaturesOption = None,
    allow_few: FewOption = False,
    ais: AisOption = 0,
    ais_distributions: DistributionsOption = 1000,
    ais_chains: ChainsOption = 16,
    log: Annotated[
        Path | None,
        typer.Option(
            help="Log of the training, a CSVLogger's CSV file or a JSON file of "
            "`fit`'s history. [default: the preset's own curves]",
            show_default=False,
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    backend: BackendOption = None,
) -> None:
    """Measure a model and write one HTML page: numbers, curves, pictures."""
    from keras_genzoo.cli.output import check_free, say
    from keras_genzoo.reports.page import write_page
    from keras_genzoo.reports.training_log import read_log

    path = output or Path(f"{Path(handle).stem}-report.html")
    check_free([path], overwrite)
    if log is not None:
        read_log(log)
    subject, evaluation = _measure(
        handle,
        data,
        style,
        features,
        samples=samples,
        seed=seed,
        split=split,
        allow_few=allow_few,
        ais_images=ais,
        ais_distributions=ais_distributions,
        ais_chains=ais_chains,
    )
    _write(path, write_page(evaluation, subject.folder, log))
    say(str(path))


def _measure(
    handle: str, data: str | None, style: str | None, features: str | None, **numbers
) -> tuple[Any, Any]:
    from keras_genzoo.cli.output import note
    from keras_genzoo.reports import (
        EvaluationOptions,
        evaluate_model,
        load_data,
        load_subject,
    )
    from keras_genzoo.reports.choose_features import choose_features

    options = EvaluationOptions(**numbers, note=note)
    subject = load_subject(handle)
    images = load_data(subject, data, style)
    extractor = choose_features(features, subject, images)
    return subject, evaluate_model(subject, images, extractor, options)


def _as_json(evaluation: Any) -> str:
    import json

    return json.dumps(evaluation.to_dict(), indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
