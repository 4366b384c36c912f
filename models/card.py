"""Write the card of the shipped model: `python -m models.card [--folder DIR] [--checks FILE] [--second FILE] [--places FILE] [--bench FILE] [--peers FILE]`.

Every figure comes from files that runs wrote: report.json of the export, the JSON of models.evaluate and models.bench,
and models/curve.json, which speaks of the size of the network and outlives its weights. Nothing is typed in by hand but
the prose.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from models.files import SHIPPED

PLOT = "reliability.svg"
CURVE = Path(__file__).with_name("curve.json")
SIZE, MARGIN = 320, 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=SHIPPED)
    parser.add_argument("--checks", type=Path, help="models.evaluate --json on the hand-written check set")
    parser.add_argument("--second", type=Path, help="the same on rhetoric_2.jsonl, which chose no model")
    parser.add_argument("--places", type=Path, help="the same on places.jsonl: whole texts")
    parser.add_argument("--peers", type=Path, help="models.evaluate --peers --json on dev rows")
    parser.add_argument("--bench", type=Path, help="models.bench --json")
    args = parser.parse_args()
    report = json.loads((args.folder / "report.json").read_text(encoding="utf-8"))
    for name in (
        "checks",
        "second",
        "places",
        "peers",
        "bench",
    ):  # kept with the report, so that the card can be written again
        path = getattr(args, name)
        if path:
            report[name] = json.loads(path.read_text(encoding="utf-8"))
    (args.folder / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    (args.folder / PLOT).write_text(reliability_plot(report["bins"]), encoding="utf-8")
    (args.folder / "CARD.md").write_text(card(report), encoding="utf-8")


def card(report: dict[str, Any]) -> str:
    parts = [_head(report), _data(report), _scores(report), _calibration(report)]
    parts += [_checks(report)] if "checks" in report else []
    parts += [_peers(report)] if "peers" in report else []
    parts += [_speed(report)] if "bench" in report else []
    return "\n\n".join([*parts, _sizes(), LIMITS, LICENCES]) + "\n"


def _head(report: dict[str, Any]) -> str:
    runs = report["training"]
    layers = kept_layers([run["config"].get("layers") or [] for run in line(runs)])
    lines = "\n".join(_run(number, run) for number, run in enumerate(runs, 1))
    return f"""# {report["name"]}

Sentiment of Chinese and English texts (negative, neutral, positive), of the whole text or toward a target in it.
One encoder of {report["layers"]} layers (hidden {report["hidden"]}) with a linear head, int8, {report["megabytes"]} MB, written {report["written"]}.

| training | |
|---|---|
| base | multilingual-e5-small, vocabulary cut to Chinese and English, layers {", ".join(map(str, layers)) or "all"} |
| data hash | `{report["data_hash"]}` |
{lines}
| int8 against float32 | same label {report["int8"]["same_label"]:.1%}, mean difference of a probability {report["int8"]["mean_difference"]:.4f} |

Where a run had several workers, they took the mean of their weights every few steps (local SGD).

A pair `<s> text </s></s> target </s>` asks for the sentiment toward the target, which is marked where it stands in the text
(« target »); `<s> text </s>` asks for the text's own.
Text is cleaned first (`models/text.py`): addresses and user names replaced, traditional characters simplified."""


def _run(number: int, run: dict[str, Any]) -> str:
    come = run["from"]
    if not run["config"]:
        return f"| {number} | the mean of the weights of {', '.join(map(str, come))} (`models.average`) |"
    after = f", on from {come[0]}" if come else ""
    figures = ", ".join(str(value) for value in run["run"].values())
    return (
        f"| run {number}{after}: steps, texts seen, minutes, workers | {figures} |\n"
        f"| run {number}: configuration | `{json.dumps(run['config'])}` |"
    )


def line(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs from the base to the last one; of a mean, by its first run: all of one mean have the same layers."""
    line, number = [], len(runs)
    while number:
        line.append(runs[number - 1])
        number = next(iter(line[-1]["from"]), 0)
    return line[::-1]


