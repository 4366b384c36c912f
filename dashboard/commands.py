"""What only the monitor can do, done by its own command: testing a source, OPML, the sample workspace, sending a test.

The dashboard never fetches from the network itself. Each call runs `python -m monitor ...` with an argument list (no
shell), reads its JSON lines, and turns a failing exit into one sentence. Blind spot: a call that runs longer than its
limit is ended and says so; what it had stored by then stays.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dashboard import text
from errors import FengpingError, InputError
from settings import get_settings
from storage.records import Brand

OWN = "fengping: "  # what the command says of itself begins so
_COMMAND = (sys.executable, "-m", "monitor")
_ROOT = Path(__file__).resolve().parent.parent
QUICK, LONG = 60.0, 1800.0
MOST_SAID = 20  # lines of a long command that are remembered for its last words


class CommandFailed(FengpingError):
    """The command ended with a failure; the message is its own last words."""


def run(arguments: Sequence[str], *, limit: float = QUICK, stdin: str | None = None) -> list[dict[str, Any]]:
    """Run to the end; the objects it printed."""
    try:
        done = subprocess.run(  # noqa: S603 - an argument list of ours, no shell
            [*_COMMAND, *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit,
            input=stdin,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"`fengping {arguments[0]}` took longer than {limit:.0f} s and was ended") from error
    except OSError as error:
        raise CommandFailed(f"`fengping` could not be started: {error.strerror}") from error
    found = _objects(done.stdout)
    if done.returncode != 0 and not found:
        raise _failure(done.returncode, done.stderr, arguments)
    return found


@dataclass(frozen=True)
class Step:
    """How far a command is: `done` and `total` are None where it cannot say. `words.step` says it."""

    part: str
    done: int | None
    total: int | None


def follow(
    arguments: Sequence[str], told: Callable[[Step], None], *, fine: Sequence[int] = (0,)
) -> list[dict[str, Any]]:
    """Run to the end, telling each step as it comes; the other objects it printed. Ending with another code than the
    `fine` ones is a failure."""
    try:
        process = subprocess.Popen(  # noqa: S603 - an argument list of ours, no shell
            [*_COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(),
        )
    except OSError as error:
        raise CommandFailed(f"`fengping` could not be started: {error.strerror}") from error
    said: list[str] = []
    given: list[dict[str, Any]] = []
    with process:
        for line in process.stdout or ():
            found = next(iter(_objects(line)), {})
            if "step" in found:
                told(Step(str(found["step"]), found.get("done"), found.get("total")))
            elif found:
                given.append(found)
            else:
                said = [*said, line][-MOST_SAID:]
    if process.returncode not in fine:
        raise _failure(process.returncode, "\n".join(said), arguments)
    return given


@cache
def kinds() -> tuple[dict[str, Any], ...]:
    """The kinds of sources, each with its table of options."""
    return tuple(run(["source", "kinds", "--json"]))


def options_of(kind: str) -> list[dict[str, Any]]:
    return next((one["options"] for one in kinds() if one["kind"] == kind), [])


def try_source(
    url: str,
    kind: str | None = None,
    *,
    options: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Fetch once and say what would be stored; nothing is. `columns`: of a file, column -> field."""
    extra = ["--kind", kind] if kind else []
    set_, given = _set(options)
    return next(iter(run(["source", "test", *extra, *set_, *_maps(columns), "--json", "--", url], stdin=given)), {})


def look_at_address(url: str) -> dict[str, Any]:
    """Columns and first rows of a file at an address, and how they would be read."""
    return next(iter(run(["source", "look", "--json", "--", url])), {})


def _maps(columns: Mapping[str, str] | None) -> list[str]:
    return [part for column, field in (columns or {}).items() for part in ("--map", f"{column}={field}")]


def set_columns(source_id: int, columns: Mapping[str, str]) -> None:
    """Say anew what a file's columns are: all of it; nothing said is nothing kept."""
    maps = _maps(columns) or ["--set", "map="]
    run(["source", "edit", *maps, "--", str(source_id)])


