// The state behind what only the desk asks: the work on an item, the gate, readers, who is looking, the policies. A program
// with a few rules of its own, so that what one agent does is met by another; the rules of the product are host/desk.

const MINUTE = 60_000;
const OPEN = ["new", "waiting", "offered", "assigned", "reopened"];
const SPELLING = new Map([["recieve", "receive"], ["definately", "definitely"], ["adress", "address"]]);

export class Desk {
  constructor(world) {
    this.world = world;
    /** Off: a host that answers none of it. */
    this.on = false;
    this.lease = 30_000;
    this.target = 120 * MINUTE;
    this.forbidden = new Map([["cheap", "good value"]]);
    this.readersFrom = 4;
    this.promisers = new Set(["mia", "sue"]);
    this.away = new Set();
    this.lookers = new Map();
    this.applied = { version: "3f9c2a7e51b04d88", at: Date.now() - 6 * 24 * 60 * MINUTE, who: "sue", why: "Christmas: more readers for what reaches far." };
  }

  // The work on an item.
  work(one) {
    return (one.work ??= { stage: one.owner ? "assigned" : "waiting", since: one.last, tier: "agent", queue: "public", may: {} });
  }

  due(one) {
    if (!one.waiting || !OPEN.includes(this.stage(one))) return null;
    const at = one.waiting + (one.target ?? this.target);
    return { clock: one.items.some((item) => item.type === "reply") ? "next-response" : "first-response", at, warn_at: at - 15 * MINUTE };
  }

  stage(one) {
    if (one.status === "resolved") return "resolved";
    const { stage } = this.work(one);
    return stage === "waiting" && one.owner ? "assigned" : stage;
  }

  row(one) {
    if (!this.on) return {};
    const { tier, queue, offered_to } = this.work(one);
    const due = this.due(one);
    return { stage: this.stage(one), tier, queue, ...(offered_to ? { offered_to } : {}), ...(due ? { due } : {}) };
  }

  view(agent, one) {
    if (!this.on) return {};
    const work = this.work(one);
    const due = this.due(one);
    const paused = ["waiting-for-person", "waiting-for-others", "snoozed"].includes(work.stage);
    const clocks = [
      ...(due ? [{ ...due, due: due.at, state: "running" }] : []),
      { clock: "resolve", due: one.waiting ? one.waiting + 24 * 60 * MINUTE : undefined, state: one.status === "resolved" ? "met" : paused ? "paused" : "running", ...(paused ? { why: work.stage } : {}) },
    ];
    const points = this.points(one);
    return {
      work: {
        stage: this.stage(one), since: work.since, queue: work.queue, tier: work.tier, tier_because: `It came to tier ${work.tier} because it is ${work.queue === "public" ? "said in public" : "written to us alone"}.`,
        ...(work.tier === "agent" && one.waiting ? { tier_due: { at: one.waiting + 2 * this.target, then: "specialist" } } : {}),
        clocks, priority: { sum: points.reduce((sum, [, n]) => sum + n, 0), points }, promise: this.promise(), said: one.said ?? 0, may: this.may(agent, one),
      },
    };
  }

  may(agent, one) {
    const work = this.work(one);
    const mine = one.owner === agent;
    return [
      ...(work.offered_to === agent ? ["accept", "decline"] : []),
      ...(mine && work.tier === "agent" ? ["escalate"] : []),
      ...(work.tier === "specialist" ? ["return-down"] : []),
      ...(mine && one.status === "open" && this.stage(one) === "assigned" ? ["wait", "snooze"] : []),
      ...(one.status === "resolved" && work.stage !== "closed" ? ["close"] : []),
    ];
  }

  points(one) {
    const reach = one.person.reach ?? 0;
    const public_ = one.items.findLast((item) => item.type === "message" && !item.ours && !item.context)?.visibility !== "direct";
    return [...(public_ ? [["said in public", 1]] : []), ...(reach >= 10_000 ? [["reaches many", 2]] : []), ...(one.labels.includes("complaint") ? [["a complaint", 1]] : [])];
  }

  promise() { return `We answer within ${this.target / (60 * MINUTE)} hours on weekdays from 9:00 to 17:00.`; }

  mine(agent) {
    return [...this.world.conversations.values()].filter((one) => one.status === "open"
      && (one.owner === agent || this.work(one).offered_to === agent
        || one.items.some((item) => item.approval && this.readerMay(agent, item.approval).includes("approve"))));
  }

