"""The parser pool: documents are parsed in child processes that are killed at their limit.

feedparser can take minutes over a crafted megabyte and lxml can need any amount of memory, and neither can be
interrupted; a process can. A killed child is replaced when the next document comes. A child also retires after some
hundred documents, and when one left it much larger than it began, so that what a library keeps stays bounded.

Large documents are parsed one at a time, so that many at once need no more memory than one. A small one may use less,
and one that needs more (a workbook, a crafted page) is parsed once more, as a large one. Waiting for a parser is part of
a source's time.
"""

import logging
import os
import pickle
import select
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, cast

import errors
from collectors.child import Failed, Job, command, send
from collectors.seams import Document, Limits, ParseContext, Parsed
from errors import CollectError, Crowded, HTTPStatusError, ParseError

LOG = logging.getLogger("fengping.collectors")
DOCUMENTS = 400  # a child's working life
START = 10.0  # seconds a child may take to begin, also where the limits give a document fewer
LARGE = 3_000_000  # bytes of a document that is parsed while no other large one is
SMALL_MEMORY = 60_000_000  # bytes a child may grow by over a smaller one
GROWN = 40_000_000  # bytes by which a child may have grown and still read the next document
HARDLY = 0.1  # of the time given, spent computing: then it was the machine that was slow, not the document
ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONHOME")


class Parsing(Protocol):
    """What collecting needs of a pool."""

    def parse(
        self, kind: str, document: Document, context: ParseContext, *, seconds: float | None = None
    ) -> Parsed: ...


