"""Bytes to text when byte order mark, header, XML declaration, meta and content disagree.

The content decides, because labels lie: bytes that are valid UTF-8 are UTF-8; anything else is decoded by every
label and by the usual East Asian and Western encodings, and each result is scored by how far it looks like a text
somebody wrote: the share of letters in the encoding's own first level (the few thousand everyday characters that
GB 2312, Big5 and JIS X 0208 each put first) and of the commonest characters of the language. A label breaks ties.
Sure from about ten East Asian characters on; for fewer it relies on the label, then on Chinese coming first.
What no candidate can decode becomes U+FFFD, which shows: nothing is turned into other letters in silence.
"""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A label names a family; the largest member reads all of them.
_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "ms936": "gb18030", "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "gb2312-80": "gb18030", "euc-cn": "gb18030", "euc_cn": "gb18030", "chinese": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "cp950": "big5hkscs", "x-x-big5": "big5hkscs", "big5-eten": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "ms_kanji": "cp932", "euc-kr": "cp949", "euckr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949",
    "windows-949": "cp949", "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252",
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "x-euc-jp": "euc_jp", "utf8": "utf-8", "utf-8": "utf-8", "unicode-1-1-utf-8": "utf-8",
}  # fmt: skip
_GUESSES = (
    "utf-8",
    "gb18030",
    "big5hkscs",
    "cp932",
    "euc_jp",
    "cp949",
    "cp1252",
    "cp1251",
    "koi8-r",
    "cp874",
    "cp1255",
    "cp1253",
    "cp1256",
)
_ASCII = bytes(range(128))
TOO_FEW = 3  # bytes above ASCII that say nothing of their encoding: a label that nobody writes by habit is believed
_USUAL_LIES = frozenset({"utf-8", "cp1252", "gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"})
_DECLARED_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]{2,40})\s*[\"']", re.I)
_DECLARED_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_ESCAPED_SURROGATE = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_ABOVE_ASCII = re.compile(rb"[\x80-\xff]+")
_HZ = re.compile(rb"~\{(?:[!-w][!-~])+~\}")
# single-byte alphabets: how a word of theirs looks, and their ten commonest letters, about half of any text
_ALPHABETS = {
    "cp1251": (re.compile("[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+"), "оеаинтсрвл"),
    "koi8-r": (re.compile("[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+"), "оеаинтсрвл"),
    "cp874": (re.compile("[\u0e01-\u0e5b]+"), "านรอกเงมยล่้ี"),
    "cp1255": (re.compile("[\u05d0-\u05ea]+"), "יהולאמתרבש"),
    "cp1253": (re.compile("[Ά-Ώ]?[ά-ώ]+|[Ά-Ώ]+"), "αοιετσνρκπ"),
    "cp1256": (re.compile("[\u0621-\u064a]+"), "الينمرتوبع"),
}
_SAMPLE = 4_000
_COMMON = {
    "gb18030": "的一是不了在人有我他这中大来上个国和也子时道出说年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市，。、：；？！“”（）《》",
    "big5hkscs": "的一是不了在人有我他這中大來上個國和也子時道出說年得就那要下以生會自著去之過家學對可里後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市，。、：；？！「」（）《》",
    "cp949": "이다는을의에가고하지로기사한도리대자시어인서나아해일정스를있은그전제보부수상게만",
}
_WESTERN = frozenset("‘’“”–—…•€™©®«»°·£¡¿ \xa0áàâäãåæçéèêëíìîïñóòôöõøœúùûüýÿßšžÁÀÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝŸŠŽ")


@dataclass(frozen=True)
class Decoded:
    text: str
    encoding: str
    damaged: int  # characters that nothing could read, shown as U+FFFD


def decode(data: bytes, content_type: str = "") -> str:
    return decoded(data, content_type).text


