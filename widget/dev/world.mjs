// The state behind the panel's API: conversations, a numbered feed, commands with one effect each.

import { Desk } from "./desk.mjs";

const MINUTE = 60_000;

export class World {
  constructor() {
    this.tokens = new Map([["token-mia", "mia"], ["token-tom", "tom"]]);
    this.lines = [{ id: "line-1", network: "mastodon", name: "Northwind on Mastodon", health: "healthy", action: "" }];
    this.conversations = new Map();
    this.done = new Map();
    this.feed = [];
    this.dropped = 0;
    this.listeners = new Set();
    this.requests = [];
    this.down = false;
    this.fault = null;
    this.deliver = "sent";
    this.expiresIn = 15 * MINUTE;
    this.serial = 0;
    this.desk = new Desk(this);
  }

  get head() { return this.dropped + this.feed.length; }

  me(agent) {
    return { agent, workspace: "demo", brand: "northwind", expires_at: Date.now() + this.expiresIn, connections: this.lines };
  }

  // The list, in the product's order.
  page(agent, params) {
    const words = (params.get("q") ?? "").toLowerCase();
    const handles = (params.get("handles") ?? "").split(",").filter(Boolean);
    const owner = params.get("owner");
    const status = params.get("status") ?? "open";
    const limit = Number(params.get("limit") ?? 50);
    const rows = [...this.conversations.values()].filter((one) =>
      (status === "all" || one.status === status)
      && (!owner || (owner === "nobody" ? !one.owner : one.owner === (owner === "me" ? agent : owner)))
      && (handles.length === 0 || handles.includes(one.person.handle.toLowerCase()))
      && (!words || one.items.some((item) => JSON.stringify(item).toLowerCase().includes(words))));
    const key = (one) => (one.waiting ? [0, one.waiting] : [1, -one.last]);
    rows.sort((a, b) => key(a)[0] - key(b)[0] || key(a)[1] - key(b)[1] || (a.id < b.id ? -1 : 1));
    const from = Number(params.get("after") ?? 0);
    const items = rows.slice(from, from + limit).map((one) => this.summary(agent, one));
    const next = from + limit < rows.length ? { next: String(from + limit) } : {};
    return { items, total: rows.length, feed: this.head, ...next };
  }

  summary(agent, one) {
    const inbound = one.items.filter((item) => item.type === "message" && !item.ours && !item.context);
    const newest = inbound.at(-1);
    const seen = one.seen.get(agent) ?? 0;
    const replies = one.items.filter((item) => item.type === "reply");
    const bad = replies.find((item) => ["failed", "unknown"].includes(item.delivery.state));
    return {
      id: one.id, connection: "line-1", network: "mastodon", status: one.status,
      ...(one.owner ? { owner: one.owner } : {}),
      person: one.person, snippet: newest && !newest.deleted ? newest.content.text.slice(0, 200) : "",
      visibility: newest?.visibility ?? "public", labels: one.labels, inbound: inbound.length,
      unread: inbound.filter((item) => item.version > seen).length, replies: replies.length,
      ...(bad ? { trouble: bad.delivery.state } : {}),
      last_inbound_at: one.last, ...(one.waiting ? { waiting_since: one.waiting } : {}), version: one.version,
      ...this.desk.row(one),
    };
  }

  wire(item) {
    const { version, ...rest } = this.desk.item(item);
    return rest;
  }

  view(agent, id) {
    const one = this.conversations.get(id);
    if (!one) return null;
    const newest = one.items.findLast((item) => item.type === "message" && !item.ours && !item.context);
    const direct = newest?.visibility === "direct";
    return {
      summary: this.summary(agent, one), items: one.items.map((item) => this.wire(item)), feed: this.head, ...this.desk.view(one),
      compose: {
        max_length: 500, counting: "mastodon", visibilities: direct ? ["direct"] : ["public", "unlisted", "direct"],
        parent: newest?.remote_id, prefix: `@${one.person.handle} `, ...(one.closed ? { closed: one.closed } : {}),
      },
    };
  }