def set_options(source_id: int, options: Mapping[str, str]) -> None:
    """Change options of a source; an empty one is taken away."""
    set_, given = _set(options)
    run(["source", "edit", *set_, "--", str(source_id)], stdin=given)


def move_source(source_id: int, channel: str, told: Callable[[Step], None] = lambda step: None) -> None:
    """Put a source under another channel, with all that it brought."""
    follow(["source", "edit", "--channel", channel, "--progress", "--", str(source_id)], told)


def _set(options: Mapping[str, str] | None) -> tuple[list[str], str | None]:
    """Options go by standard input: what stands in a command line every process of the machine may read."""
    if not options:
        return [], None
    return ["--set", "@-"], "".join(f"{name}={' '.join(value.split())}\n" for name, value in options.items())


def add_source(
    url: str,
    *,
    kind: str,
    channel: str,
    brands: Sequence[str],
    every_minutes: int,
    keep_all: bool,
    options: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """By the command, so that a kind's own rules for adding hold here, too."""
    set_, given = _set(options)
    named = [part for brand in brands for part in ("--brand", brand)]
    flags = ["--keep-all"] if keep_all else []
    told = run(
        [
            "source",
            "add",
            "--kind",
            kind,
            "--channel",
            channel,
            "--every",
            f"{every_minutes}m",
            *named,
            *flags,
            *set_,
            *_maps(columns),
            "--json",
            "--",
            url,
        ],
        stdin=given,
    )
    return next(iter(told), {})


def _brand_words(brand: Brand, *, empty: bool) -> list[str]:
    """A list that is empty is given as one empty word where the command must be told so."""
    words = (("--alias", brand.aliases), ("--exclude", brand.excludes), ("--require", brand.requires))
    return [part for name, given in words for word in (given or (("",) if empty else ())) for part in (name, word)]


def try_brand(brand: Brand, *, instead_of: int | None, sources: Sequence[int] = ()) -> dict[str, Any]:
    """What it would match among what is stored, and among what these sources give now."""
    extra = ["--instead-of", f"#{instead_of}"] if instead_of else []
    extra += [part for one in sources for part in ("--source", str(one))]
    words = _brand_words(brand, empty=False)
    told = run(["brand", "try", *words, *extra, "--json", "--", brand.name], limit=QUICK + 40 * len(sources))
    return next(iter(told), {})


def add_brand(brand: Brand) -> None:
    kind = ["--competitor"] if brand.competitor else []
    run(["brand", "add", *_brand_words(brand, empty=False), *kind, "--json", "--", brand.name])


def change_brand(brand: Brand, told: Callable[[Step], None] = lambda step: None) -> tuple[int, int]:
    """Change and match again what is stored: how many mentions came and went."""
    words = ["--name", brand.name, *_brand_words(brand, empty=True), "--competitor" if brand.competitor else "--own"]
    given = follow(["brand", "edit", *words, "--progress", "--json", "--", f"#{brand.id}"], told)
    one = next(iter(given), {})
    return int(one.get("came") or 0), int(one.get("went") or 0)


def remove(what: str, number: int, told: Callable[[Step], None] = lambda step: None) -> None:
    """Take a `brand` or `source` out of sight with all that belongs to it."""
    follow([what, "remove", "--progress", "--", f"#{number}" if what == "brand" else str(number)], told)


def restore(what: str, number: int, told: Callable[[Step], None] = lambda step: None) -> None:
    """Bring back what `remove` took."""
    follow([what, "restore", "--progress", "--", str(number)], told)


def import_opml(path: Path, *, brand: str | None, channel: str | None, keep_all: bool) -> list[dict[str, Any]]:
    options = [*(["--brand", brand] if brand else []), *(["--channel", channel] if channel else [])]
    options += ["--keep-all"] if keep_all else []
    return run(["source", "import", *options, "--json", "--", str(path)], limit=300)


def import_mentions(
    path: Path, told: Callable[[Step], None], *, brand: str, channel: str, columns: Mapping[str, str]
) -> dict[str, Any]:
    """Store and read what a file holds; what became of its rows."""
    words = ["--brand", brand, "--channel", channel, *_maps(columns)]
    return next(iter(follow(["import", *words, "--progress", "--json", "--", str(path)], told)), {})


def look_at(path: Path) -> dict[str, Any]:
    """Columns and first rows of a file, and how they would be read."""
    return next(iter(run(["import", "--look", "--json", "--", str(path)])), {})


def add_found_source(url: str, *, brand: str) -> None:
    """An address whose kind the command finds out."""
    run(["source", "add", "--brand", brand, "--json", "--", url])


def add_offered(offered: Sequence[dict[str, Any]], *, brand: str) -> None:
    """Places of the starter pack, all or none in one call; one that is there already stays as it is."""
    wanted = [
        {**{key: one[key] for key in ("url", "kind", "channel")}, "title": _titled(one, brand), "brands": [brand]}
        for one in offered
    ]
    with tempfile.TemporaryDirectory(prefix="fengping-") as folder:
        path = Path(folder) / "offered.yaml"  # YAML takes what JSON writes
        path.write_text(json.dumps({"fengping": 1, "sources": wanted}), "utf-8")
        run(["config", "import", "--", str(path)])


def _titled(offered: Mapping[str, Any], brand: str) -> str:
    """A name for the time before it was heard: the address of a search is no sight."""
    title = str(offered["title"])
    return title if brand in title else f"{title} · {brand}"


def starter(brand: str) -> list[dict[str, Any]]:
    """Public feeds that a brand may begin with."""
    return run(["source", "starter", "--brand", brand, "--json"])


def make_sample(told: Callable[[Step], None]) -> None:
    follow(["sample", "start", "--json"], told)


def remove_sample() -> None:
    run(["sample", "remove"], limit=LONG)


def check_target(kind: str, address: str) -> None:
    """Refuse an address that nothing can be sent to: InputError says why. It goes by standard input, being a secret."""
    run(["target", "check", *(["--webhook"] if kind == "webhook" else []), "--", "-"], stdin=address)


def send_test(target: str) -> None:
    run(["notify", "test", "--", target], limit=90)


def collect_now(source_id: int) -> list[dict[str, Any]]:
    return run(["collect", "--once", "--source", str(source_id), "--json"], limit=180)


def collect_all(told: Callable[[Step], None]) -> None:
    """One cycle of what is due. A source that fails is shown on its page: the command's exit 1 is no failure here."""
    follow(["collect", "--once", "--progress"], told, fine=(0, 1))


def doctor() -> list[dict[str, Any]]:
    """The findings; the sources, which it lists as well, have their own page."""
    return [one for one in run(["doctor", "--json"], limit=90) if one.get("record") == "finding"]


def _environment() -> dict[str, str]:
    """The child sees the same store and settings whatever this process was started with."""
    settings = get_settings()
    paths = [str(_ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        **os.environ,
        "FENGPING_HOME": str(settings.home),
        "FENGPING_DATABASE_URL": settings.database_url and settings.store_url,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
    }


def _objects(output: str) -> list[dict[str, Any]]:
    found = []
    for line in output.splitlines():
        if line.lstrip().startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # a log line that happens to begin with a brace
    return found


def _failure(code: int, said: str, arguments: Sequence[str]) -> FengpingError:
    """What went wrong is the line under the command's own name; where to find help may follow it."""
    lines = [line.strip() for line in text.plain(said).splitlines() if line.strip()]
    own = [line.removeprefix(OWN) for line in lines if line.startswith(OWN)]
    message = next(iter([*own[-1:], *lines[-1:]]), f"`fengping {arguments[0]}` failed with exit code {code}")
    return InputError(message) if code == 2 else CommandFailed(message)
