"""The SDK for Python, one file: the host's interfaces as they are documented in wit/host.wit, with the corners taken off.

It is yours to change. The classes of the contract (Event, Author, Draft, ...) come from `wit_world`, which the build
generates from the files in wit/; for an editor they are in .jackfield/bindings.

A result of the contract that is an error is raised: `raise later()`, `credential(...)`, `refused(...)` or
`unexpected(...)` out of any export. Any other exception is a mistake in the plugin and ends the call.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from componentize_py_types import Err
from wit_world.exports import channel as contract
from wit_world.imports import clock, http, kv, log, random, types

# --- What can go wrong ----------------------------------------------------------------------------------------------


def later(ms: int | None = None) -> Err:
    """Try again, not before `ms` milliseconds where given. The host backs off and keeps the cursor."""
    return Err(types.Trouble_Later(ms))


def credential(text: str) -> Err:
    """The credential is no longer good; say what to renew and where. The host stops calling until it is another one."""
    return Err(types.Trouble_Credential(text))


def refused(text: str) -> Err:
    """The network understood and said no, in its own words."""
    return Err(types.Trouble_Refused(text))


def unexpected(text: str) -> Err:
    """What came is not what the network documents; say what was expected and what came."""
    return Err(types.Trouble_Unexpected(text))


def rule(text: str) -> Err:
    """For `publish`: a rule of the network, in words; nothing was sent."""
    return Err(contract.Refusal_Rule(text))


def window_closed() -> Err:
    """For `publish`: no answer is taken here any more."""
    return Err(contract.Refusal_WindowClosed())


_TROUBLES = (types.Trouble_Later, types.Trouble_Credential, types.Trouble_Refused, types.Trouble_Unexpected)


def publishing(publish):
    """Decorates `publish`, whose errors are wrapped once more: a trouble becomes `trouble(...)`, a rule stays one."""

    def wrapped(*arguments):
        try:
            return publish(*arguments)
        except Err as error:
            if isinstance(error.value, _TROUBLES):
                raise Err(contract.Refusal_Trouble(error.value)) from None
            raise

    return wrapped


# --- Requests -------------------------------------------------------------------------------------------------------


def secret(name: str, before: str = "", after: str = "") -> http.Value_Secret:
    """A header that holds a secret: the host puts the value in. It is never seen here."""
    return http.Value_Secret(http.SecretUse(name, before, after))


def query(base: str, **pairs) -> str:
    """`base` with these pairs as its query; those that are None are left out."""
    kept = {name: value for name, value in pairs.items() if value is not None}
    return f"{base}?{urlencode(kept)}" if kept else base


def request(method, url, *, headers=None, bearer=None, body=b"", json_body=None, timeout_ms=0) -> "Answer":
    """Sends one request and waits for the whole answer.

    `bearer` names the secret for `Authorization: Bearer ...`; `headers` maps names to texts or to `secret(...)`. What
    fails on the way is raised as the trouble it means; an answer of any status is an `Answer`.
    """
    everything = dict(headers or {})
    if bearer:
        everything["authorization"] = secret(bearer, "Bearer ")
    if json_body is not None:
        everything["content-type"] = "application/json"
        body = json.dumps(json_body).encode()
    listed = [
        http.Header(name, http.Value_Plain(value) if isinstance(value, str) else value)
        for name, value in everything.items()
    ]
    try:
        response = http.send(http.Request(method, url, listed, body, timeout_ms))
    except Err as error:
        match error.value:
            case http.Failure_NotGranted(text) | http.Failure_Invalid(text):
                raise refused(text) from None
            case http.Failure_TooLarge(limit):
                raise unexpected(f"The answer is larger than the {limit} bytes this connection allows.") from None
            case _:
                raise later() from None
    return Answer(response.status, response.headers, response.body)


@dataclass
class Answer:
    """What the network answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this name, in lower case."""
        return next((value for known, value in self.headers if known == name), None)

    def text(self) -> str:
        """The body; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self):
        """The body as JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise unexpected(f"The answer is no JSON: {error}") from None

    def ok(self) -> "Answer":
        """This answer where the status is 2xx; else the trouble it means is raised."""
        status = self.status
        if 200 <= status < 300:
            return self
        if status == 401:
            raise credential(f"The network does not accept the credential (401): {self.words()}")
        if status in (408, 425, 429) or status >= 500:
            raise later(self.retry_after_ms())
        if status < 400:
            raise unexpected(f"The network sends us elsewhere ({status}) and the way ends there.")
        raise refused(f"The network says no ({status}): {self.words()}")

    def retry_after_ms(self) -> int | None:
        """`Retry-After`, in seconds or as a date."""
        text = self.header("retry-after")
        if text is None:
            return None
        try:
            return max(0, int(float(text) * 1000))
        except (OverflowError, ValueError):
            pass
        try:
            return max(0, int(parsedate_to_datetime(text).timestamp() * 1000) - now())
        except (TypeError, ValueError):
            return None

    def words(self) -> str:
        """The network's own words about a refusal."""
        text = self.text()
        try:
            said = json.loads(text)
            text = next(said[name] for name in ("error_description", "error", "message", "detail") if said.get(name))
        except (AttributeError, StopIteration, ValueError):
            pass  # The beginning of the body is what there is.
        return str(text).strip()[:300] or "no reason was given"


# --- The rest of the host -------------------------------------------------------------------------------------------


def stored(key: str) -> str | None:
    """The value of this connection under `key`."""
    value = kv.get(key)
    return None if value is None else value.decode()


def store(key: str, text: str) -> None:
    """Puts `text` under `key`: stored together with what the call returns, or not at all."""
    kv.set(key, text.encode())


def debug(text: str) -> None:
    """A line for the operator."""
    log.write(log.Level.DEBUG, text)


def warn(text: str) -> None:
    """A line for the operator that matters."""
    log.write(log.Level.WARN, text)


def now() -> int:
    """Milliseconds since 1970, by the host's clock. `time.time()` is not there."""
    return clock.now_ms()


def random_bytes(length: int) -> bytes:
    """Random bytes; the module `random` gives the same numbers in every instance."""
    return random.bytes(length)


def time(text: str) -> int:
    """Milliseconds of an RFC 3339 time."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise unexpected(f"{text!r} is no time as RFC 3339 has it.") from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    return round(at.timestamp() * 1000)


# --- Records of the contract, with what is usual filled in ----------------------------------------------------------


def said(author: types.Author, text: str, **more) -> types.Kind_Said:
    """What a message says: plain words, and what else of `Content` is named."""
    usual = dict(title=None, spans=[], attachments=[], language=None, warning=None)
    return types.Kind_Said(types.Content(author=author, text=text, **(usual | more)))


def event(remote_id: str, at: int, kind: types.Kind, **more) -> types.Event:
    """A public event that starts a thread of its own, and what else of `Event` is named."""
    usual = dict(
        revision=0,
        thread=remote_id,
        parent=None,
        visibility=types.Visibility_Public(),
        ours=False,
        context=False,
        url=None,
    )
    return types.Event(remote_id=remote_id, at=at, kind=kind, **(usual | more))


def batch(events: list[types.Event], cursor: str | None = None, more=False, not_before_ms=None) -> contract.Batch:
    """What a poll found: events oldest first, and where to go on."""
    return contract.Batch(events, None if cursor is None else cursor.encode(), more, not_before_ms)
