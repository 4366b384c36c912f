"""Notices reach real servers, signed, escaped, and refusals come back in words."""

import email
import hashlib
import hmac
import json
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from functools import partial
from pathlib import Path

import pytest

from errors import InputError, NotifyError
from monitor import messenger, notice
from monitor.notice import (
    Notice,
    Quote,
    body,
    check_target,
    digest,
    harmless,
    notice_from_plain,
    notice_to_plain,
    subject,
)
from tests.fakes.receiver import DrippingMailServer, MailServer, Receiver

NOW = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)
HOSTILE = "@all <at user_id='all'>看</at> [点我](http://evil.example) *bold* `x` <!channel>\x1b[31m\u202e"
CASE = Notice(
    "opened",
    lang="en",
    case_id=7,
    level="orange",
    brand="云杉咖啡",
    title="云杉咖啡: delivery",
    words={
        "en": "23 negative mentions from 14:00 to 17:00; usual is 4 (0-9).",
        "zh": "14:00 至 17:00 有 23 条负面提及。",
    },
    mentions=(Quote(12, HOSTILE, "forum", "小<b>王", "2026-11-21T05:00:00Z", "https://example.org/12"),),
    link="http://127.0.0.1:8501/cases?id=7",
)


def tell(target: str, kind: str = notice.APPRISE, secret: str | None = None, key: str = "case-7-opened-1") -> None:
    notice.send(CASE, kind=kind, url=target, secret=secret, key=key, now=NOW)


def test_a_webhook_is_signed_as_documented_and_carries_the_case() -> None:
    with Receiver() as receiver:
        tell(receiver.url, notice.WEBHOOK, secret="s3cret")
    (heard,) = receiver.heard
    stamp = heard.headers["X-Fengping-Timestamp"]
    expected = "sha256=" + hmac.new(b"s3cret", stamp.encode() + b"." + heard.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, heard.headers["X-Fengping-Signature"])
    assert heard.headers["X-Fengping-Id"] == "case-7-opened-1"
    said = json.loads(heard.body)
    assert said["id"] == "case-7-opened-1"
    assert said["case_id"] == 7
    assert "23 negative" in said["text"]
    assert CASE.link in said["text"]


def test_without_a_key_nothing_pretends_to_be_signed() -> None:
    with Receiver() as receiver:
        tell(receiver.url, notice.WEBHOOK)
    (heard,) = receiver.heard
    assert "X-Fengping-Signature" not in heard.headers
    assert heard.headers["X-Fengping-Id"] == "case-7-opened-1"


def test_a_changed_body_breaks_the_signature() -> None:
    assert notice.sign("k", "1", b"a") != notice.sign("k", "1", b"b")
    assert notice.sign("k", "1", b"a") != notice.sign("k", "2", b"a")


@pytest.mark.parametrize(("status", "words"), [(500, "answered 500"), (404, "answered 404"), (302, "answered 302")])
def test_a_refusing_webhook_is_an_error_in_words(status: int, words: str) -> None:
    with Receiver(answers=[status]) as receiver, pytest.raises(NotifyError, match=words):
        tell(receiver.url, notice.WEBHOOK, secret="x")


def test_a_slow_webhook_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "TIMEOUT", 0.3)
    with Receiver(delay=1.5) as receiver, pytest.raises(NotifyError, match="did not answer"):
        tell(receiver.url, notice.WEBHOOK, secret="x")


def test_a_webhook_that_answers_slowly_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "TIMEOUT", 0.5)
    with Receiver(drips=20) as receiver, pytest.raises(NotifyError, match="did not answer"):
        tell(receiver.url, notice.WEBHOOK, secret="x")


@pytest.mark.parametrize("address", ["http://two..dots/", f"https://{'a' * 70}.example/", "http://[::1]:9/hook"])
def test_an_address_that_no_name_server_takes_is_an_error_in_words(address: str) -> None:
    with pytest.raises(NotifyError, match="could not be reached"):
        tell(address, notice.WEBHOOK, secret="x")


def test_a_dead_webhook_says_so() -> None:
    with Receiver() as receiver:
        address = receiver.url
    with pytest.raises(NotifyError, match="could not be reached"):
        tell(address, notice.WEBHOOK, secret="x")


def test_mail_arrives_with_arithmetic_quotes_and_link() -> None:
    with MailServer() as server:
        tell(server.url)
    (raw,) = server.messages
    message = email.message_from_bytes(raw, policy=policy.default)
    assert "Orange" in message["Subject"]
    plain = message.get_body(("plain", "html"))
    assert plain is not None
    text = plain.get_content()
    assert "23 negative mentions" in text
    assert "cases?id=7" in text
    assert "<at" not in text
    assert "<!channel>" not in text


def test_a_refusing_mail_server_is_an_error() -> None:
    with MailServer(refuse=True) as server, pytest.raises(NotifyError):
        tell(server.url)


def test_a_mail_server_that_talks_slowly_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "MESSENGER", 3.0)
    with DrippingMailServer() as server, pytest.raises(NotifyError, match="did not take the notice within 3 s"):
        tell(server.url)


