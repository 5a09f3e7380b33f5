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
from wit_world.imports import http
from wit_world.imports import types

SCHEMA = json.dumps(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["mode"],
        "properties": {"mode": {"type": "string"}, "url": {"type": "string"}},
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


MODES = {
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