  // A change: versions, the feed, everybody who listens.
  changed(one, items) {
    one.version += 1;
    for (const item of items) item.version = one.version;
    one.items.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
    const n = this.head + 1;
    this.feed.push({ n, id: one.id, keys: items.map((item) => item.key) });
    if (this.feed.length > 20_000) this.dropped += this.feed.splice(0, 10_000).length;
    for (const listener of this.listeners) this.tell(listener, this.feed.at(-1));
  }

  tell({ agent, response }, { n, id, keys }) {
    const one = this.conversations.get(id);
    const items = one.items.filter((item) => keys.includes(item.key)).map((item) => this.wire(item));
    this.write(response, "entry", { type: "entry", n, conversation: id, summary: this.summary(agent, one), items }, n);
  }

  write(response, name, data, id) {
    response.write(`event: ${name}\n${id ? `id: ${id}\n` : ""}data: ${JSON.stringify(data)}\n\n`);
  }

  listen(agent, after, response) {
    this.write(response, "hello", { type: "hello", n: this.head });
    if (after !== null && after < this.dropped) this.write(response, "resync", { type: "resync", n: this.head });
    else if (after !== null) for (const entry of this.feed.slice(after - this.dropped)) this.tell({ agent, response }, entry);
    const listener = { agent, response };
    this.listeners.add(listener);
    response.on("close", () => this.listeners.delete(listener));
  }

  hangUp() {
    for (const { response } of this.listeners) response.destroy();
    this.listeners.clear();
  }

  expireTokens() {
    for (const { response } of this.listeners) this.write(response, "token-expired", { type: "token-expired" });
    this.tokens.delete("token-mia");
    this.tokens.set("token-mia-2", "mia");
  }

  line(health, action) {
    this.lines[0] = { ...this.lines[0], health, action };
    for (const { response } of this.listeners) this.write(response, "connection", { type: "connection", ...this.lines[0] });
  }

  // What people do.
  open(person, { status = "open", owner, labels = [] } = {}) {
    const id = `c${String(++this.serial).padStart(32, "0")}`;
    const one = { id, person, status, owner, labels, items: [], seen: new Map(), version: 0, last: 0, waiting: undefined };
    this.conversations.set(id, one);
    return one;
  }

  say(one, text, { at = Date.now(), parent, visibility = "public", author = one.person, context = false, ours = false, verdict, spans, attachments, warning } = {}) {
    const remote_id = `r${++this.serial}`;
    const content = { author, text, ...(spans ? { spans } : {}), ...(attachments ? { attachments } : {}), ...(warning ? { warning } : {}) };
    const item = {
      key: `m:${remote_id}`, at, type: "message", remote_id, ...(parent ? { parent } : {}), visibility, ours, context,
      url: `https://social.example/${remote_id}`, content, edits: 0, deleted: false, ...(verdict ? { verdict } : {}),
    };
    one.items.push(item);
    const held = context || ours ? [] : this.desk.moved(one);
    if (!context && !ours) {
      one.last = Math.max(one.last, at);
      one.waiting ??= at;
      one.status = "open";
    }
    this.changed(one, [item, ...held]);
    if (!ours) one.heard = one.version;
    return item;
  }

  edit(one, item, text) {
    item.content = { ...item.content, text };
    item.edits += 1;
    this.changed(one, [item]);
  }

  remove(one, item) {
    item.deleted = true;
    this.changed(one, [item]);
  }

  turn(one, by, what, at = Date.now()) {
    const item = { key: `t:${++this.serial}`, at, type: "turn", ...(by ? { by } : {}), what };
    one.items.push(item);
    return item;
  }

  move(one, reply, delivery) {
    reply.delivery = delivery;
    this.changed(one, [reply]);
  }

  refuse(code, message, field) {
    return { status: 409, answer: { code, message, ...(field ? { field } : {}) } };
  }

  command(agent, id, { id: command, command: what }) {
    const one = this.conversations.get(id);
    if (!one) return { status: 404, answer: { code: "unknown-conversation", message: "There is no such conversation in this brand." } };
    return this.once(agent, one, command, () => this.decide(agent, one, command, what));
  }

