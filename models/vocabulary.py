"""A smaller vocabulary for an encoder: the pieces that Chinese and English text uses, and no others.

`python -m models.vocabulary --base DIR --data DIR --out DIR [--words FILE]...` writes a base whose tokenizer and
word embeddings hold the special pieces, every piece with a character outside the Latin alphabet, and the
Latin pieces that the texts (and the word lists given) use. A dropped word is spelt with shorter pieces that
remain, so any text can still be read; it is read a little worse.
"""

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModel

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_OTHER_SCRIPT = re.compile(r"[^\u0000-\u024f\u2581]")


def pieces_used(tokenizer: Tokenizer, texts: Iterable[str]) -> set[int]:
    used: set[int] = set()
    for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False):
        used.update(encoding.ids)
    return used


def kept_ids(tokenizer: Tokenizer, used: set[int]) -> list[int]:
    """Ids to keep, in their old order, so that the special pieces stay where models expect them."""
    special = set(tokenizer.get_added_tokens_decoder())
    kept = []
    for piece, number in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]):
        latin_only = _LATIN.search(piece) and not _OTHER_SCRIPT.search(piece)
        if number in used or number in special or not latin_only or len(piece) == 1:
            kept.append(number)
    return kept


def cut_tokenizer(source: Path, target: Path, kept: list[int]) -> None:
    """Write tokenizer.json with the kept pieces of a unigram vocabulary, renumbered."""
    spec = json.loads(source.read_text(encoding="utf-8"))
    if spec["model"]["type"] != "Unigram":
        raise ValueError(f"only a unigram tokenizer can be cut; {source} is {spec['model']['type']}")
    new_number = {old: new for new, old in enumerate(kept)}
    spec["model"]["vocab"] = [spec["model"]["vocab"][number] for number in kept]
    spec["model"]["unk_id"] = new_number[spec["model"]["unk_id"]]
    for token in spec["added_tokens"]:
        token["id"] = new_number[token["id"]]
    for token in (spec.get("post_processor") or {}).get("special_tokens", {}).values():
        token["ids"] = [new_number[number] for number in token["ids"]]
    spec["truncation"] = spec["padding"] = None
    target.write_text(json.dumps(spec, ensure_ascii=False), encoding="utf-8")


def cut_base(base: Path, out: Path, used: set[int]) -> int:
    """Write the smaller base into `out`; returns how many pieces remain."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    kept = kept_ids(tokenizer, used)
    out.mkdir(parents=True, exist_ok=True)
    cut_tokenizer(base / "tokenizer.json", out / "tokenizer.json", kept)
    (out / "tokenizer_config.json").write_text((base / "tokenizer_config.json").read_text())
    model = AutoModel.from_pretrained(base, dtype=torch.float32)
    words = model.get_input_embeddings().weight.data[torch.tensor(kept)]
    model.resize_token_embeddings(len(kept))
    model.get_input_embeddings().weight.data.copy_(words)
    model.half().save_pretrained(out)
    return len(kept)


def main() -> None:
    from models.sources import read_folder

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of Parquet files with a column text")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--words", type=Path, action="append", default=[], help="list of words, one a line")
    args = parser.parse_args()
    rows = read_folder(args.data)
    tokenizer = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    used = pieces_used(tokenizer, rows.text) | pieces_used(tokenizer, rows.target)
    for path in args.words:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        used |= pieces_used(tokenizer, [re.split(r"[\s\t]", line.strip())[0] for line in lines if line.strip()])
    print(f"{cut_base(args.base, args.out, used):,} pieces kept in {args.out}")


if __name__ == "__main__":
    main()
