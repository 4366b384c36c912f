"""How fast, how large, how soon: `python -m models.bench [--texts N] [--json FILE]`.

Each contender reads the same texts in a process of its own: the shipped model; an XLM-RoBERTa-base sequence
classifier (random weights of that architecture cost what trained ones cost) through `transformers`' pipeline at its
defaults, and at batch 32 sorted by length; SnowNLP on the Chinese texts and VADER on the English ones. Counted are texts
per CPU second (all threads together, after a first warm text), peak memory of the process, and seconds from
its start to the first reading. The XLM-R contender uses our tokenizer, whose pieces are XLM-R's.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

SLOW_TEXTS = 48  # texts for contenders that read about ten a second
Read = Callable[[Sequence[str]], object]


def texts_for(count: int) -> list[str]:
    """Bilingual texts of about 40 pieces in the mean, made by the grammar: one post, then two in one, and so on.

    Its short bare lines (files 10 and on) are left out, so that figures of before and after them can be compared."""
    from models.grammar import generate

    rows = generate(3 * count, 11, "held_out", files="[1-9]_*")
    texts = list(dict.fromkeys(row.text for row in rows))
    return [" ".join(texts[2 * at : 2 * at + 1 + at % 2]) for at in range(count)]


def ours() -> Read:
    from models.files import SHIPPED
    from models.runtime import OnnxModel
    from models.text import clean

    model = OnnxModel(SHIPPED)
    return lambda texts: model.probabilities([clean(text) for text in texts], [""] * len(texts))


def _xlmr():
    import torch
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForSequenceClassification, pipeline

    from models.files import SHIPPED, TOKENIZER

    config = XLMRobertaConfig(
        vocab_size=250_002, max_position_embeddings=514, num_labels=3, type_vocab_size=1, layer_norm_eps=1e-5
    )
    with torch.device("meta"):
        model = XLMRobertaForSequenceClassification(config)
    model = model.to_empty(device="cpu").eval()
    with torch.no_grad():
        for value in [*model.parameters(), *model.buffers()]:
            value.uniform_(-0.02, 0.02) if value.is_floating_point() else None
    embeddings = model.roberta.embeddings
    embeddings.position_ids = torch.arange(514).expand((1, -1))
    embeddings.token_type_ids = torch.zeros((1, 514), dtype=torch.long)
    specials = {"pad": "<pad>", "bos": "<s>", "eos": "</s>", "cls": "<s>", "sep": "</s>", "unk": "<unk>"}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(SHIPPED / TOKENIZER),
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
        **{f"{role}_token": piece for role, piece in specials.items()},
    )
    return pipeline("text-classification", model=model, tokenizer=tokenizer)


def xlmr_default() -> Read:
    pipe = _xlmr()
    return lambda texts: pipe(list(texts))


def xlmr_sorted() -> Read:
    pipe = _xlmr()
    return lambda texts: pipe(sorted(texts, key=len), batch_size=32)


def snownlp() -> Read:
    from models.peers import snownlp as peer

    return lambda texts: peer([text for text in texts if not text.isascii()])


def vader() -> Read:
    from models.peers import vader as peer

    return peer


CONTENDERS: dict[str, tuple[Callable[[], Read], int]] = {
    "fengping": (ours, 0),
    "XLM-R-base pipeline, defaults": (xlmr_default, SLOW_TEXTS),
    "XLM-R-base pipeline, batch 32 sorted": (xlmr_sorted, 2 * SLOW_TEXTS),
    "SnowNLP (zh)": (snownlp, 2 * SLOW_TEXTS),
    "VADER (en)": (vader, 0),
}


def measure(name: str, count: int, started: float) -> dict[str, float]:
    """Run in a process of its own; `started` is the parent's clock when it was started."""
    build, few = CONTENDERS[name]
    texts = texts_for(count)[: few or count]
    if name.startswith("SnowNLP"):
        texts = [text for text in texts_for(count) if not text.isascii()][:few]
    made = time.time()  # making texts is not the contender's start
    read = build()
    read(texts[:1])
    cold = time.time() - made + _interpreter_seconds(started, made)
    before, clock = time.process_time(), time.perf_counter()
    read(texts)
    spent, wall = time.process_time() - before, time.perf_counter() - clock
    return {
        "texts": len(texts), "per_cpu_second": len(texts) / spent, "per_second": len(texts) / wall,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "cold_seconds": cold,
    }  # fmt: skip


def _interpreter_seconds(started: float, made: float) -> float:
    """Python's own start, without the time spent on making texts."""
    return max(0.0, _ENTERED - started) if started and made >= _ENTERED else 0.0


_ENTERED = time.time()


def compare(count: int) -> dict[str, dict[str, float]]:
    results = {}
    for name in CONTENDERS:
        options = ["--only", name, "--texts", str(count), "--started", str(time.time())]
        command = [sys.executable, "-m", "models.bench", *options]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent)  # noqa: S603
        if done.returncode:
            print(f"{name}: failed\n{done.stderr[-600:]}", file=sys.stderr)
            continue
        results[name] = json.loads(done.stdout.strip().splitlines()[-1])
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=600)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, default=0.0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        print(json.dumps(measure(args.only, args.texts, args.started)))
        return
    results = compare(args.texts)
    base = results.get("XLM-R-base pipeline, defaults", {}).get("per_cpu_second", float("nan"))
    print(f"{'':38s}{'texts/CPU s':>12s}{'times':>8s}{'texts/s':>9s}{'peak MB':>9s}{'cold s':>8s}")
    for name, row in results.items():
        print(
            f"{name:38s}{row['per_cpu_second']:12.1f}{row['per_cpu_second'] / base:8.1f}{row['per_second']:9.1f}"
            f"{row['peak_mb']:9.0f}{row['cold_seconds']:8.2f}"
        )
    if args.json:
        args.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    if len(results) < len(CONTENDERS):
        sys.exit(1)


if __name__ == "__main__":
    main()
