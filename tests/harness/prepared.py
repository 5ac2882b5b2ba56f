"""Commands of Parley in processes that import nothing: forked from one process that has imported all of it.

Imports are three of the four seconds that a process takes to start. A prepared one is a process of its own all the
same, with its own arguments, environment, streams and signals, and dies by SIGKILL as any other. It differs where it
begins and ends: what loads when, and an interpreter that is finalized, are seen only by tests that start a fresh one
(tests/processes/test_start.py and test_launch.py among them).
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Self

IMPORTED = (
    "parley.commands.create",
    "parley.commands.log",
    "parley.commands.relay_folder",
    "parley.commands.sentences",
    "parley.commands.surroundings",
    "parley.messenger.chains",
    "parley.p2p.libp2p_adapter.stack",
    "parley.web.app",
    "parley.web.server",
    "parley_demo.chain.server",
    "parley_demo.chain.start",
    "parley_demo.chain.ticker",
    "eth_account.hdaccount.mnemonic",
    "eth_account.messages",
    "ens.utils",
    "web3",
)
"""Guarded by tests/harness/test_prepared.py: the fork server says nothing of a module that is not there any more."""

CHAIN = "parley_demo.chain"
WITHIN_S = 60
"""So long a command may take that ends by itself."""
RECURSION_LIMIT = 1000
"""An interpreter's own. py-evm raises it when it is imported, for the chain that it runs and nobody else."""


def fork_server() -> ForkServerContext:
    """The context of processes that are forked; one server serves the whole session."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    return context


class Prepared:
    """A running `python -m <module> <arguments>`, used as a Popen; a block ends it.

    Args:
        module: what is run.
        arguments: its own.
        environment: all of its environment.
        stdin: a file that it reads; a pipe by default, which ends with this process.
        stderr: a file that it complains into; none that anybody reads by default.

    Attributes:
        stdin: the pipe's other end, if there is one.
        stdout: what it says.
        returncode: once it has been waited for; negative for a signal.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: dict[str, str],
        *,
        stdin: IO[bytes] | int | None = None,
        stderr: IO[bytes] | int | None = None,
    ) -> None:
        given: list[int] = []
        self.stdin: IO[bytes] | None = None
        if stdin is None:
            read, write = os.pipe()
            given.append(read)
            self.stdin = os.fdopen(write, "wb")
        else:
            given.append(_copy(stdin))
        read, write = os.pipe()
        given.append(write)
        self.stdout: IO[str] = os.fdopen(read, "r", encoding="utf-8")
        given.append(os.open(os.devnull, os.O_WRONLY) if stderr is None else _copy(stderr))
        self.returncode: int | None = None
        self._process = fork_server().Process(
            target=_run,
            args=(module, tuple(arguments), environment, str(Path.cwd()), tuple(map(_Descriptor, given))),
            daemon=True,
        )
        try:
            self._process.start()
        finally:
            for each in given:
                os.close(each)
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()

    def wait(self, timeout: float) -> int:
        """Wait for its end; gives its exit status.

        Raises:
            TimeoutExpired: it has not ended after `timeout` seconds.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a prepared process", timeout)
        self.returncode = self._process.exitcode
        return self.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End it and close the pipes."""
        self.kill()
        self._process.join()
        for pipe in (self.stdin, self.stdout):
            if pipe is not None:
                pipe.close()


def run_prepared(
    arguments: Sequence[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `parley <arguments>` to its end, with nothing to read; gives what it said."""
    with tempfile.TemporaryFile() as errors, Path(os.devnull).open("rb") as nothing:
        whole = dict(os.environ) | (environment or {})
        with Prepared("parley", arguments, whole, stdin=nothing, stderr=errors) as process:
            late = threading.Timer(WITHIN_S, process.kill)
            late.start()
            said = process.stdout.read()
            status = process.wait(WITHIN_S)
            late.cancel()
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, status, said, errors.read().decode())


def tell_imported(to: Connection) -> None:
    """Played by a prepared process: tell the modules that it has without having imported anything itself."""
    to.send(set(sys.modules))


class _Descriptor:
    """A file descriptor on its way into the new process, where it is a number again."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Callable[..., int], tuple[object]]:
        return _received, (DupFd(self._number),)


def _received(descriptor: object) -> int:
    return descriptor.detach()  # type: ignore[attr-defined,no-any-return]


def _copy(file: IO[bytes] | int) -> int:
    return os.dup(file if isinstance(file, int) else file.fileno())


def _run(
    module: str,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    folder: str,
    streams: tuple[int, ...],
) -> None:
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    sys.stdin = os.fdopen(0, "r", closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # A shell that starts this run in the background ignores SIGINT for it; one with a terminal does not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[:] = [module, *arguments]
    if module != CHAIN:
        sys.setrecursionlimit(RECURSION_LIMIT)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
