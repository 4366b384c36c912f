"""How long pages take to draw, and whether that grows with what is stored.

`python -m dashboard.bench [--small 10000] [--large 1000000]` draws Overview and Mentions from a cold cache over two stores
that a loader fills, and prints the best of several, in seconds of this process (Streamlit's own drawing included, the
browser's not). Reading what is usual is part of Overview.
"""

import argparse
import logging
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

import storage
from settings import get_settings
from storage.bench import UNTIL, load

APP = Path(__file__).with_name("app.py")
PERIODS = {"7 days": timedelta(days=7), "90 days": timedelta(days=90)}
REPEAT = 5


def draw(home: Path, repeat: int = REPEAT) -> dict[str, float]:
    """Seconds to draw each page over one store: the best of several, each with nothing cached but the open store."""
    os.environ["FENGPING_HOME"] = str(home)
    get_settings.cache_clear()
    st.cache_resource.clear()
    best: dict[str, float] = {}
    for period, span in PERIODS.items():
        app = AppTest.from_file(str(APP), default_timeout=120)
        params = {"since": (UNTIL - span).strftime("%Y-%m-%dT%H:%M:%SZ"), "until": UNTIL.strftime("%Y-%m-%dT%H:%M:%SZ")}
        for name, page in (("Overview", None), ("Mentions", "views/mentions.py")):
            app.run()
            if page:
                app.switch_page(page)
            for key, value in params.items():
                app.query_params[key] = value
            best[f"{name}, {period}"] = min(_one(app) for _ in range(repeat))
    return best


def _one(app: AppTest) -> float:
    st.cache_data.clear()
    begun = time.perf_counter()
    app.run()
    taken = time.perf_counter() - begun
    if app.exception:
        raise RuntimeError(app.exception[0].message)
    return taken


def _filled(folder: Path, n: int) -> Path:
    home = folder / str(n)
    url = f"sqlite:///{home / 'fengping.db'}"
    storage.migrate(url)
    store = storage.open_store(url)
    load(store, n)
    store.close()
    return home


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    given = parser.parse_args()
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="fengping-bench-") as folder:
        small = draw(_filled(Path(folder), given.small))
        large = draw(_filled(Path(folder), given.large))
    print(f"{'page':<22}{given.small:>12,}{given.large:>12,}   times")
    for name in small:
        print(f"{name:<22}{small[name]:>10.3f} s{large[name]:>10.3f} s   {large[name] / small[name]:.2f}")


if __name__ == "__main__":
    main()
