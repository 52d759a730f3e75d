"""Real servers on loopback for the shares that need no code of ours: SFTP, WebDAV and one that speaks S3. Clerk may write, guest may only read."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

USER, GUEST, PASSWORD = "clerk", "guest", "geheim-12345"


@contextlib.contextmanager
def sftp_server(folder: Path) -> Iterator[str]:
    """SFTP of paramiko over ``folder``; its address."""
    import paramiko

    key = paramiko.RSAKey.generate(2048)

    class Door(paramiko.ServerInterface):
        user = ""

        def check_auth_password(self, username: str, password: str) -> int:
            self.user = username
            return paramiko.AUTH_SUCCESSFUL if username in (USER, GUEST) and password == PASSWORD else paramiko.AUTH_FAILED

        def get_allowed_auths(self, username: str) -> str:
            return "password"

        def check_channel_request(self, kind: str, chanid: int) -> int:
            return paramiko.OPEN_SUCCEEDED

    class Files(paramiko.SFTPServerInterface):
        def __init__(self, server: Door) -> None:
            self.reads_only = server.user == GUEST

        def _at(self, path: str) -> Path:
            return folder / path.lstrip("/")

        def _tried(self, action: Any, *, writes: bool = True) -> Any:
            if writes and self.reads_only:
                return paramiko.SFTP_PERMISSION_DENIED
            try:
                return action() or paramiko.SFTP_OK
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)

        def _told(self, path: Path, name: str = "") -> paramiko.SFTPAttributes:
            return paramiko.SFTPAttributes.from_stat(path.stat(), name)

        def list_folder(self, path: str) -> Any:
            try:
                return [self._told(p, p.name) for p in self._at(path).iterdir()]
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)

        def stat(self, path: str) -> Any:
            return self._tried(lambda: self._told(self._at(path)), writes=False)

        lstat = stat

        def open(self, path: str, flags: int, attr: Any) -> Any:
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR))

            def opened() -> Any:
                file = os.fdopen(os.open(self._at(path), flags, 0o644), "w+b" if flags & os.O_RDWR else "wb" if writes else "rb")
                handle = paramiko.SFTPHandle(flags)
                handle.readfile = handle.writefile = file
                return handle

            return self._tried(opened, writes=writes)

        def remove(self, path: str) -> Any:
            return self._tried(lambda: self._at(path).unlink())

        def rename(self, oldpath: str, newpath: str) -> Any:
            def renamed() -> None:
                os.link(self._at(oldpath), self._at(newpath))  # as SFTP 3 has it: never over what is there
                self._at(oldpath).unlink()

            return self._tried(renamed)

        def posix_rename(self, oldpath: str, newpath: str) -> Any:
            return self._tried(lambda: self._at(oldpath).replace(self._at(newpath)) and None)

        def mkdir(self, path: str, attr: Any) -> Any:
            return self._tried(lambda: self._at(path).mkdir())

    listener = socket.create_server(("127.0.0.1", 0))
    transports = []

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
            transports.append(transport)
            with contextlib.suppress(Exception):  # who hangs up before the greeting is not served
                transport.start_server(server=Door())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"sftp://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for transport in transports:
            transport.close()
        thread.join(10)


@contextlib.contextmanager
def webdav_server(folder: Path) -> Iterator[str]:
    """WsgiDAV over ``folder``, and once more below ``/readonly`` for who may only read; its HTTP address."""
    from cheroot.wsgi import Server
    from wsgidav.fs_dav_provider import FilesystemProvider
    from wsgidav.wsgidav_app import WsgiDAVApp

    accounts = {USER: {"password": PASSWORD}, GUEST: {"password": PASSWORD}}
    shares = {"/": FilesystemProvider(str(folder), fs_opts={}), "/readonly": FilesystemProvider(str(folder), readonly=True, fs_opts={})}
    app = WsgiDAVApp({
        "provider_mapping": shares, "simple_dc": {"user_mapping": {"*": accounts}}, "verbose": 0,
        "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False}, "logging": {"enable": False},
    })  # fmt: skip
    server = Server(("127.0.0.1", 0), app)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(10)


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """A server that speaks S3 (moto's), with an empty bucket ``huizong``; its HTTP address. It asks nobody for a password."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        boto3.client("s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id=USER, aws_secret_access_key=PASSWORD).create_bucket(Bucket="huizong")
        yield address
    finally:
        server.stop()
