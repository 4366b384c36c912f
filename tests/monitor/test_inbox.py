"""Pushing mentions over HTTP."""

import gzip
import http.client
import io
import json
import socket
import struct
import time
from contextlib import closing

import pytest

from monitor.inbox import serving
from settings import load_settings
from storage import counts, sources
from storage.records import MentionFilter
from tests.monitor.conftest import NOW

ITEM = {"id": "c-1", "text": "云雀奶茶质量太差", "published_at": "2026-11-21T10:00:00Z"}
ANY = MentionFilter()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Caller:
    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method, path, body=None, **headers):
        status, given, text = self.whole(method, path, body, **headers)
        return status, json.loads(text) if given["Content-Type"] == "application/json" else text

    def whole(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def push(self, body, *, token="sesame", kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.ask("POST", "/mentions", data, **{"Authorization": f"Bearer {token}", "Content-Type": kind})


def counted(caller, name) -> float:
    _, text = caller.ask("GET", "/metrics")
    return float(next(line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(f"{name} ")))


@pytest.fixture
def caller(store, settings, brand):
    port = free_port()
    with serving(store, settings.model_copy(update={"inbox_port": port})) as address:
        assert address == f"http://127.0.0.1:{port}"
        yield Caller(port)


def total(store) -> int:
    with store.read() as tx:
        return counts.figures(tx, ANY).total


def test_a_push_is_stored_once_however_often_it_comes(caller, store):
    assert caller.push([ITEM]) == (200, {"new": 1, "changed": 0, "known": 0, "unmatched": 0, "errors": []})
    assert caller.push([ITEM]) == (200, {"new": 0, "changed": 0, "known": 1, "unmatched": 0, "errors": []})
    assert total(store) == 1
    with store.read() as tx:
        source = sources.list_sources(tx, NOW)[0]
    assert (source.source.kind, source.source.title, source.total) == ("inbox", "inbox", 1)


def test_the_same_id_with_other_words_is_a_change(caller, store):
    caller.push([ITEM])
    assert caller.push([{**ITEM, "text": "云雀奶茶还可以"}])[1]["changed"] == 1
    assert total(store) == 1


def test_json_lines_and_a_named_brand(caller, store):
    lines = "\n".join(json.dumps({"id": n, "text": "没有提到名字", "brand": "Lark Tea"}) for n in range(3)).encode()
    assert caller.push(lines, kind="application/x-ndjson")[1]["new"] == 3


def test_what_names_no_brand_is_told_and_not_stored(caller, store):
    assert caller.push([{"id": 1, "text": "别的东西"}])[1]["unmatched"] == 1
    assert total(store) == 0


def test_one_wrong_mention_stores_nothing_and_is_named(caller, store):
    status, said = caller.push([ITEM, {"id": 2}, {**ITEM, "id": 3, "brand": "nobody"}])
    assert status == 422
    assert [error["index"] for error in said["errors"]] == [1]
    status, said = caller.push([ITEM, {**ITEM, "id": 3, "brand": "nobody"}])
    assert (status, said["errors"][0]["field"]) == (422, "brand")
    assert total(store) == 0


def test_a_compressed_push_is_told_how_to_come(caller):
    plain = json.dumps([ITEM]).encode()
    headers = {"Authorization": "Bearer sesame", "Content-Type": "application/json", "Content-Encoding": "gzip"}
    status, said = caller.ask("POST", "/mentions", gzip.compress(plain), **headers)
    assert (status, said) == (415, {"error": "send the body as it is, without Content-Encoding 'gzip'"})
    assert caller.whole("POST", "/mentions", plain, **headers)[1]["Accept-Encoding"] == "identity"
    assert caller.ask("POST", "/mentions", plain, **headers | {"Content-Encoding": "identity"})[0] == 200


@pytest.mark.parametrize(
    ("status", "call"),
    [
        (401, {"body": [ITEM], "token": "wrong"}),
        (415, {"body": [ITEM], "kind": "text/plain"}),
        (422, {"body": b"{no json"}),
        (422, {"body": b"\xff\xfe"}),
        (422, {"body": {"mentions": 5}}),
        (422, {"body": {"channel": "smoke signals", "mentions": [ITEM]}}),
        (413, {"body": b" " * 5_000_001}),
        (413, {"body": b" " * 15_000_000}),
        (401, {"body": b" " * 15_000_000, "token": "x"}),
    ],
)
def test_a_wrong_push_is_answered_in_words(caller, store, status, call):
    answer = caller.push(call.pop("body"), **call)
    assert answer[0] == status
    assert answer[1]["error"]
    assert total(store) == 0


def test_a_body_without_a_length_is_refused(caller):
    body = iter([b"[]"])
    headers = {"Authorization": "Bearer sesame", "Content-Type": "application/json"}
    assert caller.ask("POST", "/mentions", body, **headers)[0] == 411


def test_without_a_token_every_push_is_refused(store, tmp_path):
    port = free_port()
    with serving(store, load_settings(home=tmp_path, inbox_port=port, inbox_token="")):
        assert Caller(port).push([ITEM], token="")[0] == 403


def test_what_is_pushed_counts_as_new_mentions_once(caller):
    before = counted(caller, "fengping_new_mentions_total")
    caller.push([ITEM])
    caller.push([ITEM])
    assert counted(caller, "fengping_new_mentions_total") == before + 1


def test_metrics_and_health(caller):
    caller.push([ITEM])
    status, text = caller.ask("GET", "/metrics")
    assert status == 200
    assert 'fengping_pushed_mentions_total{result="new"}' in text
    assert "fengping_unread_mentions" in text
    assert caller.ask("GET", "/healthz") == (200, "ok\n")
    assert caller.ask("GET", "/")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        *((method, "/mentions", "POST") for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS")),
        ("POST", "/metrics", "GET, HEAD"),
        ("PUT", "/healthz", "GET, HEAD"),
    ],
)
def test_another_method_is_refused_with_what_is_allowed(caller, method, path, allowed):
    status, headers, said = caller.whole(method, path, b"{}")
    assert (status, headers["Allow"], list(json.loads(said))) == (405, allowed, ["error"])


def test_a_path_that_is_not_there_allows_nothing(caller):
    for method in ("GET", "POST", "HEAD"):
        status, headers, _ = caller.whole(method, "/other", b"{}")
        assert (status, headers["Allow"]) == (404, None)


def test_head_is_answered_as_get_without_a_body(caller):
    """Bytes after the headers would be taken for the next answer on the connection."""
    with socket.create_connection(("127.0.0.1", caller.port), timeout=10) as line:
        for path, status in (("/healthz", b"200"), ("/metrics", b"200"), ("/mentions", b"405")):
            last = b"Connection: close\r\n" if status == b"405" else b""
            line.sendall(b"HEAD " + path.encode() + b" HTTP/1.1\r\nHost: x\r\n" + last + b"\r\n")
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += line.recv(65_536)
            assert answer.split()[1] == status
            assert int(http.client.parse_headers(io.BytesIO(answer.partition(b"\r\n")[2]))["Content-Length"]) > 0
            assert answer.endswith(b"\r\n\r\n")
        assert line.recv(1) == b""


def test_a_taken_port_is_logged_and_the_rest_goes_on(store, settings, caplog):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = settings.model_copy(update={"inbox_port": other.getsockname()[1]})
        with serving(store, taken) as address:
            assert address is None
    assert "FENGPING_INBOX_PORT" in caplog.text


def test_silent_callers_do_not_keep_others_out_for_ever(caller):
    silent = [socket.create_connection(("127.0.0.1", caller.port)) for _ in range(10)]
    assert caller.ask("GET", "/healthz")[0] == 200
    for one in silent:
        one.close()


def test_a_caller_that_hangs_up_leaves_a_line_and_no_traceback(caller, caplog):
    caplog.set_level("INFO", "fengping.inbox")
    with socket.create_connection(("127.0.0.1", caller.port)) as raw:
        raw.sendall(b"POST /mentions HTTP/1.1\r\nAuthorization: Bearer sesame\r\nContent-Length: 90\r\n\r\n{")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by RST
    deadline = time.monotonic() + 20
    while not any("broke" in record.message for record in caplog.records) and time.monotonic() < deadline:
        time.sleep(0.05)
    (said,) = [record for record in caplog.records if "broke" in record.message]
    assert (said.levelname, said.exc_info) == ("INFO", None)
    assert caller.ask("GET", "/healthz") == (200, "ok\n")
