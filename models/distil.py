"""Teach a small model what large ones know.

`python -m models.distil --base TEACHER --teachers DIR... --out DIR --layers 0 2 4 7 9 11` starts from those layers of
the first teacher and learns the teachers' averaged probabilities on every row, labelled well, badly or for
another question, for many epochs: soft labels carry the doubt that noisy labels hide.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from models.config import TrainConfig, arguments, config_from
from models.encoder import keep_layers, load_classifier
from models.metrics import softmax
from models.prepare import Prepared
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
            return Teacher(file["probabilities"], file["features"] if features else None)
    answer = ask(folders, prepared, limit=limit, features=features)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {"probabilities": answer.probabilities}
    if answer.features is not None:
        arrays["features"] = answer.features
    np.savez(path, **arrays)
    return answer


def student(teacher: Path, config: TrainConfig):
    model = load_classifier(teacher, dropout=config.dropout)
    if config.layers:
        keep_layers(model.encoder, list(config.layers))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teachers", type=Path, nargs="+", required=True, help="folders written by models.train")
    parser.add_argument("--answers", type=Path, help="file of the teachers' answers (default OUT/answers.npz)")
    args = arguments(parser).parse_args()
    config = config_from(args)
    prepared = prepared_for(args)
    path = args.answers or Path(config.out) / "answers.npz"
    teacher = asked_once(args.teachers, prepared, path, limit=config.limit, features=config.feature_share > 0)
    run = Run(config, prepared, model=student(args.teachers[0], config), teacher=teacher)
    run.fit()
    write_results(run, Path(config.out))


if __name__ == "__main__":
    main()
