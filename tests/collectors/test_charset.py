"""Bytes whose labels lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.charset import decode, decoded

CHINESE = "这款手机的电池太差了，用了两个小时就没电，客服也不理人。"
TRADITIONAL = "這款手機的電池太差了，用了兩個小時就沒電，客服也不理人。"
CANTONESE = "呢部電話啲電池唔得，用咗兩個鐘就冇電，客服都唔理人，嘅"
JAPANESE = "この電話のバッテリーはひどいです。二時間で切れました。"
KOREAN = "이 휴대폰의 배터리는 정말 나쁩니다. 두 시간 만에 꺼졌습니다."
FRENCH = "La batterie de ce téléphone est très mauvaise – je suis déçu…"
HEBREW = "אין כמעט ניבים אזוריים עבריים, והסוללה של הטלפון הזה גרועה מאוד."
RUSSIAN = "Батарея этого телефона ужасна, служба поддержки не отвечает."

WRITTEN = [
    (CHINESE, "gbk"), (CHINESE, "gb18030"), (CHINESE, "utf-8"), (CHINESE, "utf-8-sig"), (CHINESE, "utf-16"),
    (CHINESE, "utf-16-le"), (CHINESE, "utf-16-be"), (CHINESE, "utf-32"), (CHINESE, "utf-32-le"), (CHINESE, "utf-32-be"),
    (CHINESE, "hz"), (CHINESE + "😀𠮷", "gb18030"), (TRADITIONAL, "big5"), (TRADITIONAL, "cp950"),
    (CANTONESE, "big5hkscs"), (JAPANESE, "shift_jis"), (JAPANESE, "cp932"), (JAPANESE, "euc_jp"),
    (JAPANESE, "iso2022_jp"), (KOREAN, "euc_kr"), (KOREAN, "cp949"), (FRENCH, "cp1252"), (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8-r"), (HEBREW, "cp1255"),
]  # fmt: skip


def document(text: str, label: str) -> str:
    return f'<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><title>{text}</title></channel></rss>'


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
@pytest.mark.parametrize("label", ["utf-8", "gb2312", "iso-8859-1", "big5", "nonsense", "the right one"])
@pytest.mark.parametrize("header", ["", "application/xml", "text/xml; charset=utf-8", "text/xml; charset=gb2312"])
def test_the_text_is_read_whatever_the_labels_say(text: str, encoding: str, label: str, header: str) -> None:
    named = encoding if label == "the right one" else label
    assert text in decode(document(text, named).encode(encoding), header)


@pytest.mark.parametrize("text", ["测试", "联通", "投诉", "质量差"])
def test_two_chinese_characters_are_enough(text: str) -> None:
    assert text in decode(document(text, "utf-8").encode("gbk"), "text/xml; charset=utf-8")


def test_the_label_decides_where_the_content_cannot() -> None:
    assert "Ünlü" in decode("Ünlü".encode("cp1254"), "text/plain; charset=iso-8859-9")
    assert "№ 5 ═" in decode("№ 5 ═".encode("cp866"), "text/plain; charset=cp866")
    assert "a € b" in decode("a € b".encode("cp1251"), 'text/xml; charset="windows-1251"')
    assert "Łódź" in decode("Łódź".encode("iso-8859-2"), "text/plain; charset=iso-8859-2")


def test_the_meta_of_a_page_counts() -> None:
    page = '<html><head><meta charset="euc-kr"></head><body>한국어 문장</body></html>'
    assert "한국어 문장" in decode(page.encode("euc_kr"), "text/html")


def test_one_broken_byte_does_not_cost_the_rest() -> None:
    data = document(CHINESE * 3, "utf-8").encode().replace("电池".encode(), b"\xe7\x94", 1)
    found = decoded(data)
    assert found.encoding == "utf-8"
    assert found.damaged >= 1
    assert CHINESE in found.text
    assert "\ufffd" in found.text


def test_emoji_that_java_wrote_in_halves() -> None:
    assert "😀" in decode("好😀".encode("utf-16", "surrogatepass").decode("utf-16").encode("utf-8").replace(
        "😀".encode(), b"\xed\xa0\xbd\xed\xb8\x80"))  # fmt: skip


def test_stray_zero_bytes_are_not_utf_16() -> None:
    assert "hello" in decode(b"<a>\x00\x00hello and much more text</a>")
    assert "author" in decode(b"text,author\nx\x00y,z\n")
    assert decode("短，评论".encode("utf-16-le") + "a,b\n1,2\n3,4".encode("utf-16-le")).endswith("3,4")


@given(st.binary(max_size=400), st.sampled_from(["", "text/xml; charset=gbk", "x; charset=utf-16", "x; charset=\x00"]))
def test_any_bytes_become_text(data: bytes, header: str) -> None:
    assert isinstance(decode(data, header), str)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=80))
def test_utf_8_is_never_taken_for_something_else(text: str) -> None:
    assert text in decode(document(text, "gbk").encode(), "text/xml; charset=big5")


@pytest.mark.parametrize("label", ["windows-1252", "cp1252", "iso-8859-1"])
@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r"])
def test_the_spelling_of_a_western_label_does_not_make_it_true(label: str, encoding: str) -> None:
    text = "Кофе ужасный, больше не приду"
    assert text in decode(document(text, label).encode(encoding), f"text/xml; charset={label}")
