"""Which rows teach, and how much: the table of data sources and what was learnt about each.

`read_folder` takes any folder of Parquet files with columns `text, label` and optionally `target, lang, source,
theme, kind`; `label` is negative, neutral or positive, rows with another one are left out and counted. A source not in
the table is taken at its word: three classes, full weight; without a `source` column a file's name is its source,
without `lang` the text says. Files named `*-dev.parquet` are the dev rows; of texts with targets, one in twenty by the
hash of the text is. Rows whose cleaned text is also among the dev rows are dropped from training.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from models.text import clean, is_chinese

LABELS = ("negative", "neutral", "positive")
FOLDS = 20  # one fold in twenty is dev, chosen by the text's hash so that a text is never on both sides


@dataclass(frozen=True)
class Policy:
    """How one source is used. `two_class`: its label set has no neutral, so neutral is masked in its loss.
    `weight`: trust in its labels. `cap`: rows seen per epoch. `repeat`: times a row is seen per epoch."""

    two_class: bool = False
    weight: float = 1.0
    cap: int = 30_000
    repeat: int = 1


POLICIES = {
    "zh_online_shopping_10_cats": Policy(two_class=True, weight=0.8, cap=7_000),
    "zh_waimai_10k": Policy(two_class=True, cap=2_500),
    "zh_htl_all": Policy(two_class=True),
    "zh_nlpcc2013_reviews": Policy(two_class=True, weight=0.8, cap=2_500),
    "zh_nlpcc2014_product": Policy(two_class=True, weight=0.8, cap=2_500),
    "zh_weibo2018": Policy(two_class=True, weight=0.4, cap=1_000),
    "zh_finnews_wwwxmu": Policy(two_class=True),
    "zh_marc_amazon": Policy(weight=0.8),
    "zh_nlpcc2014_sentences": Policy(cap=9_000),
    "zh_smp2020_ewect": Policy(cap=11_000),
    "zh_car_ccf2018": Policy(cap=6_000),
    "zh_makeup_zhijiang": Policy(cap=1_500),
    "en_semeval2017_4a": Policy(cap=15_000),
    "en_sst5": Policy(cap=8_000),
    "en_amazon_polarity10k": Policy(two_class=True, cap=4_000),
    "en_amazon_alexa": Policy(weight=0.8, cap=1_500),
    "en_sxsw_brand": Policy(weight=0.7, cap=3_500),
    "en_youtube_comments": Policy(weight=0.7, cap=5_000),
    "zh_absa_camera": Policy(two_class=True, cap=700),
    "zh_absa_car": Policy(two_class=True, cap=500),
    "zh_absa_notebook": Policy(two_class=True, cap=500),
    "zh_absa_phone": Policy(two_class=True, cap=800),
    "zh_absa_restaurant_zhang": Policy(cap=4_000),
    "zh_absa_hair": Policy(cap=2_500),
    "zh_asap_sample": Policy(cap=1_000),
    "en_semeval2017_4c_topic": Policy(weight=0.7, cap=5_000),
    "en_absa_acl14_twitter": Policy(cap=4_000),
    "en_absa_television": Policy(cap=1_200),
    "en_absa_tshirt": Policy(cap=700),
    "en_mams_atsa": Policy(cap=5_000),
    "en_mams_acsa": Policy(cap=2_500),
    "en_acos_laptop": Policy(cap=1_500),
    "en_acos_restaurant16": Policy(cap=1_000),
    "en_grammar": Policy(cap=10_000),
    "zh_grammar": Policy(cap=10_000),
}

_THEME_WORDS = {  # the English keys of the ASAP aspects, as a Chinese reader would ask for them
    "location": "位置", "traffic": "交通", "distance": "距离", "easy_to_find": "容易找",
    "service": "服务", "wait_time": "排队", "waiters_attitude": "服务态度", "parking": "停车", "serving_speed": "上菜速度",
    "price": "价格", "level": "价格", "cost_effective": "性价比", "discount": "优惠",
    "environment": "环境", "decoration": "装修", "noise": "噪音", "space": "空间", "cleaness": "卫生",
    "dish": "菜品", "portion": "分量", "taste": "口味", "look": "卖相", "recommendation": "推荐",
}  # fmt: skip


def policy(source: str) -> Policy:
    return POLICIES.get(source.removesuffix("_whole"), Policy())


def fold(text: str) -> int:
    """Which of FOLDS parts a text belongs to; the same on every machine and in every run."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") % FOLDS


def read_folder(folder: Path) -> pd.DataFrame:
    """All rows as text, target, label, lang, source, kind, split (train, dev); cleaned, without duplicates."""
    frames = [frame for path in sorted(folder.glob("*.parquet")) if len(frame := _load(path))]
    if not frames:
        raise FileNotFoundError(f"{folder} holds no .parquet file with rows of text and label")
    rows = labelled(pd.concat(frames, ignore_index=True))
    rows["text"] = [clean(text) for text in rows.text]
    rows = rows[rows.text != ""].drop_duplicates(["text", "target"], keep="first")
    dev_texts = set(rows.text[rows.split == "dev"])
    first_fold = rows.text.map(fold) == 0
    rows.loc[(rows.split == "fold") & first_fold, "split"] = "dev"
    leaked = (rows.split != "dev") & rows.text.isin(dev_texts | set(rows.text[rows.split == "dev"]))
    rows = rows[~leaked]
    rows.loc[rows.split == "fold", "split"] = "train"
    return rows.reset_index(drop=True)


