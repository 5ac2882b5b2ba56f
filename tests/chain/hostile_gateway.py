"""What a gateway can do instead of answering: each behaviour gets the request that it should have answered."""

from __future__ import annotations

import gzip
import json
import time

from harness.name_gateway import Behaviour, Handler

TIMEOUT_S = 0.4
ANSWER = bytes(range(64))


def hang(handler: Handler) -> None:
    time.sleep(TIMEOUT_S * 4)


def dribble(handler: Handler) -> None:
    """A byte now and then, which keeps each single read from timing out."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(30):
        handler.wfile.write(b" ")
        time.sleep(TIMEOUT_S / 10)


def dribble_head(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    for _ in range(30):
        handler.wfile.write(b"a")
        time.sleep(TIMEOUT_S / 10)


def continue_without_end(handler: Handler) -> None:
    """As if it were about to answer."""
    while True:
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(TIMEOUT_S / 100)


def without_end(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        handler.wfile.write(b"10000\r\n" + b"a" * 65536 + b"\r\n")


def broken_off(handler: Handler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"data":"0x00"}')


def redirect(handler: Handler) -> None:
    """To where there is an answer."""
    if handler.path == "/elsewhere":
        answer(handler)
    else:
        handler.say(b"", 302, Location="/elsewhere")


def answer(handler: Handler) -> None:
    handler.say(json.dumps({"data": "0x" + ANSWER.hex()}).encode())


def body(content: bytes, status: int = 200) -> Behaviour:
    """The same to everybody."""
    return lambda handler: handler.say(content, status)


NO_ANSWERS: dict[str, Behaviour] = {
    "hang": hang,
    "dribble": dribble,
    "dribbled head": dribble_head,
    "continue without end": continue_without_end,
    "without end": without_end,
    "10 MB": body(b'{"data":"0x' + b"0" * 10_000_000 + b'"}'),
    "broken off": broken_off,
    "redirect": redirect,
    "a server error": body(b'{"data":"0x00"}', 500),
    "no HTTP": lambda handler: handler.connection.sendall(b"hello\r\n"),
    "nothing": body(b""),
    "not text": body(b"\xff\xfe\x00"),
    "not JSON": body(b"<html>"),
    "deep": body(b'{"data":' + b"[" * 60_000),
    "packed": lambda handler: handler.say(gzip.compress(b'{"data":"0x00"}'), **{"Content-Encoding": "gzip"}),
    "a list": body(b'["0x00"]'),
    "a text": body(b'"0x00"'),
    "no data": body(b'{"result":"0x00"}'),
    "data is null": body(b'{"data":null}'),
    "data is a number": body(b'{"data":1}'),
    "data is an object": body(b'{"data":{"data":"0x00"}}'),
    "odd digits": body(b'{"data":"0x0"}'),
    "no digits": body(b'{"data":"0xzz"}'),
    "no prefix": body(b'{"data":"00"}'),
    "a line end": body(b'{"data":"0x00\\n"}'),
}