  // What is asked for twice is done once.
  once(agent, one, command, decide) {
    const before = this.done.get(`${agent}/${command}`);
    const answer = (items) => ({ status: 200, answer: { conversation: one.id, summary: this.summary(agent, one), items: items.map((item) => this.wire(item)) } });
    if (before) return answer(one.items.filter((item) => before.includes(item.key)));
    const made = decide();
    if (made.status) return made;
    if (!made.changed) this.changed(one, made.items);
    this.done.set(`${agent}/${command}`, made.items.map((item) => item.key));
    return answer(made.items);
  }

  decide(agent, one, command, what) {
    const at = Date.now();
    const items = [];
    const turn = (turn) => items.push(this.turn(one, agent, turn, at));
    switch (what.do) {
      case "take":
        if (one.owner && one.owner !== agent) return this.refuse("owned", `${one.owner} has this conversation. Ask ${one.owner} to hand it over.`);
        one.owner = agent;
        turn({ turn: "taken" });
        break;
      case "hand-over":
        if (what.to === "nobody-we-know") return this.refuse("unknown-agent", "There is no agent “nobody-we-know”. Write the name they sign in with.", "command.to");
        one.owner = what.to ?? undefined;
        turn({ turn: "handed-over", to: what.to, why: what.why });
        break;
      case "note":
        items.push({ key: `n:${command}`, at, type: "note", by: agent, text: what.text });
        one.items.push(items[0]);
        break;
      case "reply": {
        const gate = this.desk.on ? this.desk.reply(agent, one, what) : {};
        if (gate.status) return gate;
        if (this.refuseReplies) return this.refuse("reply-refused", this.refuseReplies, "command.text");
        one.owner ??= agent;
        if (!gate.approval) one.waiting = undefined;
        const reply = {
          key: `o:${command}`, at, type: "reply", command, by: agent, text: what.text, visibility: what.visibility,
          ...(what.parent ? { parent: what.parent } : {}), delivery: gate.approval ? { state: "queued", reason: "It waits for one reader." } : { state: "queued" }, deleted: false, ...gate,
        };
        items.push(reply);
        one.items.push(reply);
        if (!gate.approval) setTimeout(() => this.send(one, reply), 150);
        break;
      }
      case "retry": {
        const reply = one.items.find((item) => item.command === what.reply);
        reply.delivery = { state: "queued" };
        items.push(reply);
        setTimeout(() => this.send(one, reply), 150);
        break;
      }
      case "resolve":
        one.status = "resolved";
        one.waiting = undefined;
        turn({ turn: "resolved" });
        break;
      case "reopen":
        one.status = "open";
        turn({ turn: "reopened" });
        break;
      case "seen":
        one.seen.set(agent, what.version);
        break;
      default:
        return { status: 400, answer: { code: "bad-request", message: `There is no command ${what.do}.`, field: "command.do" } };
    }
    this.changed(one, items);
    return { items, changed: true };
  }

  send(one, reply) {
    one.waiting = undefined;
    this.move(one, reply, { state: "sending" });
    setTimeout(() => {
      const remote_id = `r${++this.serial}`;
      if (this.deliver === "sent") this.move(one, reply, { state: "sent", remote_id, url: `https://social.example/${remote_id}`, at: Date.now() });
      else if (this.deliver === "failed") this.move(one, reply, { state: "failed", reason: "the network says this account may not post; check its permissions, then try again" });
      else this.move(one, reply, { state: "unknown", reason: "The network did not answer within 30 seconds." });
    }, 150);
  }

