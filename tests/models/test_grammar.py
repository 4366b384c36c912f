"""The sentence generator: repeatable, split cleanly, labelled as documented, and blind to the check set."""

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from opencc import OpenCC

from models.grammar import LABELS, Row, generate
from models.grammar.__main__ import main
from models.grammar.brands import every_name, invented
from models.grammar.engine import Expander, Template, parse_line, templates
from models.grammar.lexicon import LANGS, cut, pools
from models.grammar.surface import joined

CHECKS = Path(__file__).parent / "checks" / "rhetoric.jsonl"
TRADITIONAL = OpenCC("s2t").convert


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return generate(4500, 11)


@pytest.fixture(scope="module")
def held_out() -> list[Row]:
    return generate(1500, 11, "held_out")


@pytest.fixture(scope="module")
def checks() -> list[dict[str, str]]:
    return [json.loads(line) for line in CHECKS.read_text(encoding="utf-8").splitlines()]


def bare(text: str) -> str:
    """Letters and digits only, so that casing and punctuation cannot hide a copy."""
    return re.sub(r"[\W_]", "", text.lower())


def same_name(target: str, names: frozenset[str]) -> bool:
    return target in names or target in {TRADITIONAL(name) for name in names}


def test_a_seed_always_gives_the_same_rows() -> None:
    assert generate(400, 5) == generate(400, 5)
    assert generate(400, 5) != generate(400, 6)
    assert len(generate(123, 5)) == 123


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="held_out"):
        generate(1, 1, "dev")  # type: ignore[arg-type]


def test_some_files_alone_can_be_drawn_from() -> None:
    asked = {t.kind for lang in LANGS for t in templates(lang, split="train", files="10_bare")}
    assert "comparison" in asked
    assert {row.kind for row in generate(400, 5, files="10_bare")} <= {
        *asked,
        "plain",
        "neutral_text",
        "mere_mention",
        "slang",
    }
    assert generate(50, 5, files="10_*") != generate(50, 5, files="*")
    with pytest.raises(ValueError, match=r"zh_nothing|en_nothing"):
        generate(1, 1, files="nothing")


def test_splits_share_no_brand(rows: list[Row], held_out: list[Row]) -> None:
    train, held = every_name("train"), every_name("held_out")
    assert not train & held
    assert len(train) > 150
    assert len(held) > 60
    assert all(same_name(row.target, train) for row in rows if row.target)
    assert all(same_name(row.target, held) for row in held_out if row.target)


def test_splits_share_no_template_and_no_text(rows: list[Row], held_out: list[Row]) -> None:
    for lang in LANGS:
        kept = {t.pattern for t in templates(lang, split="held_out")}
        used = {t.pattern for t in templates(lang, split="train")}
        assert not kept & used
        assert 0.12 < len(kept) / len(kept | used) < 0.3
        kinds = {t.kind for t in templates(lang)}
        assert all(templates(lang, kind, split) for kind in kinds for split in ("train", "held_out"))
    assert not {bare(row.text) for row in rows} & {bare(row.text) for row in held_out}


def test_long_word_lists_are_cut_between_the_splits() -> None:
    words = [f"w{i}" for i in range(12)]
    assert not set(cut(words, "train")) & set(cut(words, "held_out"))
    assert set(cut(words, "train")) | set(cut(words, "held_out")) == set(words)
    assert not set(pools("zh", "phone", "train").get("s.-")) & set(pools("zh", "phone", "held_out").get("s.-"))


def test_every_row_is_well_formed(rows: list[Row], held_out: list[Row]) -> None:
    for row in rows + held_out:
        assert row.label in LABELS, row
        assert row.lang in LANGS, row
        assert not re.search(r"[{}\x00-\x09\x0b-\x1f]|<[^3]|\|", row.text), row


def test_the_target_stands_in_the_text_but_for_listed_aliases(rows: list[Row]) -> None:
    named = [row for row in rows if row.target]
    absent = [row for row in named if row.target not in row.text]
    assert len(absent) < 0.04 * len(named)
    known = {b.name for b in invented("zh", "train") + invented("en", "train")}
    assert not [row for row in absent if row.target in known]


def test_labels_and_languages_are_balanced(rows: list[Row]) -> None:
    labels, langs = Counter(row.label for row in rows), Counter(row.lang for row in rows)
    assert all(0.22 < labels[label] / len(rows) < 0.46 for label in LABELS), labels
    assert 0.42 < langs["zh"] / len(rows) < 0.58


