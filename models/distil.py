"""Teach a small model what large ones know.

`python -m models.distil --base DIR_OR_HUB_ID --data DIR --teachers DIR... --out DIR --layers 0 2 4 7 9 11` starts from
those layers of the first teacher and learns the teachers' averaged probabilities on every row, labelled well, badly or
for another question, for many epochs: soft labels carry the doubt that noisy labels hide. The base gives the tokenizer: it is
the one all teachers began with, or the first teacher's run, which keeps it. `--prepared RUN/prepared.npz` takes rows that
a teacher's run has encoded.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from models.config import TrainConfig, arguments, config_from
from models.encoder import keep_layers, load_classifier
from models.metrics import softmax
from models.prepare import Prepared, write_whole
from models.results import predict, write_results
from models.train import Run, Teacher, prepared_for


def ask(folders: list[Path], prepared: Prepared, *, limit: int, features: bool) -> Teacher:
    """The mean probability over the teachers for every row; vectors come from the first."""
    total, vectors = np.zeros((len(prepared), 3), np.float32), None
    everything = np.arange(len(prepared))
    for number, folder in enumerate(folders):
        teacher = load_classifier(folder).to("cuda" if torch.cuda.is_available() else "cpu")
        if features and number == 0:
            logits, vectors = predict(teacher, prepared, everything, limit=limit, features=True)
        else:
            logits = predict(teacher, prepared, everything, limit=limit)
        total += softmax(logits)
    return Teacher(probabilities=(total / len(folders)).astype(np.float32), features=vectors)


def asked_once(folders: list[Path], prepared: Prepared, path: Path, *, limit: int, features: bool) -> Teacher:
    """As `ask`, remembered in a file so that a resumed run does not ask again."""
    if path.exists():
        with np.load(path) as file:
            if len(file["probabilities"]) != len(prepared) or (features and "features" not in file):
                raise ValueError(f"{path} holds answers to other questions; choose another --answers")
            return Teacher(file["probabilities"], file["features"] if features else None)
    answer = ask(folders, prepared, limit=limit, features=features)
    features_too = {} if answer.features is None else {"features": answer.features}
    write_whole({"probabilities": answer.probabilities, **features_too}, path)
    return answer


def student(teacher: Path, config: TrainConfig):
    model = load_classifier(teacher, dropout=config.dropout)
    if config.layers:
        keep_layers(model.encoder, list(config.layers))
    return model


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teachers", type=Path, nargs="+", required=True, help="folders written by models.train")
    parser.add_argument("--answers", type=Path, help="file of the teachers' answers (default OUT/answers.npz)")
    args = arguments(parser).parse_args(given)
    try:
        config = config_from(args)
        first = student(args.teachers[0], config)
        prepared = prepared_for(args)
        path = args.answers or Path(config.out) / "answers.npz"
        teacher = asked_once(args.teachers, prepared, path, limit=config.limit, features=config.feature_share > 0)
        run = Run(config, prepared, model=first, teacher=teacher)
    except (ValueError, OSError) as error:
        sys.exit(f"models.distil: {error}")
    run.fit()
    write_results(run, Path(config.out))


if __name__ == "__main__":
    main()