  // What a demo needs.
  story() {
    const now = Date.now();
    const person = (handle, display_name, reach, more = {}) => ({ id: handle, handle, display_name, profile_url: `https://social.example/@${handle}`, reach, automated: false, ...more });
    const ana = person("ana_r@social.example", "Ana Ribeiro", 48_112);
    const tom = person("tomk@social.example", "Tom K.", 310);
    const first = this.open(ana, { labels: ["complaint", "question"] });
    const root = this.say(first, "Ordered the green kettle from @northwind three weeks ago. Has anybody had theirs?", { at: now - 26 * MINUTE, context: true });
    const text = "Third week without the parcel and the phone line hangs up on me. Is anybody there? https://northwind.example/orders/20981";
    const verdict = { by: "keywords@0.1.0", revision: 0, opinions: [{ label: "complaint", margin: 2.1, because: [11, 29] }, { label: "question", margin: 0.8, because: [text.indexOf("Is any"), text.indexOf("?") + 1] }] };
    const link = text.indexOf("https");
    const said = this.say(first, text, { at: now - 12 * MINUTE, parent: root.remote_id, verdict, spans: [{ start: link, end: text.length, mark: { link: "https://northwind.example/orders/20981" } }] });
    this.edit(first, said, `${text}`);
    this.say(first, "Same here since the warehouse moved.", { at: now - 9 * MINUTE, parent: said.remote_id, author: tom, context: true });
    const note = { key: "n:1", at: now - 6 * MINUTE, type: "note", by: "mia", text: "Depot 4 is clearing its backlog until Thursday. Refund allowed up to €25." };
    first.items.push(note);
    this.changed(first, [note]);
    const jo = this.open(person("jo_the_fixer@forum.example", "jo_the_fixer", 90), { labels: ["question"], owner: "mia" });
    const asked = this.say(jo, "Router drops 5 GHz after the update, three of us tried everything in the pinned topic.", { at: now - 190 * MINUTE });
    const reply = { key: "o:0", at: now - 100 * MINUTE, type: "reply", command: "0", by: "mia", text: "@jo_the_fixer@forum.example Thank you for trying all of it. Version 2.4.1 mends it; it is out tonight. ^Mia", visibility: "public", parent: asked.remote_id, delivery: { state: "sent", remote_id: "r900", url: "https://social.example/r900", at: now - 100 * MINUTE }, deleted: false };
    jo.items.push(reply);
    jo.waiting = undefined;
    this.changed(jo, [reply]);
    const lee = this.open(person("lee_writes@very-long-server-name.social.example", "Lieselotte-Wilhelmina von und zu Hohenfels-Straßburg", 1_204_000), { labels: ["complaint"] });
    this.say(lee, "STILL no call back. Cancel my account today.", { at: now - 9 * 60 * MINUTE, visibility: "direct" });
    const nour = this.open(person("nour@social.example", "نور الهدى", 5_400), { labels: ["thanks"] });
    const thanks = this.say(nour, "شكرًا جزيلاً، وصل الطرد اليوم وكل شيء كما يجب.", { at: now - 3 * MINUTE });
    this.say(nour, "نص حُذف لاحقًا.", { at: now - 2 * MINUTE, parent: thanks.remote_id });
    this.remove(nour, nour.items.at(-1));
    const bot = this.open(person("deals@spam.example", "Deals Deals Deals", 12, { automated: true }), { labels: ["spam"] });
    this.say(bot, "Buy followers now!!!", { at: now - 30_000, warning: "advertising", attachments: [{ url: "https://spam.example/a.png", media_type: "image/png" }] });
    const again = this.open(ana, { status: "resolved" });
    this.say(again, "Does the green one come back in spring? I would order two.", { at: now - 40 * 24 * 60 * MINUTE });
    again.status = "resolved";
    again.waiting = undefined;
    this.changed(again, [this.turn(again, "tom", { turn: "resolved" }, now - 39 * 24 * 60 * MINUTE)]);
    return { first, jo, lee, nour, bot, again };
  }

  many(count) {
    for (let at = 0; at < count; at += 1) {
      const one = this.open({ id: `p${at}`, handle: `person_${at}@social.example`, display_name: `Person ${at}`, reach: at, automated: false });
      this.say(one, `Message number ${at}: where is my order?`, { at: 1_700_000_000_000 + at * 1000 });
    }
  }
}
