"""Git repositories for checkouts, and a web server for them."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOBODY = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "a@localhost" for who in ("AUTHOR", "COMMITTER")},
}


def git(folder: Path, *words: str) -> str:
    environment = {**os.environ, **_NOBODY}
    done = subprocess.run(
        ["git", "-C", folder, *words], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str, **files: str) -> str:
    """Commit files; a double underscore in a name stands for a dot."""
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def new_repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its base's name
        pass


def asking(for_words: str) -> type[SimpleHTTPRequestHandler]:
    """What shows files to those who know USER:PASSWORD."""
    expected = f"Basic {base64.b64encode(for_words.encode()).decode()}"

    class Asking(_Quiet):
        def do_GET(self) -> None:
            if self.headers["Authorization"] == expected:
                super().do_GET()
                return
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="images"')
            self.end_headers()

    return Asking


@contextmanager
def served(folder: Path, how: type[SimpleHTTPRequestHandler] = _Quiet) -> Iterator[str]:
    """A folder on 127.0.0.1; the server's host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(how, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