def test_one_sided_kinds_are_only_those_that_mean_to_be(rows: list[Row]) -> None:
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_kind[row.kind][row.label] += 1
    one_sided = {k for k, c in by_kind.items() if max(c.values()) > 0.9 * sum(c.values())}
    assert one_sided <= {"sarcasm", "neutral_text"}
    assert all(sum(c.values()) >= 30 for c in by_kind.values()), by_kind


def test_one_text_often_has_two_answers(rows: list[Row]) -> None:
    labels: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        labels[row.group].add(row.label)
    assert sum(len(found) > 1 for found in labels.values()) > 0.15 * len(labels)


def test_a_group_is_one_text_and_no_text_is_two_groups(rows: list[Row]) -> None:
    texts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        texts[row.group].add(row.text)
    assert all(len(found) == 1 for found in texts.values())
    assert len({row.text for row in rows}) == len(texts)


@pytest.mark.parametrize("lang", LANGS)
def test_a_template_draws_every_sign_it_labels_and_names_every_brand(lang: str) -> None:
    for template in templates(lang):
        check_marks(template)


def check_marks(template: Template) -> None:
    labelled = {mark.lstrip("!") for _, mark in template.labels} & {"s", "t"}
    drawn = set(re.findall(r"\{(?:[\w:]*[.:=])?!?=?!?([st])\}", template.pattern))
    assert drawn == labelled, template.pattern
    pattern = template.pattern.replace("{thanks}", "{A}")
    assert {role for role, _ in template.labels} - {"W"} == set(re.findall(r"\{([ABCXP])\}", pattern))


def test_a_template_gives_each_brand_its_side() -> None:
    template = parse_line("A=s B=!s | {A}{gen.s}，{B}{gen.!s}", "two_brands_opposite", "zh")
    assert template == Template(
        "two_brands_opposite", "zh", False, (("A", "s"), ("B", "!s")), "{A}{gen.s}，{B}{gen.!s}", ()
    )
    found = Expander(template, Random(3), "train", "phone").run()
    first, second = found.text.split("，", 1)
    side = {"positive": "gen.+", "negative": "gen.-"}
    words = pools("zh", "phone", "train")
    assert first.removeprefix(found.brands["A"].name) in words.get(side[found.labels["A"]])
    assert second.removeprefix(found.brands["B"].name) in words.get(side[found.labels["B"]])
    assert found.labels["A"] != found.labels["B"]


def test_sentences_are_joined_without_doubling_their_end_marks() -> None:
    assert joined(["好。", "走"], "。") == "好。走"
    assert joined(["ok", "go"], ". ") == "ok. go"


def test_the_command_writes_what_generate_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "g.parquet"
    monkeypatch.setattr("sys.argv", ["grammar", "--n", "200", "--seed", "4", "--split", "held_out", "--out", str(out)])
    main()
    written = pd.read_parquet(out)
    assert [Row(**record) for record in written.to_dict("records")] == generate(200, 4, "held_out")
    assert "200 rows" in capsys.readouterr().out


def test_the_check_set_is_large_and_well_formed(checks: list[dict[str, str]]) -> None:
    assert len({c["id"] for c in checks}) == len(checks) >= 300
    assert len({c["text"] for c in checks}) >= 240
    assert {frozenset(c) for c in checks} == {frozenset(("id", "text", "target", "label", "lang", "kind"))}
    assert all(c["target"] in c["text"] and c["label"] in LABELS and c["lang"] in LANGS for c in checks)
    assert len({(c["text"], c["target"]) for c in checks}) == len(checks)
    langs = Counter(c["lang"] for c in checks)
    assert abs(langs["zh"] - langs["en"]) < 0.1 * len(checks)
    assert min(Counter(c["kind"] for c in checks).values()) >= 14
    assert min(Counter(c["label"] for c in checks).values()) >= 90


def test_one_label_per_text_cannot_answer_the_check_set(checks: list[dict[str, str]]) -> None:
    by_text: dict[str, list[str]] = defaultdict(list)
    for check in checks:
        by_text[check["text"]].append(check["label"])
    best = sum(max(Counter(labels).values()) for labels in by_text.values())
    assert best / len(checks) < 0.92


def test_the_check_sets_never_feed_training(rows: list[Row], held_out: list[Row]) -> None:
    lines = [line for path in CHECKS.parent.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    checks = [json.loads(line) for line in lines]
    assert len({c["id"] for c in checks}) == len(checks) > 1_300
    made = "\n".join(bare(row.text) for row in rows + held_out)
    assert not [c["id"] for c in checks if bare(c["text"]) in made]
    patterns = "\n".join(bare(t.pattern) for lang in LANGS for t in templates(lang))
    assert not [c["id"] for c in checks if bare(c["text"]) in patterns]
    assert not {c["target"].lower() for c in checks} & {n.lower() for n in every_name("train")}