def decoded(data: bytes, content_type: str = "") -> Decoded:
    """The text of `data`. `content_type` is the header's whole value."""
    wide = _wide(data)
    if wide is not None:
        return wide
    labels = _labels(data, content_type)
    if b"\x1b" in data or b"~{" in data or {"utf-7", "unicode-1-1-utf-7"} & set(labels):
        escaped = _escaped(data, labels)
        if escaped is not None:
            return escaped
    try:
        return Decoded(data.decode("utf-8"), "utf-8", 0)
    except UnicodeDecodeError:
        return _best(data, labels)


def _wide(data: bytes) -> Decoded | None:
    """UTF-16, UTF-32 and EBCDIC, with their mark or by the pattern of zero bytes; UTF-8 with its mark."""
    for mark, encoding in _BOMS:
        if data.startswith(mark) and not (encoding == "utf-32-le" and len(data) % 4):
            return _tolerant(data[len(mark) :], encoding)
    if data.startswith(b"\x4c\x6f\xa7\x94"):  # <?xm
        return _tolerant(data, "cp037")
    start = data[:400]
    if start.count(0) < (3 if len(start) > 16 else 1):
        return None  # in so few bytes one stray zero would already look like a pattern
    zeros = [start[offset::4].count(0) / max(len(start[offset::4]), 1) for offset in range(4)]
    if min(zeros[:3]) > 0.7 > zeros[3]:
        return _tolerant(data, "utf-32-be")
    if min(zeros[1:]) > 0.7 > zeros[0]:
        return _tolerant(data, "utf-32-le")
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if max(even, odd) < (0.1 if len(start) > 16 else 0.9) or abs(even - odd) < 0.1:
        return None  # stray zero bytes
    return _tolerant(data, "utf-16-be" if even > odd else "utf-16-le")


