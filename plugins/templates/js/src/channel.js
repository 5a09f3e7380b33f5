// A guestbook as a channel of Jackfield.
//
// The host calls five functions. `poll` turns what happened on the network into events, `publish` writes an answer,
// `reconcile` finds out whether an answer arrived whose end nobody saw, `check` says whose account it is, `describe`
// says what all of this can do. To make it your own channel, change the paths and `toEvent`; the rest stays as it is.
//
// What is kept between calls is the cursor, here the number of the last change that was seen. An instance may be thrown
// away at any time, so nothing is kept in memory.

import { batch, decode, event, log, publishing, query, receipt, request, rule, time, unexpected } from "./jackfield.js";

// What a connection is told; checked by the host before each call. Secrets are never in it.
const SETTINGS = {
  type: "object",
  properties: {
    server: { type: "string", format: "uri", description: "The guestbook's address: https://book.example" },
  },
  required: ["server"],
  additionalProperties: false,
};

// The network gives at most so many changes at once.
const PAGE = 50;

export const channel = {
  describe: () => ({
    network: "my-channel",
    version: "0.1.0", // plugin.toml says the same
    settingsSchema: JSON.stringify(SETTINGS),
    can: ["poll", "reply-public", "reply-private", "edits", "deletions", "threads"].map((tag) => ({ tag })),
    maxLength: 500,
    counting: { tag: "characters" },
    replyWindowMs: undefined,
  }),

  check(settings) {
    const me = read(settings, "/book/me");
    return `The guestbook knows us as ${me.name}.`;
  },

  poll(settings, cursor, maxEvents) {
    const after = cursor ? Number(decode(cursor)) : 0;
    if (!Number.isSafeInteger(after)) throw unexpected("The cursor is no number.");
    // Whose entries are ours: without it an answer of ours would come back as a question.
    const me = read(settings, "/book/me");
    const page = read(settings, "/book/changes", { after, limit: Math.min(maxEvents, PAGE) });
    return batch(
      page.changes.map((change) => toEvent(change, me.id)),
      // A page that comes twice must not take us back.
      { cursor: String(Math.max(page.last, after)), more: page.more },
    );
  },

  publish: (settings, draft) =>
    publishing(() => {
      const visible = draft.visibility.tag;
      // Never wider than asked for: what the network cannot do is refused.
      if (!["public", "unlisted", "direct"].includes(visible)) {
        throw rule("A guestbook has public and private entries only.");
      }
      if (draft.attachments.length > 0) throw rule("A guestbook takes no files.");
      const answer = request("POST", address(settings, "/book/entries"), {
        bearer: "token",
        // The same key gives the same entry, however often it is sent.
        headers: { "idempotency-key": draft.key },
        json: { text: draft.text, answers: draft.parent ?? null, private: visible === "direct" },
      });
      if (answer.status === 404) throw rule("The entry that this answers is gone.");
      if (answer.status === 422) throw rule(answer.words());
      return toReceipt(answer.ok().json());
    }),

  reconcile(settings, draft) {
    const [found] = read(settings, "/book/entries", { key: draft.key }).entries;
    return found && toReceipt(found);
  },
};

function address(settings, path) {
  return JSON.parse(settings).server.replace(/\/+$/, "") + path;
}

// Asks the network. `ok` turns a 401 into `credential`, a 429 or 5xx into `later`, and so on.
function read(settings, path, pairs = {}) {
  return request("GET", query(address(settings, path), pairs), { bearer: "token" }).ok().json();
}

// What happened, in the contract's words.
function toEvent({ what, at, entry }, me) {
  const common = {
    id: entry.id,
    at: time(entry.posted ?? at),
    // Grows with each edit; the host does nothing about a pair of id and revision that it knows.
    revision: entry.edited ? time(entry.edited) : 0,
    thread: entry.thread,
    parent: entry.answers ?? undefined,
    visibility: { tag: entry.private ? "direct" : "public" },
    ours: entry.author.id === me,
    url: entry.page ?? undefined,
  };
  switch (what) {
    case "posted":
    case "edited":
      return event({ ...common, said: { author: author(entry.author), text: entry.text, language: entry.language ?? undefined } });
    case "deleted":
      return event({ ...common, deleted: true });
    default:
      log.warn(`the guestbook says ${what}, which this plugin does not know`);
      return event({ ...common, other: what });
  }
}

const author = (person) => ({
  id: person.id,
  handle: person.name,
  displayName: person.display || undefined,
  profileUrl: person.page ?? undefined,
  reach: person.readers == null ? undefined : BigInt(person.readers),
  automated: person.automated ?? false,
});

const toReceipt = (entry) => receipt(entry.id, time(entry.posted), entry.page ?? undefined);
