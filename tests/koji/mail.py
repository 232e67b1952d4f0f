"""Takes the mails that a Koji sends, each into a file."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OK, _GO_AHEAD, _BYE = b"250 ok\r\n", b"354 end with a dot\r\n", b"221 bye\r\n"


@contextmanager
def mailbox(folder: Path) -> Iterator[int]:
    """Accept mails while the block runs.

    :returns: the port of 127.0.0.1
    """
    folder.mkdir()
    numbers = count(1)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.wfile.write(_GO_AHEAD)
                    text = b"".join(iter(self.rfile.readline, b".\r\n"))
                    (folder / f"{next(numbers)}.eml").write_bytes(text)
                self.wfile.write(_BYE if verb == b"QUIT" else _OK)
                if verb == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