  home(agent) {
    const mine = this.mine(agent);
    const next = mine.map((one) => ({ one, due: this.due(one) })).filter(({ due }) => due).sort((a, b) => a.due.at - b.due.at)[0];
    const waiting = [...this.world.conversations.values()].filter((one) => one.status === "open" && !one.owner).length;
    return { mine: mine.length, ...(next ? { next: { conversation: next.one.id, ...next.due } } : {}), queues: [{ name: "public", waiting }], presence: { is: this.away.has(agent) ? "away" : "free" }, feed: this.world.head };
  }

  // The gate.
  check(agent, one, { text, visibility, meant = [] }) {
    const findings = [];
    const chars = (at) => [...text.slice(0, at)].length;
    const find = (pattern, make) => {
      for (const match of text.matchAll(pattern)) findings.push({ span: [chars(match.index), chars(match.index + match[0].length)], ...make(match) });
    };
    const open = visibility !== "direct";
    for (const [word, suggestion] of this.forbidden)
      find(new RegExp(word.replaceAll("e", "[e3]").replaceAll("a", "[a4@]"), "gi"), ([found]) => ({ rule: "forbidden-word", severity: "block", reason: `Northwind does not say “${word}”${found.toLowerCase() === word ? "" : `, not even as “${found}”`}.`, suggestion }));
    for (const [wrong, right] of SPELLING) find(new RegExp(`\\b${wrong}\\b`, "g"), () => ({ rule: "spelling", severity: "ask", reason: "The dictionary has no such word.", suggestion: right }));
    if (open) find(/\b\d{8,}\b/g, () => ({ rule: "personal-data", severity: "block", reason: "A long number where strangers can read it." }));
    find(/\b(tomorrow|guarantee)\b/gi, ([found]) => ({ rule: "promise", severity: "note", reason: `“${found}” is a promise.` }));
    const name = (one.person.display_name ?? one.person.handle).split(" ")[0];
    find(/\b(?:Hello|Hi|Dear) (\p{Lu}\p{L}+)/gu, ([, found]) => found === name ? {} : { rule: "wrong-person", severity: "ask", reason: `This person is called ${name}.` });
    const kept = findings.filter((one) => one.rule);
    const points = [...this.points(one), ...kept.filter((one) => one.rule === "promise").slice(0, 1).map(() => ["a promise", 1])];
    const readers = open && points.reduce((sum, [, n]) => sum + n, 0) >= this.readersFrom ? 1 : 0;
    const words = ([from, to]) => [...text].slice(from, to).join("");
    const said = (one) => meant.some((m) => m.rule === one.rule && m.words === words(one.span) && (one.severity !== "block" || m.why.trim()));
    const missing = kept.filter((one) => one.severity !== "note" && !said(one));
    const authority = kept.some((one) => one.rule === "promise") && !this.promisers.has(agent) ? [`${agent} may not promise anything for northwind. Ask ${[...this.promisers].join(" or ")} to send it.`] : [];
    return { policy: this.applied.version, findings: kept, risk: { points, readers }, missing: missing.map((one) => `${one.reason} ${one.severity === "block" ? "Change it, or have it overridden by somebody who may." : "Change it, or say that it is meant."}`), authority, goes_out_as: `${text.trim()} ^${agent}`, worst: missing.some((one) => one.severity === "block") ? "gate-blocks" : "gate-asks" };
  }

  // A reply that is asked for: refused, held for readers, or free to go.
  reply(agent, one, what) {
    const { refuse } = this.world;
    if (what.said !== undefined && what.said < (one.said ?? 0)) return refuse("overtaken", "The person has written since you began. Read it, then send again.");
    const holder = this.holder(one.id);
    if (holder && holder !== agent) return refuse("reply-locked", `${holder} is writing a reply here. Wait, or talk to ${holder}.`);
    const check = this.check(agent, one, what);
    if (check.authority.length) return refuse("authority", check.authority.join(" "), "command.text");
    if (check.missing.length) return refuse(check.worst, check.missing.join(" "), "command.text");
    const pass = { policy: check.policy, read_by: [], meant: (what.meant ?? []).map((one) => ({ ...one, by: agent })), risk: check.risk, notes: check.findings };
    if (!check.risk.readers) return { pass };
    return { pass, approval: { author: agent, edition: 1, readers: check.risk.readers, approved: [], suggested: [], stands: "waiting", said: one.said ?? 0, overtaken: false, expires_at: Date.now() + 240 * MINUTE, first: what.text, read: new Map() } };
  }

