"""A model hub on loopback that holds one folder under one id, and remembers what it was asked for."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

COMMIT = "c0ffee" + "0" * 34


@contextmanager
def hub_of(folder: Path, name: str) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths it is asked for as they come."""
    asked: list[str] = []

    def answer(path: str) -> tuple[int, bytes]:
        if path == f"/api/models/{name}/revision/main":
            files = [{"rfilename": found.name} for found in sorted(folder.iterdir())]
            return 200, json.dumps({"_id": "1", "id": name, "sha": COMMIT, "siblings": files}).encode()
        if path == f"/api/models/{name}/tree/{COMMIT}":
            files = [(found.name, found.stat().st_size) for found in sorted(folder.iterdir())]
            tree = [{"type": "file", "path": file, "size": size, "oid": COMMIT} for file, size in files]
            return 200, json.dumps(tree).encode()
        places = (f"/{name}/resolve/main/", f"/{name}/resolve/{COMMIT}/")
        found = folder / path.rpartition("/")[2]
        return (200, found.read_bytes()) if path.startswith(places) and found.is_file() else (404, b"")

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self):
            path = urlsplit(self.path).path
            asked.append(path)
            status, body = answer(path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 200:
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
            else:
                known = path.startswith((f"/{name}/", f"/api/models/{name}"))
                self.send_header("X-Error-Code", "EntryNotFound" if known else "RepoNotFound")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
