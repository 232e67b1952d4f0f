"""The sandbox's certificates let the right ones in, and nobody reads their keys."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.sandbox import certificates

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    certificates.ensure(tmp_path / "certs")
    return tmp_path / "certs"


def test_keys_are_ours_alone(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_the_authoritys_key_is_in_no_file_that_is_handed_out(folder: Path) -> None:
    assert "PRIVATE KEY" not in (folder / "ca.pem").read_text()


def test_what_is_there_stays_and_a_new_user_is_added(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    certificates.ensure(folder, (*certificates.USERS, "another"))
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"another.pem"}


def test_a_client_and_a_server_believe_each_other(folder: Path) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    server.load_cert_chain(folder / "server.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    client = ssl.create_default_context(cafile=folder / "ca.pem")
    client.load_cert_chain(folder / "releng.pem")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    seen = []

    def serve(side: socket.socket) -> None:
        with server.wrap_socket(side, server_side=True) as connection:
            seen.append(connection.getpeercert())
            connection.recv(1)

    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=serve, args=(theirs,))
    thread.start()
    with client.wrap_socket(ours, server_hostname="127.0.0.1") as connection:
        connection.send(b"x")
        thread.join(10)
    assert seen[0]["subject"] == ((("commonName", "releng"),),)