def read_rows(path: Path, needed: Sequence[str] = ("text", "label")) -> pd.DataFrame:
    """The rows of one file that have a text; ValueError names the file, and the column or row that is wrong."""
    try:
        raw = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as Parquet ({error})") from error
    if missing := [column for column in needed if column not in raw]:
        raise ValueError(f"{path} has no column {' and no '.join(missing)}")
    raw = raw[raw.text.notna()].astype({"text": object, "label": object})
    strange = [number for number, text in zip(raw.index, raw.text, strict=True) if not isinstance(text, str)]
    if strange:
        raise ValueError(f"{path} has {len(strange):,} texts that are no strings, the first in row {strange[0]}")
    return raw


def labelled(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose label is one of ours; what the others have is told."""
    other, ours = ~rows.label.isin(LABELS), ", ".join(LABELS)
    if other.any():
        labels, sources = (", ".join(sorted(set(map(str, rows[name][other])))[:5]) for name in ("label", "source"))
        print(f"{int(other.sum()):,} rows of {sources} left out: their label ({labels}) is none of {ours}", flush=True)
    if other.all():
        raise ValueError(f"no row has a label out of {ours}")
    return rows[~other]


def _load(path: Path) -> pd.DataFrame:
    raw = read_rows(path)
    for column, default in (("target", ""), ("source", path.stem), ("kind", ""), ("lang", "")):
        raw[column] = raw[column].astype(object).fillna(default).astype(str) if column in raw else default
    own = ["zh" if is_chinese(text) else "en" for text in raw.text]
    raw["lang"] = raw.lang.where(raw.lang != "", own)
    raw["target"] = raw.target.str.replace("Other Google product or service", "Google")
    raw["target"] = raw.target.str.replace("Other Apple product or service", "Apple")
    raw["text"] = raw.text.str.replace("-LRB-", "(").str.replace("-RRB-", ")")
    if "theme" not in raw:
        return _split(raw, path)
    known = raw.source.isin(POLICIES)  # whose themes are names of parts, JSON, or categories of shops
    own = raw[~known].copy()
    own["target"] = own.target.where(own.target != "", own.theme.fillna(""))
    if not known.any():
        return _split(own, path)
    return pd.concat([_themes(raw[known]), _split(own, path)]) if len(own) else _themes(raw)


def _split(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The rows with their split, and what texts of one clear label say as a whole."""
    columns = ["text", "target", "label", "lang", "source", "kind", "split"]
    whole = (raw.target == "").all()
    raw = raw.assign(split="dev" if path.stem.endswith("-dev") else "train" if whole else "fold")
    return raw[columns] if whole else pd.concat([raw[columns], _unanimous(raw)])


def _unanimous(raw: pd.DataFrame) -> pd.DataFrame:
    """Texts whose targets all have one clear label: the whole text has it too."""
    chosen = raw[raw.source.str.contains("absa") & ~raw.source.str.contains("twitter") & (raw.target != "")]
    same = chosen[chosen.groupby("text").label.transform("nunique") == 1].drop_duplicates("text")
    same = same[(same.label != "neutral") & (same.text.str.len() > 12)]
    return same.assign(target="", source=same.source + "_whole", kind="", split="fold")[
        ["text", "target", "label", "lang", "source", "kind", "split"]
    ]


def _themes(raw: pd.DataFrame) -> pd.DataFrame:
    """Labelled themes as targets ('food quality'), and texts of one polarity as whole texts."""
    raw = raw[raw.source.str.contains("acos|asap|makeup|zh_car")]
    asked = [row for record in raw.itertuples() for row in _theme_rows(record)]
    columns = ["text", "target", "label", "lang", "source", "kind"]
    pairs = pd.DataFrame(asked, columns=columns)
    whole = raw[raw.source.str.contains("asap|makeup|acos")]
    whole = whole[whole.groupby("text").label.transform("nunique") == 1].drop_duplicates("text")
    whole = whole.assign(target="", source=whole.source + "_whole", kind="")[columns]
    return pd.concat([pairs, whole]).assign(split="fold")


def _theme_rows(record) -> list[tuple[str, str, str, str, str, str]]:
    if record.source == "zh_makeup_zhijiang" and record.theme == "整体":
        return []
    if not record.theme.startswith("{"):
        words = record.theme.replace("#GENERAL", "").replace("#", " ").replace("_", " ")
        themes = {words.lower(): record.label}
    else:
        themes = {_asap_name(key): label for key, label in json.loads(record.theme).items()}
    return [(record.text, name, label, record.lang, record.source, "") for name, label in themes.items()]


def _asap_name(key: str) -> str:
    area, _, rest = key.partition("_")
    return _THEME_WORDS.get(rest, _THEME_WORDS.get(area, key))