def test_a_messenger_that_ends_in_the_middle_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = "import sys; sys.exit('no memory for https://user:secret@example.org')"
    monkeypatch.setattr(notice, "command", lambda module: [sys.executable, "-c", ends])
    with pytest.raises(NotifyError, match="could not be handed over: no memory") as refused:
        tell("mailto://127.0.0.1:9?from=fengping@example.org&to=pr@example.org&mode=insecure")
    assert "secret" not in str(refused.value)


def test_other_peoples_words_call_nobody() -> None:
    shown = body(CASE)
    for dangerous in ("@all", "<at", "<!channel>", "](", "*bold*", "`", "\x1b", "\u202e", "http://evil"):
        assert dangerous not in shown
    assert "#12" in shown  # our own reference stays
    assert harmless("张三@北京\n你好") == "张三＠北京 你好"
    calls = "www.evil.example tg://join?x 微信.公司 evil.cn/pay mailto:a@evil.cn JavaScript :alert(1)"
    assert not re.search(r"\w[.]\w|\w *:", harmless(calls))
    assert harmless("v2.0 costs 3.50 at 14:00, e.g. here. There") == "v2.0 costs 3.50 at 14:00, e.g. here. There"


@pytest.mark.parametrize(
    "url",
    [
        "dingtalk://abcdefghijklmnop",
        "feishu://abcdefgh",
        "wecombot://abcdefgh",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "workflow://example.com:443/ID/signature/",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
    ],
)
def test_each_chat_is_handed_the_link_whole_and_nothing_that_calls(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What apprise makes of a notice, up to the request that only the service itself could answer."""
    import requests

    sent: list[str] = []

    def request(_method: str, _url: str, *, data: str | bytes = b"", **_more: object) -> requests.Response:
        sent.append(json.dumps(json.loads(data), ensure_ascii=False))
        answer = requests.Response()
        answer.status_code, answer._content = 200, b'{"errcode": 0, "code": 0, "ok": true}'
        return answer

    monkeypatch.setattr("requests.request", request)
    monkeypatch.setattr("requests.post", partial(request, "POST"))
    messenger.hand_over(url, title=subject(CASE), body=body(CASE))
    (told,) = sent
    assert CASE.link in told
    for dangerous in ("@all", "<at", "<!channel>", "](http://evil", "*bold*", "`", "http://evil", "evil.example"):
        assert dangerous not in told


def test_a_title_cannot_forge_a_header() -> None:
    forged = Notice("opened", lang="en", level="red", title="x\r\nBcc: all@example.org")
    assert "\n" not in subject(forged)
    assert "\r" not in subject(forged)


def test_a_digest_begins_with_the_gravest() -> None:
    red = Notice("opened", lang="zh", level="red", title="红", link="http://x/1")
    blue = Notice("opened", lang="zh", level="blue", title="蓝", link="http://x/2")
    one = digest([blue, red], "zh")
    assert subject(one).startswith("[红色]")
    assert body(one).index("红") < body(one).index("蓝")
    assert "2" in subject(one)


def test_a_notice_survives_the_outbox() -> None:
    stored = json.loads(json.dumps(notice_to_plain(digest([CASE, CASE], "en"))))
    assert notice_from_plain(stored) == digest([CASE, CASE], "en")


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("webhook", "ftp://x"),
        ("webhook", "not a url"),
        ("webhook", "https://"),
        ("apprise", "nosuch://x"),
        ("pigeon", "x"),
    ],
)
def test_a_target_nothing_can_be_sent_to_is_refused(kind: str, url: str) -> None:
    with pytest.raises(InputError):
        check_target(kind, url)


def test_every_address_of_the_manual_is_one_that_apprise_takes() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "notices.md").read_text("utf-8")
    table = re.findall(r"^\| ([^|]+) \| (.+) \|$", manual, re.M)[1:]
    addresses = {name: re.findall(r"`([a-z]+://[^`]+)`", said) for name, said in table}
    assert set(addresses) >= {"E-mail", "DingTalk 钉钉", "Feishu 飞书", "WeCom 企业微信", "Slack", "Teams", "Telegram"}
    for one in (one for found in addresses.values() for one in found):
        check_target("webhook" if one.startswith("https") else "apprise", one)


def test_the_words_of_a_case_are_harmless_too() -> None:
    """They may name a source, which is called what others call it."""
    told = body(replace(CASE, words={"en": "“@all <!channel> [x](http://evil.example)” was not heard"}))
    assert "@all" not in told
    assert "<!channel>" not in told
    assert "http://evil" not in told


def test_good_targets_are_accepted() -> None:
    for kind, url in [
        ("webhook", "https://hooks.example.org/x"),
        ("apprise", "mailtos://user:password@example.org"),
        ("apprise", "dingtalk://abcdefghijklmnop"),
        ("apprise", "feishu://abcdefgh"),
        ("apprise", "wecombot://abcdefgh"),
    ]:
        check_target(kind, url)
