"""The parsing child: reads jobs from stdin, answers on stdout, until stdin ends. Started by `collectors.parsing`.

It holds nothing worth stealing or losing: no store, no network, no settings. It may be killed at any moment.
A document that is not what its kind speaks is an answer; so is one that makes a parser fail in a way nobody
foresaw, because one source's bytes must not end a cycle. Memory is limited here, time by the parent (and by an
alarm, should the parent be gone).
"""

import contextlib
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from collectors.seams import Document, ParseContext, Parsed
from errors import CollectError, HTTPStatusError

_LENGTH = struct.Struct(">I")
_ROOT = str(Path(__file__).resolve().parent.parent)
READY = "ready"
PART = 50  # mentions
GRACE = 5  # seconds after the parent's limit at which the child gives up by itself


@dataclass(frozen=True)
class Job:
    kind: str
    document: Document
    context: ParseContext
    seconds: float = 0.0
    memory: int = 0  # bytes the child may have grown by


@dataclass(frozen=True)
class Failed:
    """A failure in a form that always pickles."""

    error: str  # class name in errors.py
    message: str
    status: int | None = None
    retry_at: Any = None
    trace: str = ""
    last: bool = False  # the child is not to be used again
    starved: bool = False  # with more memory it might have been read


def work(job: Job) -> Parsed | Failed:
    """Parse and finish one document. Everything but the end of the process is an answer."""
    from collectors.file import looked
    from collectors.finishing import finish
    from collectors.kinds import get_kind
    from collectors.recognising import discovered

    try:
        if job.kind == "discover":
            return discovered(job.document, job.context)
        if job.kind == "look":
            return looked(job.document, job.context)
        parsed = get_kind(job.kind).parse(job.document, job.context)
        return finish(parsed, job.context, base=job.document.url)
    except CollectError as error:
        status = error.status if isinstance(error, HTTPStatusError) else None
        retry_at = error.retry_at if isinstance(error, HTTPStatusError) else None
        return Failed(type(error).__name__, str(error), status, retry_at)
    except MemoryError:
        said = "the document needs more memory than one document may have"
        return Failed("ParseError", said, last=True, starved=True)
    except RecursionError:
        return Failed("ParseError", "the document is nested too deeply", last=True)
    except Exception as error:  # noqa: BLE001 - see the module's promise
        said = f"the document makes its reader fail ({type(error).__name__})"
        return Failed("ParseError", said, trace=traceback.format_exc(limit=-8))


def command(module: str, *arguments: str) -> list[str]:
    """Starts the `main` of a module of ours in a process of its own, whatever its folder and its environment."""
    start = f"import sys; sys.path[:0] = [sys.argv.pop(1)]; from {module} import main; main()"
    return [sys.executable, "-c", start, _ROOT, *arguments]


def send(stream: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, protocol=5)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def parts(answer: Parsed | Failed) -> Iterator[tuple[Parsed | Failed, bool]]:
    """The answer in messages of so many mentions, so that its bytes are never held whole, and whether more follows."""
    if isinstance(answer, Failed) or len(answer.mentions) <= PART:
        yield answer, False
        return
    for start in range(0, len(answer.mentions), PART):
        these = slice(start, start + PART)
        part = Parsed() if start else answer
        part = replace(part, mentions=answer.mentions[these], norms=answer.norms[these])
        yield part, start + PART < len(answer.mentions)


def receive(stream: IO[bytes]) -> object | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    data = stream.read(_LENGTH.unpack(head)[0])
    return pickle.loads(data)  # noqa: S301 - our parent wrote it


def _limit_memory(begun: int, now: int, ever: int) -> None:
    """By how many bytes the process may have grown since it had `begun` bytes: now, and ever."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (begun + min(now, ever), begun + ever))


def _size() -> int:
    """Bytes of the process. Where the system does not say, so many that no limit comes of it: the parent's clock holds."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 50


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up between answers
    jobs = sys.stdin.buffer
    sys.modules["numpy"] = None  # type: ignore[assignment] # openpyxl would bring it, and it takes 100 MB of addresses
    from collectors import feed, finishing, kinds, matching

    assert kinds.KINDS
    matching.normalise("預熱 warm-up")
    warm = Document("http://localhost/", 200, {}, b"<rss version='2.0'><channel><x><item/></x></channel></rss>", _now())
    with contextlib.suppress(CollectError):
        finishing.finish(feed.FEED.parse(warm, ParseContext(warm.url, _now())), ParseContext(warm.url, _now()), base="")
    begun, most = _size(), int(sys.argv[1])
    _limit_memory(begun, most, most)
    send(answers, READY)
    while (job := receive(jobs)) is not None:
        assert isinstance(job, Job)
        signal.setitimer(signal.ITIMER_REAL, job.seconds + GRACE)
        _limit_memory(begun, job.memory, most)
        answer = work(job)
        _limit_memory(begun, most, most)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for part in parts(answer):
            send(answers, part)


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


if __name__ == "__main__":
    main()
