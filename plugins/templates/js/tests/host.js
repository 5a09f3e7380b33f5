// A host for tests on this machine: the imports `jackfield:plugin/…` lead to `globalThis.host`, which each test sets up.
// Loaded by `npm test` before the tests.

import { register } from "node:module";

globalThis.host = { network: () => { throw new Error("this test set up no network"); }, sent: [], lines: [], stored: new Map(), now: 0 };

const MODULES = {
  http: "export const send = (request) => { host.sent.push(request); return host.network(request); };",
  kv: "export const get = (k) => host.stored.get(k); export const set = (k, v) => { host.stored.set(k, v); }; const d = (k) => { host.stored.delete(k); }; export { d as delete };",
  log: "export const write = (level, text) => { host.lines.push(`${level}: ${text}`); };",
  clock: "export const nowMs = () => BigInt(host.now);",
  random: "export const bytes = (n) => new Uint8Array(n);",
};

const hooks = `
  const modules = ${JSON.stringify(MODULES)};
  export function resolve(name, context, next) {
    const found = /^jackfield:plugin\\/([a-z]+)@/.exec(name);
    if (!found) return next(name, context);
    return { url: "data:text/javascript," + encodeURIComponent(modules[found[1]]), shortCircuit: true };
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
