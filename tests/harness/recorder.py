"""A wire-tap: a TCP relay on loopback that keeps every byte of both directions."""

from __future__ import annotations

import contextlib
import socket
import threading


class Recorder:
    """Listens on a free port and relays to `target`, keeping what passes. Runs in threads of its own."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self._lock = threading.Lock()
        self._directions: list[bytearray] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where to connect instead of to the target."""
        port: int = self._listener.getsockname()[1]
        return port

    def recorded(self) -> bytes:
        """All bytes so far, one direction of one connection after the other."""
        with self._lock:
            return b"\n".join(bytes(each) for each in self._directions)

    def close(self) -> None:
        """Close every connection and stop listening."""
        with self._lock:
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(source, sink), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        kept = bytearray()
        with self._lock:
            self._directions.append(kept)
        try:
            while chunk := source.recv(65_536):
                with self._lock:
                    kept += chunk
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)
