"""A guestbook as a channel of Jackfield.

The host calls five functions. `poll` turns what happened on the network into events, `publish` writes an answer,
`reconcile` finds out whether an answer arrived whose end nobody saw, `check` says whose account it is, `describe` says
what all of this can do. To make it your own channel, change the paths and `to_event`; the rest stays much as it is.

What is kept between calls is the cursor, here the number of the last change that was seen. An instance may be thrown
away at any time, so nothing is kept in memory.
"""

import json

import jackfield as host
from wit_world import exports
from wit_world.exports.channel import (
    Ability_Deletions,
    Ability_Edits,
    Ability_Poll,
    Ability_ReplyPrivate,
    Ability_ReplyPublic,
    Ability_Threads,
    Batch,
    Counting_Characters,
    Description,
    Draft,
    Receipt,
)
from wit_world.imports.types import (
    Author,
    Event,
    Kind_Deleted,
    Kind_Other,
    Visibility_Direct,
    Visibility_Public,
    Visibility_Unlisted,
)

# What a connection is told; checked by the host before each call. Secrets are never in it.
SETTINGS = {
    "type": "object",
    "properties": {
        "server": {"type": "string", "format": "uri", "description": "The guestbook's address: https://book.example"}
    },
    "required": ["server"],
    "additionalProperties": False,
}

# The network gives at most so many changes at once.
PAGE = 50


class Channel(exports.Channel):
    """The class of this name is what becomes the component."""

    def describe(self) -> Description:
        return Description(
            network="my-channel",
            version="0.1.0",  # plugin.toml says the same
            settings_schema=json.dumps(SETTINGS),
            can=[
                Ability_Poll(),
                Ability_ReplyPublic(),
                Ability_ReplyPrivate(),
                Ability_Edits(),
                Ability_Deletions(),
                Ability_Threads(),
            ],
            max_length=500,
            counting=Counting_Characters(),
            reply_window_ms=None,
        )

    def check(self, settings: str) -> str:
        return f"The guestbook knows us as {read(settings, '/book/me')['name']}."

    def poll(self, settings: str, cursor: bytes | None, max_events: int) -> Batch:
        if cursor is not None and not cursor.isdigit():
            raise host.unexpected("The cursor is no number.")
        after = int(cursor or 0)
        # Whose entries are ours: without it an answer of ours would come back as a question.
        me = read(settings, "/book/me")
        page = read(settings, "/book/changes", after=after, limit=min(max_events, PAGE))
        events = [to_event(change, me["id"]) for change in page["changes"]]
        # A page that comes twice must not take us back.
        return host.batch(events, cursor=str(max(page["last"], after)), more=page["more"])

    @host.publishing
    def publish(self, settings: str, draft: Draft) -> Receipt:
        # Never wider than asked for: what the network cannot do is refused.
        if not isinstance(draft.visibility, Visibility_Public | Visibility_Unlisted | Visibility_Direct):
            raise host.rule("A guestbook has public and private entries only.")
        if draft.attachments:
            raise host.rule("A guestbook takes no files.")
        private = isinstance(draft.visibility, Visibility_Direct)
        answer = host.request(
            "POST",
            address(settings, "/book/entries"),
            bearer="token",
            # The same key gives the same entry, however often it is sent.
            headers={"idempotency-key": draft.key},
            json_body={"text": draft.text, "answers": draft.parent, "private": private},
        )
        if answer.status == 404:
            raise host.rule("The entry that this answers is gone.")
        if answer.status == 422:
            raise host.rule(answer.words())
        return to_receipt(answer.ok().json())

    def reconcile(self, settings: str, draft: Draft) -> Receipt | None:
        found = read(settings, "/book/entries", key=draft.key)["entries"]
        return to_receipt(found[0]) if found else None


def address(settings: str, path: str) -> str:
    return json.loads(settings)["server"].rstrip("/") + path


def read(settings: str, path: str, **pairs) -> dict:
    """Asks the network. `ok` turns a 401 into `credential`, a 429 or 5xx into `later`, and so on."""
    url = host.query(address(settings, path), **pairs)
    return host.request("GET", url, bearer="token").ok().json()


def to_event(change: dict, me: str) -> Event:
    """What happened, in the contract's words."""
    entry, what = change["entry"], change["what"]
    author = entry["author"]
    if what in ("posted", "edited"):
        kind = host.said(to_author(author), entry["text"], language=entry.get("language"))
    elif what == "deleted":
        kind = Kind_Deleted()
    else:
        host.warn(f"the guestbook says {what!r}, which this plugin does not know")
        kind = Kind_Other(what)
    return host.event(
        entry["id"],
        host.time(entry.get("posted") or change["at"]),
        kind,
        # Grows with each edit; the host does nothing about a pair of id and revision that it knows.
        revision=host.time(entry["edited"]) if entry.get("edited") else 0,
        thread=entry["thread"],
        parent=entry.get("answers"),
        visibility=Visibility_Direct() if entry["private"] else Visibility_Public(),
        ours=author["id"] == me,
        url=entry.get("page"),
    )


def to_author(person: dict) -> Author:
    return Author(
        id=person["id"],
        handle=person["name"],
        display_name=person.get("display") or None,
        profile_url=person.get("page"),
        reach=person.get("readers"),
        automated=person.get("automated", False),
    )


def to_receipt(entry: dict) -> Receipt:
    return Receipt(remote_id=entry["id"], url=entry.get("page"), at=host.time(entry["posted"]))