def kept_layers(chosen: list[list[int]]) -> list[int]:
    """The base's layers that are left: each run names its layers by their place in the run before."""
    left: list[int] = []
    for layers in chosen:
        left = [left[place] for place in layers] if left and layers else layers or left
    return left


def _data(report: dict[str, Any]) -> str:
    rows = "\n".join(f"| {name} | {n:,} | {o:,} | {p:,} |" for name, (n, o, p) in report["counts"].items())
    total = sum(map(sum, report["counts"].values()))
    return f"""## Data

{total:,} rows could be drawn; each epoch takes at most the cap of its source (`models/sources.py`). `*_whole`: texts whose targets
agree, taken as whole texts. `*_grammar`: sentences written by `models/grammar`. Rows whose text is in a dev set
were left out. Sources whose labels have no neutral teach through a loss without it.

| source | negative | neutral | positive |
|---|---|---|---|
{rows}"""


def _row(name: str, row: dict[str, float], keys: tuple[str, ...]) -> str:
    cells = " | ".join(f"{row[key]:.3f}" if key in row else "" for key in keys)
    return f"| {name} | {int(row['n'])} | {cells} |"


def _scores(report: dict[str, Any]) -> str:
    keys = ("accuracy", "macro_f1", "macro_recall", "sides", "ece")
    rows = "\n".join(_row(name, row, keys) for name, row in report["scores"].items())
    return f"""## Scores on dev rows

Rows that neither training nor calibration saw. `sides`: in sources of two classes, positive against
negative probability alone, the way two-class tests are scored. `:target`: toward a target. ECE: expected calibration error.

| source | n | accuracy | macro-F1 | macro-recall | sides | ECE |
|---|---|---|---|---|---|---|
{rows}"""


def _calibration(report: dict[str, Any]) -> str:
    rows = "\n".join(f"| {b['confidence']:.2f} | {b['right']:.2f} | {b['n']} |" for b in report["bins"])
    total = sum(b["n"] for b in report["bins"])
    error = sum(abs(b["confidence"] - b["right"]) * b["n"] for b in report["bins"]) / total
    return f"""## Calibration

A temperature and a neutral offset per language and question, learnt on one half of dev and judged here on the other:
expected calibration error {error:.3f} over {total:,} rows.

![confidence against share right]({PLOT})

| mean confidence | share right | rows |
|---|---|---|
{rows}"""


def _checks(report: dict[str, Any]) -> str:
    table = report["checks"]["scores"]
    rows = "\n".join(_row(name.removeprefix("check_"), row, ("accuracy", "macro_f1")) for name, row in table.items())
    return f"""## Two brands, comparison, sarcasm, rumour and the like

Hand-written sentences (`tests/models/checks/rhetoric.jsonl`), none of them trained on.

| kind | n | accuracy | macro-F1 |
|---|---|---|---|
{rows}{_other_checks(report)}"""


def _other_checks(report: dict[str, Any]) -> str:
    """Means of the sets by another hand, where they were scored."""
    told = {"second": "rhetoric_2.jsonl", "places": "places.jsonl"}
    lines = [
        _row(f"`{file}`, {group[4:]}", row, ("accuracy", "macro_f1"))
        for name, file in told.items()
        for group, row in report.get(name, {}).get("scores", {}).items()
        if group.startswith("all ")
    ]
    if not lines:
        return ""
    return """

By another hand, who had seen none of the training sentences: a second set of the same kinds, and whole texts of places
that the training data hardly hold (headlines, app reviews, forums, offers). Nothing was tuned on them; that these weights
were preferred to the ones before rests on them, too.

| | n | accuracy | macro-F1 |
|---|---|---|---|
""" + "\n".join(lines)


def _peers(report: dict[str, Any]) -> str:
    names = {"this model": report["peers"]["scores"], **report["peers"]["peers"]}
    lines = []
    for name, table in names.items():
        for group in ("all zh", "all en"):
            if group in table:
                lines.append(_row(f"{name}, {group[4:]}", table[group], ("accuracy", "macro_f1", "macro_recall")))
    return f"""## Beside what can be installed today, on the same rows

| | n | accuracy | macro-F1 | macro-recall |
|---|---|---|---|---|
{chr(10).join(lines)}"""


