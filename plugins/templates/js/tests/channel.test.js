// The whole plugin on this machine, without a sandbox and without a network: `npm test`.
//
// The network is a function from a request to an answer. `jackfield plugin test` runs the same plugin in the sandbox
// against a stand-in that has state and faults.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";

import { channel } from "../src/channel.js";

const SETTINGS = JSON.stringify({ server: "https://book.example/" });
const ME = { id: "1", name: "northwind", display: "", page: null, readers: 5210, automated: false };
const CHANGES = JSON.parse(readFileSync(new URL("../fixtures/changes.json", import.meta.url)));

const answer = (status, body) => ({
  status,
  headers: [],
  body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
});
const draft = (visibility) => ({
  key: "key-1",
  thread: "3",
  parent: "115",
  visibility: { tag: visibility },
  text: "From nine to six.",
  language: undefined,
  askedAt: 1793612400000n,
  attachments: [],
});
const header = (request, name) => request.headers.find((one) => one.name === name)?.value;

beforeEach(() => {
  host.sent = [];
});

test("what happened becomes events", () => {
  host.network = (request) => {
    assert.deepEqual(header(request, "authorization").val, { name: "token", before: "Bearer ", after: "" });
    const path = request.url.replace("https://book.example", "");
    if (path === "/book/me") return answer(200, ME);
    assert.equal(path, "/book/changes?after=6&limit=50");
    return answer(200, CHANGES);
  };
  const found = channel.poll(SETTINGS, new TextEncoder().encode("6"), 200);
  assert.equal(new TextDecoder().decode(found.cursor), "10");
  assert.equal(found.more, true);
  const [posted, edited, ours, deleted] = found.events;
  assert.deepEqual([posted.revision, edited.revision], [0n, 1793611860500n]);
  assert.match(edited.kind.val.text, /Tuesday/);
  assert.deepEqual([posted.ours, ours.ours], [false, true]);
  assert.equal(ours.visibility.tag, "direct");
  assert.deepEqual([ours.thread, ours.parent], ["3", "115"]);
  assert.equal(deleted.kind.tag, "deleted");
});

test("an answer carries its key and never goes wider", () => {
  host.network = (request) => {
    assert.equal(header(request, "idempotency-key").val, "key-1");
    assert.equal(JSON.parse(new TextDecoder().decode(request.body)).private, true);
    return answer(201, { id: "117", posted: "2026-11-02T09:36:00Z", page: null });
  };
  const receipt = channel.publish(SETTINGS, draft("direct"));
  assert.deepEqual(receipt, { remoteId: "117", url: undefined, at: 1793612160000n });
  assert.throws(() => channel.publish(SETTINGS, draft("followers")), (refusal) => refusal.tag === "rule");
  assert.equal(host.sent.length, 1, "what cannot be kept private is not sent");
});

test("what the network says no with is told apart", () => {
  const cases = { 401: "credential", 429: "later", 503: "later", 403: "refused", 200: "unexpected" };
  for (const [status, expected] of Object.entries(cases)) {
    host.network = () => answer(Number(status), "half of");
    assert.throws(() => channel.poll(SETTINGS, undefined, 10), (trouble) => trouble.tag === expected, status);
  }
});

test("in doubt it is asked for and not sent again", () => {
  host.network = () => {
    // As the bindings throw it.
    throw { payload: { tag: "timed-out" } };
  };
  assert.throws(
    () => channel.publish(SETTINGS, draft("public")),
    (refusal) => refusal.tag === "trouble" && refusal.val.tag === "later",
  );
  host.network = (request) => {
    assert.deepEqual([request.method, request.url], ["GET", "https://book.example/book/entries?key=key-1"]);
    return answer(200, { entries: [] });
  };
  assert.equal(channel.reconcile(SETTINGS, draft("public")), undefined);
});