  readerMay(agent, approval) {
    if (approval.stands === "rejected" && agent === approval.author) return ["change", "withdraw"];
    if (!["waiting", "ready"].includes(approval.stands)) return [];
    if (agent === approval.author) return ["change", "withdraw"];
    return approval.approved.some((one) => one.by === agent) ? [] : ["approve", "return", "suggest"];
  }

  item(agent, item) {
    if (!this.on || !item.approval) return item;
    const { author, first, read, ...approval } = item.approval;
    const difference = approval.edition > 1 ? words(read.get(agent) ?? first, item.text) : [];
    return { ...item, approval: { ...approval, may: this.readerMay(agent, item.approval), difference } };
  }

  // The person wrote: what was approved is void.
  moved(one) {
    one.said = (one.said ?? 0) + 1;
    const open = one.items.filter((item) => item.approval && ["waiting", "ready"].includes(item.approval.stands));
    for (const { approval } of open) Object.assign(approval, { overtaken: true, approved: [], stands: "waiting" });
    return open;
  }

  // What readers and authors do, and what moves the work; nothing where it is no command of the desk.
  command(agent, one, what) {
    const { refuse } = this.world;
    const work = this.work(one);
    const moved = (turn) => ({ items: turn ? [this.world.turn(one, agent, turn)] : [] });
    const reply = one.items.find((item) => item.command === what.reply && item.approval);
    const reader = ["approve", "suggest", "return", "change", "withdraw"].includes(what.do);
    if (reader) {
      if (!reply) return refuse("unknown-reply", "There is no such reply to read.");
      const { approval } = reply;
      if (what.edition !== undefined && what.edition !== approval.edition) return refuse("superseded", "The text has changed since you read it. Read it again.");
      if (what.do === "approve" && what.said < (one.said ?? 0)) return refuse("overtaken", "The person has written since you read this. Read it with the new message.");
      if (!this.readerMay(agent, approval).includes(what.do)) return refuse("not-yours", agent === approval.author ? "Nobody approves their own reply. Ask a colleague." : "This is no longer to be read.");
      if (what.do === "approve") {
        approval.read.set(agent, reply.text);
        Object.assign(approval, { overtaken: false, said: one.said ?? 0 });
        approval.approved.push({ by: agent, at: Date.now() });
        if (approval.approved.length >= approval.readers) this.publish(one, reply);
      }
      if (what.do === "suggest") {
        approval.read.set(agent, reply.text);
        approval.suggested.push({ by: agent, text: what.text, why: what.why });
      }
      if (what.do === "return") {
        approval.read.set(agent, reply.text);
        Object.assign(approval, { stands: "rejected", by: agent, why: what.why });
        reply.delivery = { state: "failed", reason: `${agent} gave it back: ${what.why}` };
      }
      if (what.do === "withdraw") {
        approval.stands = "withdrawn";
        reply.delivery = { state: "failed", reason: `${agent} took it back` };
      }
      if (what.do === "change") {
        const check = this.check(agent, one, { ...what, visibility: reply.visibility });
        if (check.missing.length) return refuse(check.worst, check.missing.join(" "), "command.text");
        reply.text = what.text;
        reply.delivery = { state: "queued", reason: "It waits for one reader." };
        Object.assign(approval, { edition: approval.edition + 1, approved: [], suggested: [], stands: "waiting", overtaken: false, said: one.said ?? 0 });
        delete approval.by;
        delete approval.why;
      }
      return { items: [reply] };
    }
    switch (what.do) {
      case "accept":
        if (work.offered_to !== agent) return refuse("not-offered", "This is not offered to you.");
        Object.assign(work, { stage: "assigned", offered_to: undefined });
        one.owner = agent;
        return moved({ turn: "taken" });
      case "decline":
        Object.assign(work, { stage: "waiting", offered_to: undefined });
        return moved({ turn: "handed-over", why: what.why });
      case "escalate":
        Object.assign(work, { tier: "specialist", stage: "waiting" });
        one.owner = undefined;
        return moved({ turn: "handed-over", why: what.why });
      case "return-down":
        Object.assign(work, { tier: "agent", stage: "waiting" });
        return moved({ turn: "handed-over", why: what.why });
      case "wait": work.stage = `waiting-for-${what.on}`; return moved();
      case "snooze": work.stage = "snoozed"; return moved();
      case "close": work.stage = "closed"; return moved();
      default: return null;
    }
  }

