"""The commands' sentences in the viewer's language: every one they can write, and only ours."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from collectors import health
from dashboard import i18n
from dashboard.error_words import _pattern, _table, in_words, sentences

ROOT = Path(__file__).resolve().parents[2]
WRITERS = (  # whose errors, advice and findings reach the screen
    *sorted((ROOT / "collectors").glob("*.py")),
    *(ROOT / "monitor" / name for name in ("findings.py", "logs.py", "notice.py", "trying.py", "sample/run.py", "cli/wanted.py")),
    *(ROOT / "storage" / f"{name}.py" for name in ("brands", "engine", "faults", "names", "outbox", "removal", "rules", "sources")),
    *(ROOT / "analyzers" / f"{name}.py" for name in ("levels", "text/themes")),
    ROOT / "dashboard" / "commands.py",
)  # fmt: skip
ELSEWHERE = {"inbox.py"}  # what a push is answered
ERRORS = {"CollectError", "AddressRefused", "FetchError", "TimedOut", "Crowded", "HTTPStatusError", "Gone", "Forbidden",
          "RateLimited", "ParseError", "InputError", "ConnectError", "ConnectTimeout", "Failed", "wrong", "NotifyError",
          "StorageError", "StorageBusy", "StorageFull", "NewerSchema", "CommandFailed", "Finding"}  # fmt: skip
# sentences made of others; the cases below hold them
MADE_OF_OTHERS = {
    "777 (HTTP 777)", "777777 where a feed was expected", "timed out: 777 within 777 s", "HTTP 777: 777",
    "HTTP 200: too large: 777 is more than the limit of 777 MB", "'777' has no 777", "777 is gone: 777", "777 is paused", "777 was never tried", "777: 777",
    "777this is not well-formed OPML (777)",
}  # fmt: skip
NOT_SEEN = ("cannot read ", "no address", "a target has no ", "a target is of kind ", "Python 777", "POST 777/",
            "the level table has no row ")  # fmt: skip


@pytest.fixture
def chinese() -> Iterator[None]:
    i18n.set_language("zh")
    i18n.set_zone("Asia/Shanghai")
    yield
    st.session_state.clear()


def written() -> Iterator[tuple[str, str]]:
    """Where and what: the literal sentences given to errors and findings, their holes filled with a 7."""
    for file in WRITERS:
        if file.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in ERRORS:
                continue
            for argument in node.args:
                said = literal(argument)
                if said and " " in said and not said.startswith(NOT_SEEN) and said not in MADE_OF_OTHERS:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", said


def literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else hole(part) for part in node.values)
    return ""


def hole(part: ast.expr) -> str:
    return "'777'" if getattr(part, "conversion", -1) == ord("r") else "777"


def advice() -> Iterator[str]:
    """What `collectors.health` tells people to do: every text that it returns."""
    for node in ast.walk(ast.parse(Path(health.__file__).read_text("utf-8"))):
        if isinstance(node, ast.Return) and node.value is not None and (said := literal(node.value)).endswith("."):
            yield said


WRITTEN = list(written())


def test_the_lists_below_are_not_empty() -> None:
    assert len(WRITTEN) > 180
    assert len(list(advice())) > 10


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(("where", "sentence"), WRITTEN, ids=[where for where, _ in WRITTEN])
def test_every_sentence_of_the_commands_is_said_in_chinese(where: str, sentence: str) -> None:
    said = in_words(sentence)
    assert re.search(r"[\u4e00-\u9fff]", said), f"{where} writes {sentence!r}, which sentences.txt does not hold"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("sentence", sorted(set(advice())))
def test_advice_is_said_in_chinese(sentence: str) -> None:
    assert in_words(sentence) != sentence


@pytest.mark.parametrize(("where", "sentence"), WRITTEN[::9], ids=[where for where, _ in WRITTEN[::9]])
def test_in_english_they_stay_as_they_are(where: str, sentence: str) -> None:
    assert in_words(sentence) == sentence


@pytest.mark.parametrize("number", [n for n, one in enumerate(sentences()) if "{" in one])
def test_no_sentence_stands_behind_one_that_would_take_its_words(number: int) -> None:
    ours = sentences()[number]
    said = re.sub(r"\{(\w+)\}", lambda hole: {"status": "404", "what": "the store x"}.get(hole[1], "x"), ours)
    before = [one for one in sentences()[:number] if "{" in one and _pattern(one).fullmatch(said)]
    assert before == []


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("HTTP 404: there is nothing at this address", "HTTP 404：这个地址没有内容"),
        ("HTTP 503: service unavailable", "HTTP 503：服务暂时不可用"),
        ("HTTP 200: timed out: no whole answer within 20 s", "HTTP 200：超时：20 秒内没有收完回答"),
        ("timed out: no connection to [::1]:80 within 10 s", "超时：10 秒内连不上 [::1]:80"),
        ("HTTP 200: too large: the document is more than the limit of 10 MB", "HTTP 200：太大：文档超过 10 MB 的上限"),
        ("'http://:0/' has no valid port", "“http://:0/”没有有效的端口"),
        ("'x' has no host that could exist", "“x”里没有可能存在的主机名"),
        ("a web page where a feed was expected", "应当是订阅源，却是网页"),
        (
            "'no address' is no web address; write one that begins with http:// or https://",
            "“no address”不是网址；请写以 http:// 或 https:// 开头的地址",
        ),
        ("there is no brand 'A'; add it with: fengping brand add \"A\"", "没有名为“A”的品牌；添加它：fengping brand add \"A\""),
        ("a fault of ours, KeyError: 'x' at y.py:3", "程序自身出错：KeyError: 'x' at y.py:3"),
        ("example.com:443 refused the connection", "example.com:443 拒绝连接"),
        ("no connection to a.example:80: No route to host", "连不上 a.example:80：No route to host"),
        ("the name a.example is not known", "找不到域名 a.example"),
        ("the certificate of a.example is not valid: certificate has expired", "a.example 的证书无效：certificate has expired"),
        ("the document makes its reader fail (KeyError) (HTTP 200)", "文档让解析器出错（KeyError）（HTTP 200）"),
        ("a fault of ours while collecting it: KeyError in x.py", "采集时我们自己出了错：KeyError in x.py"),
        ("a login page ('登录 {x}') where a feed was expected (HTTP 200)", "应当是订阅源，却是登录页（“登录 {x}”）（HTTP 200）"),
        ("HTTP 200: too large: 50.0 MB is more than the limit of 10 MB", "HTTP 200：太大：50.0 MB，上限是 10 MB"),
        (
            "HTTP 302: a redirect to what is not fetched: localhost (127.0.0.1) is this machine; "
            "only public addresses are fetched",
            "HTTP 302：跳转到不会去取的地方：localhost (127.0.0.1) 是本机；只取公网地址",
        ),
        (
            "HTTP 403: the server forbids it: the forum shows this to members only: too many requests",
            "HTTP 403：服务器不允许访问: 论坛只给会员看：too many requests",
        ),
        (
            "a web page where a list of Steam reviews was expected: a login, consent or error page (HTTP 200)",
            "应当是Steam 的评测列表，却是网页：登录、同意或出错的页面（HTTP 200）",
        ),
        ("source 3 (https://a.example/rss) failed: HTTP 404: there is nothing at this address; next try 2025-01-02T03:04:05Z",
         "来源 3（https://a.example/rss）失败：HTTP 404：这个地址没有内容；2025年1月2日 11:04 再试"),
        ("source 3 (https://a.example/rss) is gone: HTTP 410: the source has ended",
         "来源 3（https://a.example/rss）已永久失效：HTTP 410：这个来源已经结束"),
        ("source 3 (https://a.example/rss) is paused", "来源 3（https://a.example/rss）已暂停"),
        ("source 3 (https://a.example/rss) was never tried", "来源 3（https://a.example/rss）还没有试过"),
        ("source 3 (https://a.example/rss) was due at 2025-01-02T03:04:05Z and was not asked",
         "来源 3（https://a.example/rss）应在 2025年1月2日 11:04 采集，却没有采集"),
        ("12.5 GB free at /data", "/data 还有 12.5 GB 可用"),
        ("the store /data/fengping.db, sqlite, revision 0002", "库 /data/fengping.db，sqlite，版本 0002"),
        ("shipped-1 reads; a complaint is negative (0.97)", "shipped-1 能判读；一句抱怨判为负面（0.97）"),
        ("7 mentions are not read yet", "7 条提及还没有判读"),
        ("2 notifications wait, 0 could not be delivered", "2 条通知在等待，0 条无法送达"),
        ("a target needs a name of at most 200 characters", "通知对象要有名称，最多 200 个字符"),
        ("there is already a rule 'x'", "已经有名为“x”的规则"),
        ("level 'green' is not one of blue, red", "级别“green”不在 blue, red 之中"),
        ("row 3, column 'when': '13月' is no date we can read; write it as 2026-11-21 10:05 (HTTP 200)",
         "第 3 行，“when”列：读不懂日期 '13月'；请写成 2026-11-21 10:05（HTTP 200）"),
    ],
)  # fmt: skip
def test_figures_and_names_are_kept_and_so_is_what_the_site_said(stored: str, shown: str) -> None:
    assert in_words(stored) == shown


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("stored", ["", "something nobody wrote down", "{0} {error} %s", "HTTP 999: x" * 400, ": : : "])
def test_what_is_not_known_stays_as_it_is(stored: str) -> None:
    assert in_words(stored) == stored or stored.startswith("HTTP 999")


def test_no_sentence_is_listed_twice() -> None:
    ours = sentences()
    assert len(set(ours)) == len(ours) > 250
    whole, holed = _table("zh")
    assert len(whole) + len(holed) == len(ours)
