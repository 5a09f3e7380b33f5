// A channel in JavaScript that misbehaves on order, for the tests of the sandbox alone. `mode` in its settings says how.

import { open, send } from "jackfield:plugin/http@0.1.0";
import { set } from "jackfield:plugin/kv@0.1.0";
import { write } from "jackfield:plugin/log@0.1.0";
import { bytes } from "jackfield:plugin/random@0.1.0";
import { Connection } from "jackfield:plugin/stream@0.1.0";

let calls = 0;
let body;

const SCHEMA = JSON.stringify({
  type: "object",
  additionalProperties: false,
  required: ["mode"],
  properties: {
    mode: { type: "string" },
    url: { type: "string" },
    other: { type: "string" },
    denied: { type: "string" },
    tcp: { type: "string" },
  },
});

const said = (text) => ({
  events: [
    {
      remoteId: "1",
      revision: 0n,
      at: 0n,
      thread: "1",
      parent: undefined,
      visibility: { tag: "public" },
      ours: false,
      context: false,
      url: undefined,
      kind: {
        tag: "said",
        val: {
          author: { id: "1", handle: "h", displayName: undefined, profileUrl: undefined, reach: undefined, automated: false },
          title: undefined,
          text,
          spans: [],
          attachments: [],
          language: undefined,
          warning: undefined,
        },
      },
    },
  ],
  cursor: undefined,
  more: false,
  notBeforeMs: undefined,
});

// The host's words, or the language's.
const failure = (error) => {
  const word = error?.payload ?? error;
  return word?.tag ? `${word.tag} ${word.val}` : `caught ${error}`;
};
const attempt = (act) => {
  try {
    return String(act());
  } catch (error) {
    return failure(error);
  }
};
const untilRefused = (act) => {
  let times = 0;
  try {
    for (; ; times += 1) act(times);
  } catch (error) {
    return `${times} ${failure(error)}`;
  }
};
const plain = (name, text) => ({ name, value: { tag: "plain", val: text } });
const secret = { name: "authorization", value: { tag: "secret", val: { name: "token", before: "Bearer ", after: "" } } };
const request = (url, headers = [], content = new Uint8Array()) => ({
  method: "POST",
  url,
  headers,
  body: content,
  timeoutMs: 0,
});
const ask = (...parts) => attempt(() => send(request(...parts)).status);
const host = (port) => `http://127.0.0.1:${port}/`;
const connect = (port) => Connection.connect("127.0.0.1", Number(port), "plain");
const kept = [];
const caught = async (act) => {
  try {
    return `reached ${(await act()).status}`;
  } catch (error) {
    return `caught ${error.name}`;
  }
};

const recurse = (depth) => 1 + recurse(depth + 1);

const modes = {
  loop: () => {
    for (;;);
  },
  allocate: () => {
    const kept = [];
    for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
  },
  recurse: () => String(recurse(0)),
  throw: () => {
    throw new Error("on order");
  },
  giant: () => "x".repeat((1 << 29) - 30),
  print: () => {
    console.log("printed\nforged");
    return "printed";
  },
  time: () => `${Date.now()} ${Math.random() < 1}`,
  fetch: async ({ url }) => {
    const headers = { authorization: "Bearer {{secret:token}}" };
    const answer = await fetch(url, { method: "POST", headers, body: "{{secret:token}}" });
    return `${answer.status} ${await answer.text()}`;
  },
  "fetch-two": async ({ url }) => {
    const both = await Promise.all([fetch(`${url}a`), fetch(`${url}b`)]);
    return both.map((answer) => answer.status).join(" ");
  },
  "fetch-denied": async ({ url }) => {
    try {
      await fetch(url);
      return "reached";
    } catch (error) {
      return `caught ${error.name}`;
    }
  },
  "log-flood": () => {
    for (;;) write("info", "again");
  },
  "log-stubborn": () => {
    for (let n = 0; n < 10; n += 1) {
      try {
        for (;;) write("info", "again");
      } catch {
        // It does not take no for an answer.
      }
    }
    return "still here";
  },
  "log-giant": () => write("info", "x".repeat(16 << 20)),
  "print-flood": () => {
    for (;;) console.log("again");
  },
  "kv-flood": () => {
    for (let n = 0; ; n += 1) set("k", new Uint8Array([n]));
  },
  "kv-giant": () => set("k", new Uint8Array(16 << 20)),
  "kv-many": () => untilRefused((n) => set(`k${n}`, new Uint8Array(60_000))),
  "kv-key": () => attempt(() => set("k".repeat(300), new Uint8Array(1))),
  "kv-value": () => attempt(() => set("k", new Uint8Array(100_000))),
  "random-many": () => String(bytes(1_000_000).length),
  "http-large": ({ url }) => ask(url, [], new Uint8Array(2 << 20)),
  "http-giant": ({ url }) => ask(url, [], new Uint8Array(16 << 20)),
  "http-smuggle": ({ url }) => ask(url, [plain("x-a", "b\r\nauthorization: forged")]),
  "http-length": ({ url }) => ask(url, [plain("content-length", "5")], new Uint8Array(9)),
  "http-foreign-secret": ({ other }) => ask(host(other), [secret]),
  "http-redirect": ({ url }) => ask(`${url}away`),
  "body-many": ({ url }) => untilRefused(() => kept.push(open(request(url)))),
  // The first call keeps it, the second reads it.
  "body-kept": ({ url }) => {
    if (body) return attempt(() => body.read(10).length);
    [, body] = open(request(url));
    return "kept";
  },
  "body-dropped": ({ url }) => {
    const [, dropped] = open(request(url));
    dropped[Symbol.dispose || Symbol.for("dispose")]();
    return attempt(() => dropped.read(10).length);
  },
  "stream-denied": ({ denied }) => attempt(() => connect(denied)),
  "stream-clear": ({ tcp }) => attempt(() => connect(tcp).write([{ tag: "secret", val: "token" }])),
  "stream-many": ({ tcp }) => untilRefused(() => kept.push(connect(tcp))),
  "stream-endless": ({ tcp }) => {
    const stream = connect(tcp);
    return untilRefused(() => stream.write([{ tag: "bytes", val: new Uint8Array(10_000) }]));
  },
  "stream-silence": ({ tcp }) => {
    const stream = connect(tcp);
    for (;;) attempt(() => stream.read(0, 10));
  },
  "fetch-redirect": ({ url }) => caught(() => fetch(`${url}away`)),
  "fetch-smuggle": ({ url }) => caught(() => fetch(url, { headers: { "x-a": "b\r\nauthorization: forged" } })),
  "fetch-foreign-secret": ({ other }) =>
    caught(() => fetch(host(other), { headers: { authorization: "Bearer {{secret:token}}" } })),
  "fetch-hoard": ({ url }) => {
    for (;;) kept.push(fetch(url));
  },
  sleep: async () => {
    await new Promise((done) => setTimeout(done, 20));
    return "slept";
  },
};

export const channel = {
  describe: () => ({
    network: "fixture",
    version: "0.1.0",
    settingsSchema: SCHEMA,
    can: [{ tag: "poll" }],
    maxLength: undefined,
    counting: { tag: "characters" },
    replyWindowMs: undefined,
  }),
  check: () => `call ${++calls}`,
  poll: async (settings) => {
    const asked = JSON.parse(settings);
    return said(await modes[asked.mode](asked));
  },
  publish: () => {
    throw { tag: "rule", val: "It only reads." };
  },
  reconcile: () => undefined,
};

export const webhook = {
  ingest: async (settings) => {
    const asked = JSON.parse(settings);
    return { events: said(await modes[asked.mode](asked)).events };
  },
};
