// The SDK for JavaScript, one file: the host's interfaces as they are documented in wit/host.wit, with the corners taken
// off. It is yours to change.
//
// Numbers of 64 bits are BigInt in the contract; here times are ordinary numbers of milliseconds. A result of the
// contract that is an error is thrown: throw `later()`, `credential()`, `refused()` or `unexpected()` out of any export.

import { send } from "jackfield:plugin/http@0.1.0";
import * as stored from "jackfield:plugin/kv@0.1.0";
import { write } from "jackfield:plugin/log@0.1.0";
import { nowMs } from "jackfield:plugin/clock@0.1.0";
import { bytes } from "jackfield:plugin/random@0.1.0";

const utf8 = { to: new TextEncoder(), from: new TextDecoder() };

/** Bytes of a text, and the text of bytes. */
export const encode = (text) => utf8.to.encode(text);
export const decode = (array) => utf8.from.decode(array);

// --- What can go wrong ------------------------------------------------------------------------------------------------

/** Try again, not before `ms` milliseconds where given. The host backs off and keeps the cursor. */
export const later = (ms) => ({ tag: "later", val: ms == null ? undefined : BigInt(Math.round(ms)) });
/** The credential is no longer good; say what to renew and where. The host stops calling until it is another one. */
export const credential = (text) => ({ tag: "credential", val: text });
/** The network understood and said no, in its own words. */
export const refused = (text) => ({ tag: "refused", val: text });
/** What came is not what the network documents; say what was expected and what came. */
export const unexpected = (text) => ({ tag: "unexpected", val: text });

/** For `publish`: a rule of the network, in words; nothing was sent. */
export const rule = (text) => ({ tag: "rule", val: text });
/** For `publish`: no answer is taken here any more. */
export const windowClosed = () => ({ tag: "window-closed" });

/**
 * What was thrown, without the wrapping around errors of imports. That wrapping is of another realm, for which
 * `instanceof Error` is false.
 */
const thrown = (error) => (typeof error === "object" && error !== null && "payload" in error ? error.payload : error);

/**
 * Runs the body of `publish`, whose errors are wrapped once more: a trouble becomes `trouble(…)`, a rule stays one.
 * A mistake in the plugin (a TypeError) stays an Error and ends the call, so that you see it.
 */
export function publishing(body) {
  try {
    return body();
  } catch (error) {
    const what = thrown(error);
    throw ["later", "credential", "refused", "unexpected"].includes(what?.tag) ? { tag: "trouble", val: what } : what;
  }
}

// --- Requests ---------------------------------------------------------------------------------------------------------

/** A header that holds a secret: the host puts the value in, between `before` and `after`. It is never seen here. */
export const secret = (name, before = "", after = "") => ({ tag: "secret", val: { name, before, after } });

/** `base` with these pairs as its query; undefined ones are left out. */
export function query(base, pairs) {
  const kept = Object.entries(pairs).filter(([, value]) => value !== undefined);
  const text = kept.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  return text ? `${base}?${text}` : base;
}

/**
 * Sends one request and waits for the whole answer.
 *
 * `bearer` names the secret for `Authorization: Bearer …`; `json` is a body; `headers` maps names to texts or to
 * `secret(…)`. What fails on the way is thrown as the trouble it means; an answer of any status is an `Answer`.
 *
 * @returns {Answer}
 */
export function request(method, url, { headers = {}, bearer, json, body, timeoutMs = 0 } = {}) {
  const all = { ...headers };
  if (bearer) all.authorization = secret(bearer, "Bearer ");
  if (json !== undefined) {
    all["content-type"] = "application/json";
    body = encode(JSON.stringify(json));
  }
  const list = Object.entries(all).map(([name, value]) => ({
    name,
    value: typeof value === "string" ? { tag: "plain", val: value } : value,
  }));
  try {
    return new Answer(send({ method, url, headers: list, body: body ?? new Uint8Array(), timeoutMs }));
  } catch (error) {
    const failure = thrown(error);
    switch (failure?.tag) {
      case "not-granted":
      case "invalid":
        throw refused(failure.val);
      case "unreachable":
      case "timed-out":
      case "over-budget":
        throw later();
      case "too-large":
        throw unexpected(`The answer is larger than the ${failure.val} bytes this connection allows.`);
      default:
        throw failure;
    }
  }
}

