"""Decompressing while it streams, so that a bomb is noticed at the limit and not after it."""

import zlib
from collections.abc import Iterator

PIECE = 65_536


class Unknown(ValueError):
    """An encoding that was not asked for."""


class Inflater:
    """gzip or deflate, fed in pieces of any size, giving pieces of at most 64 kB.

    A body that was labelled compressed and is not passes through; several gzip members follow each other;
    deflate may come with its zlib header or without, as servers differ.
    """

    def __init__(self, name: str) -> None:
        self._gzip = name == "gzip"
        self._engine: zlib._Decompress | None = None
        self._start = b""
        self._verbatim = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._verbatim:
            yield data
            return
        if self._engine is None:
            self._start += data
            if len(self._start) < 2:
                return
            data, self._start = self._start, b""
            self._choose(data)
            if self._engine is None:
                yield data
                return
        yield from self._inflate(data)

    def finish(self) -> Iterator[bytes]:
        """What is left. Raises zlib.error when the stream ended in the middle."""
        if self._engine is None:
            if self._start:
                yield self._start
            return
        yield self._engine.flush()
        if not self._engine.eof:
            raise zlib.error("the compressed body is cut short")

    def _choose(self, data: bytes) -> None:
        if self._gzip:
            self._verbatim = not data.startswith(b"\x1f\x8b")
            self._engine = None if self._verbatim else zlib.decompressobj(31)
        else:
            zlib_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._engine = zlib.decompressobj(15 if zlib_header else -15)

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        engine = self._engine
        while engine is not None and data:
            if engine.eof:  # another member, or padding that everybody ignores
                if not (self._gzip and data.startswith(b"\x1f\x8b")):
                    return
                engine = self._engine = zlib.decompressobj(31)
            piece = engine.decompress(data, PIECE)
            data = engine.unused_data if engine.eof else engine.unconsumed_tail
            if piece:
                yield piece


def inflaters(header: str) -> list[Inflater]:
    """The decoders for a Content-Encoding, outermost first. Raises Unknown."""
    names = [name.strip().lower().removeprefix("x-") for name in header.split(",")]
    names = [name for name in names if name not in ("", "identity", "none", "utf-8", "utf8", "binary", "8bit")]
    if any(name not in ("gzip", "deflate") for name in names) or len(names) > 3:
        raise Unknown(header[:60])
    return [Inflater(name) for name in reversed(names)]


def unpacked(data: bytes, layers: list[Inflater]) -> Iterator[bytes]:
    if not layers:
        yield data
        return
    for piece in layers[0].feed(data):
        yield from unpacked(piece, layers[1:])


def rest(layers: list[Inflater]) -> Iterator[bytes]:
    for index, layer in enumerate(layers):
        for piece in layer.finish():
            yield from unpacked(piece, layers[index + 1 :])
