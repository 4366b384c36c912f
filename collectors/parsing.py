"""The parser pool: documents are parsed in child processes that are killed at their limit."""

from types import TracebackType

from collectors.seams import Document, Limits, ParseContext, Parsed


class ParserPool:
    def __init__(self, processes: int = 2, *, limits: Limits = Limits()) -> None:
        self.processes = processes
        self.limits = limits

    def parse(self, kind: str, document: Document, context: ParseContext) -> Parsed:
        raise NotImplementedError

    def close(self) -> None: ...

    def __enter__(self) -> "ParserPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