/** What the network answered. */
export class Answer {
  constructor(response) {
    this.status = response.status;
    this.headers = response.headers;
    this.bytes = response.body;
  }

  /** The first header of this name, in lower case. */
  header(name) {
    return this.headers.find(([known]) => known === name)?.[1];
  }

  text() {
    return decode(this.bytes);
  }

  /** The body as JSON. */
  json() {
    try {
      return JSON.parse(this.text());
    } catch (error) {
      throw unexpected(`The answer is no JSON: ${error.message}`);
    }
  }

  /** This answer where the status is 2xx; else the trouble it means is thrown. */
  ok() {
    if (this.status >= 200 && this.status < 300) return this;
    if (this.status === 401) throw credential(`The network does not accept the credential (401): ${this.words()}`);
    if ([408, 425, 429].includes(this.status) || this.status >= 500) throw later(this.retryAfterMs());
    if (this.status < 400) throw unexpected(`The network sends us elsewhere (${this.status}) and the way ends there.`);
    throw refused(`The network says no (${this.status}): ${this.words()}`);
  }

  /** `Retry-After`, in seconds or as a date. */
  retryAfterMs() {
    const text = this.header("retry-after");
    if (text === undefined) return undefined;
    const seconds = Number(text);
    const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now();
    return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
  }

  /** The network's own words about a refusal. */
  words() {
    let text = this.text();
    try {
      const said = JSON.parse(text);
      text = said.error_description ?? said.error ?? said.message ?? said.detail ?? text;
    } catch {
      // Not JSON: the beginning of the body is what there is.
    }
    return String(text).trim().slice(0, 300) || "no reason was given";
  }
}

// --- The rest of the host ---------------------------------------------------------------------------------------------

/** Values of this connection, stored together with what the call returns, or not at all. */
export const kv = {
  get: (key) => {
    const value = stored.get(key);
    return value === undefined ? undefined : decode(value);
  },
  set: (key, text) => stored.set(key, encode(text)),
  delete: (key) => stored.delete(key),
};

/** Lines for the operator. */
export const log = Object.fromEntries(
  ["debug", "info", "warn", "error"].map((level) => [level, (text) => write(level, String(text))]),
);

/** Milliseconds since 1970, by the host's clock. `Date.now()` would be the moment of the build. */
export const now = () => Number(nowMs());
/** Random bytes; `Math.random()` gives the same numbers in every instance. */
export const random = (length) => bytes(length);

/** Milliseconds of an RFC 3339 time. */
export function time(text) {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw unexpected(`${JSON.stringify(text)} is no time as RFC 3339 has it.`);
  return ms;
}

// --- Records of the contract, with what is usual filled in --------------------------------------------------------------

/** An event; see wit/types.wit. `said`, or `deleted: true`, or `other: "word"`. */
export function event({ id, at, thread, said, deleted, other, revision = 0, ...more }) {
  const content = said && { title: undefined, spans: [], attachments: [], language: undefined, warning: undefined, ...said };
  const kind = deleted ? { tag: "deleted" } : content ? { tag: "said", val: content } : { tag: "other", val: String(other) };
  return {
    remoteId: id,
    revision: BigInt(revision),
    at: BigInt(at),
    kind,
    thread: thread ?? id,
    parent: undefined,
    visibility: { tag: "public" },
    ours: false,
    context: false,
    url: undefined,
    ...more,
  };
}

/** What a poll found: events oldest first, and where to go on (a text). */
export const batch = (events, { cursor, more = false, notBeforeMs } = {}) => ({
  events,
  cursor: cursor === undefined ? undefined : encode(cursor),
  more,
  notBeforeMs: notBeforeMs === undefined ? undefined : BigInt(notBeforeMs),
});

/** The network has it. */
export const receipt = (id, at, url) => ({ remoteId: id, url, at: BigInt(at) });
