// A channel in JavaScript that misbehaves on order, for the tests of the sandbox alone. `mode` in its settings says how.

let calls = 0;

const SCHEMA = JSON.stringify({
  type: "object",
  additionalProperties: false,
  required: ["mode"],
  properties: { mode: { type: "string" }, url: { type: "string" } },
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