  publish(one, reply) {
    Object.assign(reply.approval, { stands: "published" });
    reply.pass.read_by = reply.approval.approved;
    reply.delivery = { state: "queued" };
    setTimeout(() => this.world.send(one, reply), 150);
  }

  // Who is looking.
  look(agent, id, writing) {
    const here = this.lookers.get(id) ?? this.lookers.set(id, new Map()).get(id);
    const before = JSON.stringify([...here.entries()].map(([who, one]) => [who, one.writing]));
    const since = writing ? here.get(agent)?.since ?? Date.now() : undefined;
    here.set(agent, { writing, since, until: Date.now() + this.lease });
    setTimeout(() => this.sweep(id), this.lease + 5).unref();
    if (before !== JSON.stringify([...here.entries()].map(([who, one]) => [who, one.writing]))) this.tell(id);
    return this.looking(agent, id);
  }

  away_(agent, id) {
    if (this.lookers.get(id)?.delete(agent)) this.tell(id);
  }

  sweep(id) {
    const here = this.lookers.get(id) ?? new Map();
    const gone = [...here].filter(([, one]) => one.until <= Date.now());
    for (const [who] of gone) here.delete(who);
    if (gone.length) this.tell(id);
  }

  holder(id) {
    const writing = [...(this.lookers.get(id) ?? [])].filter(([, one]) => one.writing && one.until > Date.now());
    return writing.sort((a, b) => a[1].since - b[1].since)[0]?.[0];
  }

  looking(agent, id) {
    const others = [...(this.lookers.get(id) ?? [])].filter(([who]) => who !== agent).map(([who, { writing, until }]) => ({ agent: who, writing, until }));
    const lock = this.holder(id);
    return { others, ...(lock && lock !== agent ? { lock } : {}) };
  }

  tell(id) {
    for (const { agent, response } of this.world.listeners) this.world.write(response, "looking", { type: "looking", conversation: id, ...this.looking(agent, id) });
  }

  policyWords() {
    return {
      ...this.applied, promises: [this.promise()],
      parts: [
        { title: "Words", lines: [...this.forbidden].map(([word, instead]) => `Nobody writes “${word}”, also disguised; “${instead}” is better.`) },
        { title: "Readers", lines: [`From ${this.readersFrom} points on, one person reads a public reply before it goes out.`, "Said in public: 1 point. Reaches 10,000 people or more: 2 points. A complaint: 1 point. A promise: 1 point."] },
        { title: "Who may do what", lines: [`In northwind, ${[...this.promisers].join(" or ")} may promise something.`, "What is not named here is not allowed."] },
        { title: "Clocks", lines: [`The first answer is due ${this.target / MINUTE} minutes after the message; 15 minutes before, it is warned of.`, "While we wait for the person, the clock stands still."] },
      ],
    };
  }

  // The desk's own paths; nothing where the host has none of them.
  async answer(agent, request, parts, body) {
    if (!this.on) return null;
    const [first, id, last] = parts;
    if (first === "desk" && parts.length === 1) return { status: 200, answer: this.home(agent) };
    if (first === "desk" && id === "presence") {
      if ((await body()).is === "away") this.away.add(agent);
      else this.away.delete(agent);
      return { status: 200, answer: this.home(agent) };
    }
    if (first === "policy" && id === "words") return { status: 200, answer: this.policyWords() };
    const one = first === "conversations" && this.world.conversations.get(id);
    if (!one) return null;
    if (last === "check") return { status: 200, answer: this.check(agent, one, await body()) };
    if (last === "looking" && request.method === "DELETE") {
      this.away_(agent, id);
      return { status: 200, answer: {} };
    }
    if (last === "looking") return { status: 200, answer: this.look(agent, id, (await body()).writing) };
    return null;
  }
}

// The difference of two texts, word by word.
function words(old, now) {
  const [a, b] = [old, now].map((text) => text.split(/(?<=\s)/));
  const best = Array.from({ length: a.length + 1 }, () => Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1) best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  const pieces = [];
  const put = (change, text) => {
    if (pieces.at(-1)?.change === change) pieces.at(-1).text += text;
    else pieces.push({ change, text });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) put("same", a[i++]), j++;
    else if (i < a.length && (j >= b.length || best[i + 1][j] >= best[i][j + 1])) put("removed", a[i++]);
    else put("added", b[j++]);
  }
  return pieces;
}