def _tolerant(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace").lstrip("\ufeff")
    return Decoded(text, encoding, text.count("\ufffd"))


def _labels(data: bytes, content_type: str) -> list[str]:
    """What header, XML declaration and meta say, in that order, lower case."""
    found = [match[1] for match in [_HEADER.search(content_type)] if match]
    for pattern, size in ((_DECLARED_XML, 400), (_DECLARED_META, 4_000)):
        match = pattern.search(data[:size])
        found += [match[1].decode("ascii", "replace")] if match else []
    return list(dict.fromkeys(label.strip().lower() for label in found))


def _escaped(data: bytes, labels: list[str]) -> Decoded | None:
    """Encodings in seven bits: ISO-2022 and HZ by their escapes, UTF-7 only where a label says so."""
    names = ["iso2022_jp_ext", "iso2022_jp_2004", "iso2022_kr"] if re.search(rb"\x1b[$(]", data) else []
    names += ["hz"] if _HZ.search(data) else []
    names += [label for label in labels if label in ("utf-7", "unicode-1-1-utf-7")]
    for name in names:
        try:
            return Decoded(data.decode("utf-7" if name.endswith("utf-7") else name), name, 0)
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def _best(data: bytes, labels: list[str]) -> Decoded:
    if _ESCAPED_SURROGATE.search(data):
        try:  # emoji written by Java or old MySQL: each half of a surrogate pair encoded by itself
            paired = data.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
            return _tolerant(paired, "utf-16-le")
        except UnicodeDecodeError:
            pass
    declared = [_family(label) for label in labels]
    sample = _beginning(data)
    few = len(data.translate(None, _ASCII)) <= TOO_FEW
    best: tuple[float, str] | None = None
    for name in dict.fromkeys([*declared, *_GUESSES]):
        if name.startswith(("utf-16", "utf-32", "ucs", "iso-10646")):
            continue
        try:
            score = _score(sample.decode(name, "replace"), name)
        except (LookupError, UnicodeError, ValueError):
            continue
        if name in declared:
            score += 1.0 if few and name not in _USUAL_LIES else 0.15
        if best is None or score > best[0] + 1e-9:
            best = score, name
    try:
        text = data.decode(best[1] if best else "utf-8", "replace")
    except (UnicodeError, ValueError):  # some encodings by name, as punycode, refuse what comes later
        best = None
    if best is None:
        return _tolerant(data, "utf-8")
    return _undefined_as_latin(data, Decoded(text, best[1], text.count("\ufffd")))


def _beginning(data: bytes) -> bytes:
    """As much as holds the characters that are judged, four bytes each at most: the rest need not be read in every way."""
    size = 0
    for match in _ABOVE_ASCII.finditer(data):
        size += len(match.group())
        if size >= 4 * _SAMPLE:
            return data[: match.end()]
    return data


def _family(label: str) -> str:
    """The name under which we judge what a label means, however it is spelt (windows-1251, cp1251)."""
    if label in _WIDER:
        return _WIDER[label]
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return label
    return _WIDER.get(name, name)


def _undefined_as_latin(data: bytes, found: Decoded) -> Decoded:
    """Windows-1252 leaves five bytes undefined; browsers read them as ISO 8859-1 does."""
    if found.encoding != "cp1252" or not found.damaged:
        return found
    text = "".join(
        part.decode("latin-1") if part in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d") else part.decode("cp1252")
        for part in re.split(rb"([\x81\x8d\x8f\x90\x9d])", data)
    )
    return Decoded(text, "cp1252", 0)


def _score(text: str, encoding: str) -> float:
    """How far a text looks written in what `encoding` is for: about 0 for nonsense, 1 and more for prose."""
    runs: list[str] = []
    size = 0
    for match in _NOT_ASCII.finditer(text):
        runs.append(match.group())
        size += len(runs[-1])
        if size >= _SAMPLE:
            break
    sample = "".join(runs)
    if not sample:
        return 0.5
    damage = 4 * sample.count("\ufffd") / len(sample)
    if encoding == "utf-8":
        return 1.3 - damage
    if encoding in ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"):
        good = _first_level(encoding)
        worth = sum(1.0 if char in good else 0.3 if "\u3041" <= char <= "\u30ff" else 0.0 for char in sample)
        common = _common(encoding)
        usual = sum(char in common for char in sample) / len(sample)
        return worth / len(sample) + 0.3 * min(1.0, usual / 0.12) - damage
    western = sum(char in _WESTERN for char in sample) / len(sample)
    if encoding in ("cp1252", "cp1254"):
        alone = sum(len(run) <= 2 for run in runs) / len(runs)
        return 0.9 * western * alone - damage
    if encoding in _ALPHABETS:
        word, letters_of = _ALPHABETS[encoding]
        words = "".join(run for run in runs if len(run) > 2 and word.fullmatch(run))
        usual = sum(char in letters_of for char in words) / max(len(words), 1)
        return 0.95 * len(words) / len(sample) * min(1.0, usual / 0.6) - damage
    letters = sum(char.isalpha() for char in sample) / len(sample)
    return 0.9 * letters - damage


@lru_cache(maxsize=8)
def _first_level(encoding: str) -> frozenset[str]:
    """The encoding's everyday characters: its first level, its punctuation, and its own alphabet."""
    leads = {"gb18030": (0xB0, 0xD8), "big5hkscs": (0xA4, 0xC7), "cp949": (0xB0, 0xC9)}.get(encoding, (0xB0, 0xD0))
    source = {"gb18030": "gb2312", "big5hkscs": "big5", "cp949": "euc_kr"}.get(encoding, "euc_jp")
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)] if encoding == "big5hkscs" else range(0xA1, 0xFF)
    found = "".join(bytes((lead, trail)).decode(source, "ignore") for lead in range(*leads) for trail in trails)
    kana = "".join(map(chr, range(0x3041, 0x30FF))) if source == "euc_jp" else ""
    usual = "，。、：；？！“”‘’（）《》〈〉「」『』【】·…—～￥％＋－　〜ー・" + "".join(map(chr, range(0xFF10, 0xFF5B)))
    return frozenset(found + kana + usual)


@lru_cache(maxsize=8)
def _common(encoding: str) -> frozenset[str]:
    kana = "".join(map(chr, range(0x3041, 0x3097))) + "ンスルトイリクラシアーテコ"
    return frozenset(_COMMON.get(encoding, kana))
