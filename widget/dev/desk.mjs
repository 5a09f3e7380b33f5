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
    this.lookers = new Map();
    this.presence = new Map([["mia", "here"]]);
    this.version = "3f9c2a7e51b04d88";
  }

  // The work on an item.
  work(one) {
    return (one.work ??= { stage: one.owner ? "assigned" : "waiting", since: one.last, tier: "agent", queue: "public" });
  }

  due(one) {
    if (!one.waiting || !OPEN.includes(this.stage(one))) return null;
    const at = one.waiting + (one.target ?? this.target);
    return { what: one.items.some((item) => item.type === "reply") ? "next-response" : "first-response", at, warn: at - 15 * MINUTE };
  }

  stage(one) {
    if (one.status === "resolved") return "resolved";
    const { stage } = this.work(one);
    return stage === "waiting" && one.owner ? "assigned" : stage;
  }

  row(one) {
    if (!this.on) return {};
    const { tier, queue, offered_to, until, since } = this.work(one);
    const due = this.due(one);
    return { work: { stage: this.stage(one), since, tier, queue, ...(offered_to ? { offered_to } : {}), ...(until ? { until } : {}), ...(due ? { due } : {}) } };
  }

  view(one) {
    if (!this.on) return {};
    const work = this.work(one);
    const due = this.due(one);
    const still = ["waiting-for-others", "snoozed"].includes(work.stage);
    const clock = { round: 0, target: "public", policy: 1, started: one.last, missed: false };
    const clocks = [
      ...(due ? [{ ...clock, kind: due.what, due: due.at, warn: due.warn }] : []),
      { ...clock, kind: "resolve", ...(one.status === "resolved" ? { ended: Date.now() } : still ? { paused: work.since } : { due: one.last + 24 * 60 * MINUTE }) },
    ];
    const tier = {
      tier: work.tier, since: work.since, because: `It came to tier ${work.tier} because it is ${work.queue === "public" ? "said in public" : "written to us alone"}.`,
      ...(work.tier === "agent" && one.waiting ? { due: one.waiting + 2 * this.target, then: "specialist" } : {}),
    };
    return { work: { row: this.row(one).work, because: one.owner ? [`${one.owner} has it: they took it.`] : [], clocks, tier, owed: work.owed ?? [] } };
  }

  points(one) {
    const reach = one.person.reach ?? 0;
    const open = one.items.findLast((item) => item.type === "message" && !item.ours && !item.context)?.visibility !== "direct";
    return [...(open ? [["said in public", 1]] : []), ...(reach >= 10_000 ? [["reaches many", 2]] : []), ...(one.labels.includes("complaint") ? [["a complaint", 1]] : [])];
  }

  // The gate.
  check(agent, one, { text, visibility, meant = [] }) {
    const found = [];
    const chars = (at) => [...text.slice(0, at)].length;
    const find = (pattern, make) => {
      for (const match of text.matchAll(pattern)) found.push({ span: [chars(match.index), chars(match.index + match[0].length)], words: match[0], ...make(match) });
    };
    const open = visibility !== "direct";
    for (const [word, suggestion] of this.forbidden)
      find(new RegExp(word.replaceAll("e", "[e3]").replaceAll("a", "[a4@]"), "gi"), ([found]) => ({ rule: "forbidden-word", severity: "block", reason: `Northwind does not say “${word}”${found.toLowerCase() === word ? "" : `, not even as “${found}”`}.`, suggestion }));
    for (const [wrong, right] of SPELLING) find(new RegExp(`\\b${wrong}\\b`, "g"), () => ({ rule: "spelling", severity: "ask", reason: "The dictionary has no such word.", suggestion: right }));
    if (open) find(/\b\d{8,}\b/g, () => ({ rule: "personal-data", severity: "block", reason: "A long number where strangers can read it." }));
    find(/\b(tomorrow|guarantee)\b/gi, ([found]) => ({ rule: "promise", severity: this.promisers.has(agent) ? "note" : "block", firm: !this.promisers.has(agent), reason: this.promisers.has(agent) ? `“${found}” is a promise.` : `${agent} may not promise anything. Ask ${[...this.promisers].join(" or ")} to send it.` }));
    const name = (one.person.display_name ?? one.person.handle).split(" ")[0];
    find(/\b(?:Hello|Hi|Dear) (\p{Lu}\p{L}+)/gu, ([, found]) => found === name ? {} : { rule: "wrong-person", severity: "ask", reason: `This person is called ${name}.` });
    const needs = (one) => {
      const said = meant.find((m) => m.rule === one.rule && m.words === one.words);
      if (one.severity === "note" || (said && !one.firm && (one.severity === "ask" || said.why.trim()))) return "nothing";
      return one.severity === "ask" ? "word" : one.firm ? "change" : "override";
    };
    const findings = found.filter((one) => one.rule).map(({ firm, ...one }) => ({ ...one, needs: needs({ firm, ...one }) })).sort((a, b) => a.span[0] - b.span[0]);
    const points = [...this.points(one), ...(findings.some((one) => one.rule === "promise") ? [["a promise", 1]] : [])];
    const total = points.reduce((sum, [, n]) => sum + n, 0);
    const signature = `^${agent}`;
    return { policy: this.version, text: `${text.trim()} ${signature}`, signature, findings, risk: { points, total, readers: open && total >= this.readersFrom ? 1 : 0 }, clear: findings.every((one) => one.needs === "nothing") };
  }

  /** What stands in the way of a text that somebody wrote having seen `seen`. */
  stop(one, judged, seen) {
    const { refuse } = this.world;
    if (seen !== undefined && seen < (one.heard ?? 0)) return refuse("thread-moved", "The person wrote or changed something after what you saw: read it, then send the reply again.", "seen");
    if (judged.clear) return null;
    const open = judged.findings.filter((one) => one.needs !== "nothing");
    const repair = { word: "Change it, or say that it is meant.", override: "Change it, or say why it goes out all the same.", change: "Change it." };
    return refuse(open.every((one) => one.needs === "word") ? "reply-ask" : "reply-blocked", open.map((one) => `${one.reason} ${repair[one.needs]}`).join(" "), "text");
  }

  // A reply that is asked for: refused, held for readers, or free to go.
  reply(agent, one, what) {
    const holder = this.holder(one.id);
    if (holder && holder !== agent) return this.world.refuse("reply-locked", `${holder} is writing a reply here. Wait, or talk to ${holder}.`);
    const judged = this.check(agent, one, what);
    const stop = this.stop(one, judged, what.seen);
    if (stop) return stop;
    const pass = { policy: judged.policy, signature: judged.signature, findings: judged.findings, overrides: (what.meant ?? []).map((one) => ({ ...one, by: agent })), risk: judged.risk, read_by: [] };
    if (!judged.risk.readers) return { text: judged.text, pass };
    return { text: judged.text, pass, approval: { author: agent, edition: 1, readers: judged.risk.readers, approved: [], suggested: [], stands: "waiting", expires_at: Date.now() + 8 * 60 * MINUTE } };
  }

  may(agent, { stands, author, approved }) {
    if (!["waiting", "ready"].includes(stands)) return [];
    if (agent === author) return ["supersede", "withdraw"];
    return approved.some((one) => one.by === agent) ? [] : ["approve", "suggest", "return"];
  }

  standing(agent, one, reply) {
    const { approval, pass } = reply;
    const words = { waiting: "It waits for one reader.", ready: "It can go out.", rejected: `${approval?.by} said no: ${approval?.why}`, withdrawn: `${reply.by} took it back.`, published: "It went out." };
    return {
      conversation: one.id, reply: reply.command, by: reply.by, text: reply.text, visibility: reply.visibility, asked_at: reply.at,
      stands: approval?.stands ?? "free", words: words[approval?.stands] ?? "Nobody has to read it.", edition: approval?.edition ?? 0, readers: approval?.readers ?? 0,
      approved: pass?.read_by.length ? pass.read_by : approval?.approved ?? [],
      suggested: (approval?.suggested ?? []).map((one) => ({ ...one, difference: difference(reply.text, one.text) })),
      ...(approval ? { expires_at: approval.expires_at } : {}), policy: pass?.policy ?? "", signature: pass?.signature ?? "", findings: pass?.findings ?? [], overrides: pass?.overrides ?? [],
      risk: pass?.risk ?? { points: [], total: 0, readers: 0 }, may: approval ? this.may(agent, approval) : [],
    };
  }

  approvals(agent) {
    const all = [...this.world.conversations.values()].flatMap((one) => one.items.filter((item) => ["waiting", "ready"].includes(item.approval?.stands)).map((item) => this.standing(agent, one, item)));
    return all.filter((one) => one.by === agent || one.may.length).sort((a, b) => a.expires_at - b.expires_at);
  }

  item(item) {
    const { approval, pass, ...rest } = item;
    return rest;
  }

  // The person wrote: what was approved is void.
  moved(one) {
    const open = one.items.filter((item) => ["waiting", "ready"].includes(item.approval?.stands));
    for (const { approval } of open) Object.assign(approval, { approved: [], stands: "waiting" });
    return open;
  }

  // What is said about a reply that waits for readers.
  read(agent, one, reply, what) {
    const { refuse } = this.world;
    const { approval } = reply;
    if (!approval || !this.may(agent, approval).includes(what.do)) return refuse("approval-author", agent === reply.by ? "Nobody approves their own reply. Ask a colleague." : "This is no longer to be read.");
    if (what.edition !== undefined && what.edition !== approval.edition) return refuse("approval-superseded", "The text has changed since you read it. Read it again.");
    const judged = what.do === "supersede" && this.check(agent, one, { ...what, visibility: reply.visibility });
    const stop = this.stop(one, judged || { clear: true }, what.seen);
    if (stop) return stop;
    switch (what.do) {
      case "approve":
        approval.approved.push({ by: agent, at: Date.now() });
        if (approval.approved.length >= approval.readers) this.publish(one, reply);
        break;
      case "suggest":
        approval.suggested.push({ by: agent, text: what.text, why: what.why });
        break;
      case "return":
        Object.assign(approval, { stands: "rejected", by: agent, why: what.why });
        reply.delivery = { state: "failed", reason: `${agent} said no: ${what.why}` };
        break;
      case "withdraw":
        approval.stands = "withdrawn";
        reply.delivery = { state: "failed", reason: `${agent} took it back.` };
        break;
      default:
        Object.assign(reply, { text: judged.text, delivery: { state: "queued", reason: "It waits for one reader." } });
        Object.assign(approval, { edition: approval.edition + 1, approved: [], suggested: [], stands: "waiting" });
    }
    return { items: [reply] };
  }

  publish(one, reply) {
    Object.assign(reply.approval, { stands: "published" });
    reply.pass.read_by = reply.approval.approved;
    reply.delivery = { state: "queued" };
    setTimeout(() => this.world.send(one, reply), 150);
  }

  // What moves the work.
  act(agent, one, what) {
    const { refuse } = this.world;
    const work = this.work(one);
    const turn = (turn) => ({ items: [this.world.turn(one, agent, turn)] });
    switch (what.do) {
      case "accept":
        if (work.offered_to !== agent) return refuse("work-not-offered", "This is not offered to you.");
        Object.assign(work, { stage: "assigned", offered_to: undefined });
        one.owner = agent;
        return turn({ turn: "taken" });
      case "decline":
        Object.assign(work, { stage: "waiting", offered_to: undefined });
        return { items: [] };
      case "tier":
        Object.assign(work, { tier: what.tier, stage: "waiting" });
        one.owner = undefined;
        return turn({ turn: "handed-over", why: what.why });
      case "release":
        Object.assign(work, { stage: "waiting" });
        one.owner = undefined;
        return turn({ turn: "handed-over", why: what.why });
      case "wait-for": Object.assign(work, { stage: "waiting-for-others", since: Date.now() }); return { items: [] };
      case "snooze": Object.assign(work, { stage: "snoozed", since: Date.now(), until: what.until }); return { items: [] };
      case "resume": Object.assign(work, { stage: one.owner ? "assigned" : "waiting", until: undefined }); return { items: [] };
      case "noise": Object.assign(work, { stage: "noise" }); return { items: [] };
      default: return refuse("body-field", `There is nothing called ${what.do} to do.`, "work.do");
    }
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

  lookAway(agent, id) {
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

  policy(agent) {
    return {
      version: this.version, signs: `^${agent}`, roles: [this.promisers.has(agent) ? "lead" : "agent"], may: ["work", "reply", "approve"],
      authority: [`In northwind, ${[...this.promisers].join(" or ")} may promise something.`, "What is not named here is not allowed."],
      voice: [...this.forbidden].map(([word, instead]) => `Nobody writes “${word}”, also disguised; “${instead}” is better.`),
    };
  }

  // The desk's own paths; nothing where the host has none of them.
  async answer(agent, request, parts, body) {
    if (!this.on) return null;
    const [first, id, what, reply] = parts;
    const ok = (answer) => ({ status: 200, answer });
    if (first === "approvals") return ok(this.approvals(agent));
    if (first === "presence") {
      if (request.method === "POST") this.presence.set(agent, (await body()).presence);
      return ok({ presence: this.presence.get(agent) ?? "away", load: 0, capacity: 5 });
    }
    if (first === "policy" && parts.length === 1) return ok(this.policy(agent));
    const one = first === "conversations" && this.world.conversations.get(id);
    if (!one) return null;
    const once = (asked, decide) => this.world.once(agent, one, asked.id, decide);
    if (what === "check") return ok(this.check(agent, one, await body()));
    if (what === "work") {
      const asked = await body();
      return once(asked, () => this.act(agent, one, asked.work));
    }
    if (what === "replies") {
      const asked = request.method === "POST" ? await body() : null;
      const known = () => one.items.find((item) => item.command === (reply ?? asked.id));
      if (reply && !known()) return { status: 404, answer: { code: "reply-unknown", message: "There is no such reply in this conversation." } };
      if (!asked) return ok(this.standing(agent, one, known()));
      const done = once(asked, () => reply ? this.read(agent, one, known(), asked.act) : this.world.decide(agent, one, asked.id, { do: "reply", ...asked }));
      return done.status === 200 ? ok({ done: done.answer, standing: this.standing(agent, one, known()) }) : done;
    }
    if (what === "looking" && request.method === "DELETE") {
      this.lookAway(agent, id);
      return ok({});
    }
    if (what === "looking") return ok(this.look(agent, id, (await body()).writing));
    return null;
  }
}

// The difference of two texts, word by word.
function difference(old, now) {
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