def _speed(report: dict[str, Any]) -> str:
    base = report["bench"].get("XLM-R-base pipeline, defaults", {}).get("per_cpu_second", float("nan"))
    rows = "\n".join(
        f"| {name} | {row['per_cpu_second']:.1f} | {row['per_cpu_second'] / base:.1f} × | {row['peak_mb']:.0f} | {row['cold_seconds']:.2f} |"
        for name, row in report["bench"].items()
    )
    return f"""## Speed (`python -m models.bench`, one run)

| | texts per CPU second | against XLM-R-base pipeline | peak MB | cold start, s |
|---|---|---|---|---|
{rows}"""


def _sizes() -> str:
    """Networks of several sizes, the largest first."""
    found: dict[str, dict[str, float]] = json.loads(CURVE.read_text(encoding="utf-8"))
    keys = ("text_accuracy", "text_mean", "target_accuracy", "target_mean", "checks")
    rows = "\n".join(
        f"| {name} | {row['megabytes']:.1f} | {row['per_cpu_second']:.0f} | {' | '.join(f'{row[key]:.3f}' for key in keys)} |"
        for name, row in sorted(found.items(), key=lambda one: -one[1]["megabytes"])
    )
    return f"""## Quality against speed (`python -m models.curve FOLDER... --data FOLDER`, one run)

Networks of other sizes, trained on the same data as far as each was taken, on the same dev rows and in the same minutes. `mean`:
over sources, of macro-F1; `checks`: accuracy on the hand-written sentences above. Ten layers are shipped: eight are a fifth faster
but a little worse on public texts, and misread more of the sentences with two brands, sarcasm and denial.

| | MB | texts per CPU second | text, accuracy | text, mean | target, accuracy | target, mean | checks |
|---|---|---|---|---|---|---|---|
{rows}"""


LIMITS = """## Limits

- Trained on posts, reviews, comments and headlines up to about 80 pieces; of a longer text it sees the beginning and the end, and
  the sentences around the target. Essays and dialogues are outside what it knows.
- "Neutral" is not one thing: sources disagree about mixed opinions, questions and news. Borders between neutral and the two sides
  are where most mistakes lie.
- Sarcasm without markers, sport-like rivalry, and facts that need knowledge of the world are often misread.
- Languages other than Chinese and English are read badly; the language analyzer marks such mentions.
- Names of people and groups can carry bias from the training posts. Do not use it to judge persons."""

LICENCES = """## Licences

The weights derive from multilingual-e5-small (MIT; Wang et al. 2024, "Multilingual E5 Text Embeddings", arXiv:2402.05672).
They were trained on public data sets gathered for research, most of the Chinese ones without a stated licence, and on sentences
of our own. No text of theirs is in this repository. Users with stricter needs should train again on data whose licence they
know: `python -m models.train --base intfloat/multilingual-e5-small --data FOLDER` takes any folder of Parquet files
with columns text, label and optionally target; or set FENGPING_MODEL to a model they trust."""


def reliability_plot(bins: list[dict[str, float]]) -> str:
    """Confidence against share right; the size of a dot grows with its rows."""
    span = SIZE - 2 * MARGIN
    largest = max(b["n"] for b in bins)

    def place(b: dict[str, float]) -> str:
        x, y = MARGIN + span * b["confidence"], SIZE - MARGIN - span * b["right"]
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 + 7 * (b["n"] / largest) ** 0.5:.1f}" fill="#3b6ea5"/>'

    low, high = MARGIN, SIZE - MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" font-family="sans-serif" font-size="11">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="white"/>'
        f'<path d="M{low} {low}V{high}H{high}" fill="none" stroke="#888"/>'
        f'<path d="M{low} {high}L{high} {low}" stroke="#bbb" stroke-dasharray="4 4"/>'
        + "".join(place(b) for b in bins)
        + f'<text x="{SIZE / 2}" y="{SIZE - 12}" text-anchor="middle">confidence (0 to 1)</text>'
        f'<text x="14" y="{SIZE / 2}" text-anchor="middle" transform="rotate(-90 14 {SIZE / 2})">share right (0 to 1)</text>'
        "</svg>\n"
    )


if __name__ == "__main__":
    main()