class ParserPool:
    """`processes` children, started when first needed. Shared by threads; a thread waits while all are busy."""

    def __init__(self, processes: int = 2, *, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._free = threading.Semaphore(processes)
        self._large = threading.Semaphore(1)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._closed = False

    def parse(self, kind: str, document: Document, context: ParseContext, *, seconds: float | None = None) -> Parsed:
        """Raises Crowded when no parser was free in time, ParseError or another CollectError that the kind raised.

        A document may use `Limits.parse` seconds of computing, more of a slow kind, and `seconds` by the clock, waiting
        for a parser included: on a machine that is busy with other things an innocent document takes long, too.
        """
        ends = time.monotonic() + (seconds or 3 * self._limits.parse)
        job = Job(kind, document, context)
        large = len(document.body) > LARGE
        answer = self._answer(job, ends, large=large)
        if not large and isinstance(answer, Failed) and answer.starved:
            answer = self._answer(job, ends, large=True)
        return unwrap(answer, document.url)

    def _answer(self, job: Job, ends: float, *, large: bool) -> Parsed | Failed:
        from collectors.kinds import KINDS  # late: the table of kinds knows this pool

        memory = self._limits.parse_memory
        computing = self._limits.parse * (KINDS[job.kind].slow if job.kind in KINDS else 1.0)
        with self._place(large, ends):
            child = self._take(large)
            job = replace(job, seconds=ends - time.monotonic(), memory=memory if large else min(memory, SMALL_MEMORY))
            try:
                answer = child.ask(job, computing)
            except BaseException:
                child.kill()
                raise
            self._give_back(child, answer)
        return answer

    @contextmanager
    def _place(self, large: bool, ends: float) -> Iterator[None]:
        """A place among those who parse. Waits for as long as the document could still be parsed: most take no second."""
        started = time.monotonic()
        whole = ends - started
        latest = ends - min(self._limits.parse if large else 1.0, whole / 2)
        with ExitStack() as held:
            for gate in (self._large, self._free) if large else (self._free,):
                if not gate.acquire(timeout=max(latest - time.monotonic(), 0)):
                    waited = time.monotonic() - started
                    raise Crowded(f"no parser was free within {waited:.3g} s: other sources' documents kept them busy")
                held.callback(gate.release)
            yield

    def _take(self, large: bool) -> "_Child":
        """A child; for a large document one that still has all its memory to grow by."""
        with self._lock:
            if self._closed:
                raise ValueError("the parser pool is closed")
            while self._idle:
                child = self._idle.pop()
                if child.alive and not (large and child.served):
                    return child
                child.kill()
        return _Child(self._limits)

    def _give_back(self, child: "_Child", answer: Parsed | Failed) -> None:
        retired = child.served >= DOCUMENTS or child.grown > GROWN or (isinstance(answer, Failed) and answer.last)
        with self._lock:
            if not retired and not self._closed:
                self._idle.append(child)
                return
        child.kill()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.kill()

    def __enter__(self) -> "ParserPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Child:
    def __init__(self, limits: Limits) -> None:
        self.served = 0
        self._start = START if limits.parse < START else 0.0
        self._size = 0
        kept = {name: value for name, value in os.environ.items() if name in ENVIRONMENT}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command("collectors.child", str(limits.parse_memory)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the parent's to answer
            env={**kept, "MALLOC_ARENA_MAX": "1"},
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, job: Job, computing: float) -> Parsed | Failed:
        """The child's answer. A child that is late or gone is reported as the document's failure.

        A child that is still beginning when the time is up is kept for the next document.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        answers = self._process.stdout.fileno()
        ends = time.monotonic() + job.seconds
        if not self.served:
            begins = max(job.seconds, self._start)
            begun_by = time.monotonic() + begins
            try:
                _received(answers, lambda: time.monotonic() < begun_by)
            except TimeoutError:
                return Failed("Crowded", f"the parser did not begin within {begins:.3g} s: this machine is busy")
            except (EOFError, OSError):
                return Failed("ParseError", "the parser could not begin", last=True)
            self._size = self._resident()
        self.served += 1
        before = self._computed()

        def may_go_on() -> bool:
            return time.monotonic() < ends and self._computed() - before < computing

        try:
            send(self._process.stdin, job)
            ends = max(ends, time.monotonic() + 0.5)
            return _whole_answer(answers, may_go_on)
        except TimeoutError:
            limit = min(job.seconds, computing)
            if self._computed() - before < HARDLY * limit:
                return Failed(
                    "Crowded", f"the parser hardly got to compute within {limit:.3g} s: this machine is busy", last=True
                )
            return Failed("ParseError", f"the document took longer than {limit:.3g} s to parse", last=True)
        except (EOFError, OSError):
            return Failed("ParseError", "the parser died over this document", last=True, starved=True)

    @property
    def grown(self) -> int:
        """Bytes it holds more than when it began; 0 where the system does not say."""
        return self._resident() - self._size

    def _resident(self) -> int:
        try:
            return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return 0

    def _computed(self) -> float:
        """Seconds of processor time the child has used; where the system does not say, seconds by the clock."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError):
            return time.monotonic()

    def kill(self) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    LOG.debug("closing a killed parser's pipe", exc_info=True)
        self._process.wait()


def _whole_answer(descriptor: int, may_go_on: Callable[[], bool]) -> Parsed | Failed:
    """All parts of an answer as one. Raises TimeoutError."""
    answers: list[Parsed] = []
    more = True
    while more:
        part, more = cast("tuple[Parsed | Failed, bool]", _received(descriptor, may_go_on))
        if isinstance(part, Failed):
            return part
        answers.append(part)
    if len(answers) == 1:
        return answers[0]
    mentions = tuple(mention for part in answers for mention in part.mentions)
    return replace(answers[0], mentions=mentions, norms=tuple(norm for part in answers for norm in part.norms))


def _received(descriptor: int, may_go_on: Callable[[], bool]) -> object:
    """The next message of a child. Raises TimeoutError when it may not go on."""
    size = struct.unpack(">I", _exactly(descriptor, 4, may_go_on))[0]
    return pickle.loads(_exactly(descriptor, size, may_go_on))  # noqa: S301 - our child wrote it


def _exactly(descriptor: int, size: int, may_go_on: Callable[[], bool]) -> bytearray:
    data = bytearray()
    while len(data) < size:
        if not select.select([descriptor], [], [], 0.1)[0]:
            if not may_go_on():
                raise TimeoutError
            continue
        piece = os.read(descriptor, min(size - len(data), 1 << 20))
        if not piece:
            raise EOFError
        data += piece
    return data


def unwrap(answer: Parsed | Failed, url: str) -> Parsed:
    """What a child answered, or the error that it means."""
    if isinstance(answer, Parsed):
        return answer
    if answer.trace:
        LOG.debug("a parser failed over %s\n%s", url, answer.trace)
    kind: Callable[..., CollectError] = getattr(errors, answer.error, ParseError)
    if answer.status is not None and issubclass(getattr(errors, answer.error, ParseError), HTTPStatusError):
        raise kind(answer.message, url=url, status=answer.status, retry_at=answer.retry_at)
    raise kind(answer.message, url=url)
