"""A channel in Python that misbehaves on order, for the tests of the sandbox alone. `mode` in its settings says how."""

import json
import os
import random
import socket
import sys
import time

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports import channel as contract
from wit_world.exports import webhook as hooks
from wit_world.imports import http, kv, log, stream, types
from wit_world.imports import random as drawn

SCHEMA = json.dumps(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["mode"],
        "properties": {name: {"type": "string"} for name in ["mode", "url", "other", "denied", "tcp"]},
    }
)

calls = 0


def said(text):
    author = types.Author("1", "h", None, None, None, False)
    content = types.Content(author, None, text, [], [], None, None)
    kind = types.Kind_Said(content)
    event = types.Event("1", 0, 0, kind, "1", None, types.Visibility_Public(), False, False, None)
    return contract.Batch([event], None, False, None)


def loop(_):
    while True:
        pass


def allocate(_):
    kept = []
    while True:
        kept.append(bytearray(b"x" * (1 << 20)))


def recurse(_):
    def deeper(depth):
        return 1 + deeper(depth + 1)

    return str(deeper(0))


def throw(_):
    raise ValueError("on order")


def giant(_):
    return "x" * (1 << 30)


def printed(_):
    print("printed\nforged")
    sys.stdout.flush()
    return "printed"


def surroundings(_):
    found = [f"{len(os.environ)} variables"]
    for name, attempt in [
        ("file", lambda: open("/etc/passwd")),
        ("socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
    ]:
        try:
            attempt()
            found.append(f"{name} reached")
        except OSError:
            found.append(f"{name} refused")
    return ", ".join(found)


def fetch(asked):
    secret = http.Value_Secret(http.SecretUse("token", "Bearer ", ""))
    request = http.Request("GET", asked["url"], [http.Header("authorization", secret)], b"", 0)
    answer = http.send(request)
    return f"{answer.status} {answer.body.decode()}"


def now(_):
    return f"{int(time.time() * 1000)} {random.random() < 1}"


def sleep(_):
    time.sleep(0.02)
    return "slept"


kept = []


def failure(error):
    """The host's words, or the language's."""
    value = getattr(error, "value", None)
    return f"{type(value).__name__} {getattr(value, 'value', '')}" if value is not None else f"caught {error!r}"


def attempt(act):
    try:
        return str(act())
    except Exception as error:
        return failure(error)


def until_refused(act):
    times = 0
    try:
        while True:
            act(times)
            times += 1
    except Exception as error:
        return f"{times} {failure(error)}"


def plain(name, text):
    return http.Header(name, http.Value_Plain(text))


def request(url, headers=(), body=b""):
    return http.Request("POST", url, list(headers), body, 0)


def ask(*parts):
    return attempt(lambda: http.send(request(*parts)).status)


def connect(port):
    return stream.Connection.connect("127.0.0.1", int(port), stream.Security.PLAIN)


def host(port):
    return f"http://127.0.0.1:{port}/"


def log_flood(_):
    while True:
        log.write(log.Level.INFO, "again")


def log_stubborn(asked):
    for _ in range(10):
        try:
            log_flood(asked)
        except BaseException:
            pass  # It does not take no for an answer.
    return "still here"


def print_flood(_):
    while True:
        print("again", flush=True)


def kv_flood(_):
    n = 0
    while True:
        n += 1
        kv.set("k", bytes([n % 256]))


def foreign_secret(asked):
    secret = http.Header("authorization", http.Value_Secret(http.SecretUse("token", "Bearer ", "")))
    return ask(host(asked["other"]), [secret])


def body_kept(asked):
    """The first call keeps it, the second reads it."""
    if kept:
        return attempt(lambda: kept[0].read(10))
    kept.append(http.open(request(asked["url"]))[1])
    return "kept"


def body_dropped(asked):
    _, body = http.open(request(asked["url"]))
    body.__exit__(None, None, None)
    return attempt(lambda: body.read(10))


def stream_endless(asked):
    line = connect(asked["tcp"])
    return until_refused(lambda _: line.write([stream.Piece_Bytes(b"x" * 10_000)]))


def stream_silence(asked):
    line = connect(asked["tcp"])
    while True:
        attempt(lambda: line.read(0, 10))


HOSTILE = {
    "log-flood": log_flood,
    "log-stubborn": log_stubborn,
    "log-giant": lambda _: log.write(log.Level.INFO, "x" * (16 << 20)),
    "print-flood": print_flood,
    "kv-flood": kv_flood,
    "kv-giant": lambda _: kv.set("k", bytes(16 << 20)),
    "kv-many": lambda _: until_refused(lambda n: kv.set(f"k{n}", bytes(60_000))),
    "kv-key": lambda _: attempt(lambda: kv.set("k" * 300, b"v")),
    "kv-value": lambda _: attempt(lambda: kv.set("k", bytes(100_000))),
    "random-many": lambda _: str(len(drawn.bytes(1_000_000))),
    "http-large": lambda asked: ask(asked["url"], [], bytes(2 << 20)),
    "http-giant": lambda asked: ask(asked["url"], [], bytes(16 << 20)),
    "http-smuggle": lambda asked: ask(asked["url"], [plain("x-a", "b\r\nauthorization: forged")]),
    "http-length": lambda asked: ask(asked["url"], [plain("content-length", "5")], bytes(9)),
    "http-foreign-secret": foreign_secret,
    "http-redirect": lambda asked: ask(asked["url"] + "away"),
    "body-many": lambda asked: until_refused(lambda _: kept.append(http.open(request(asked["url"])))),
    "body-kept": body_kept,
    "body-dropped": body_dropped,
    "stream-denied": lambda asked: attempt(lambda: connect(asked["denied"])),
    "stream-clear": lambda asked: attempt(lambda: connect(asked["tcp"]).write([stream.Piece_Secret("token")])),
    "stream-many": lambda asked: until_refused(lambda _: kept.append(connect(asked["tcp"]))),
    "stream-endless": stream_endless,
    "stream-silence": stream_silence,
}

MODES = HOSTILE | {
    "loop": loop,
    "allocate": allocate,
    "recurse": recurse,
    "throw": throw,
    "giant": giant,
    "print": printed,
    "surroundings": surroundings,
    "fetch": fetch,
    "time": now,
    "sleep": sleep,
}


class Channel(exports.Channel):
    def describe(self):
        return contract.Description(
            "fixture", "0.1.0", SCHEMA, [contract.Ability_Poll()], None, contract.Counting_Characters(), None
        )

    def check(self, settings):
        global calls
        calls += 1
        return f"call {calls}"

    def poll(self, settings, cursor, max_events):
        asked = json.loads(settings)
        return said(MODES[asked["mode"]](asked))

    def publish(self, settings, draft):
        raise Err(contract.Refusal_Rule("It only reads."))

    def reconcile(self, settings, draft):
        return None


class Webhook(exports.Webhook):
    def ingest(self, settings, request):
        asked = json.loads(settings)
        return hooks.Ingested(said(MODES[asked["mode"]](asked)).events)
