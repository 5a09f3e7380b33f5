// What the browser tests start, and how they wait: real programs on free loopback ports, ended by their own process.
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const BIN = process.env.JACKFIELD_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug/jackfield");
const VENV = process.env.JACKFIELD_VENV ?? join(ROOT, ".venv");
const KEY = "a key of the tests that is long enough to be one";

/// The Python of the counterparties, or the reason why a test has to be skipped.
export const python = () => join(VENV, "bin/python");
export const missing = () => {
  if (!existsSync(BIN)) return `${BIN} is missing: run \`cargo xtask build\``;
  if (!existsSync(python())) return "the Python counterparties are missing: run `cargo xtask test`, which installs them";
  return false;
};

/// Asks again and again until the answer is truthy; the last answer is part of the failure.
export async function until(what, ask, within = 20_000) {
  const end = Date.now() + within;
  for (;;) {
    let last;
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${within} ms for: ${what}; last answer: ${last?.stack ?? JSON.stringify(last)}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

export const freePort = () =>
  new Promise((done) => {
    const socket = createSocket().listen(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });

/// A child that is ended with the test; its last lines are kept for a failure's message.
export function child(t, command, args, env = {}) {
  const process_ = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [process_.stdout, process_.stderr])
    createInterface({ input: stream }).on("line", (line) => {
      said.push(line);
      if (said.length > 400) said.shift();
    });
  const ended = new Promise((done) => process_.on("exit", done));
  t.after(async () => {
    process_.kill("SIGTERM");
    const hard = setTimeout(() => process_.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(hard);
  });
  return { process: process_, said, ended };
}

export async function up(url, running) {
  let over = false;
  running.ended.then(() => (over = true));
  await until(`${url} to answer`, async () => {
    if (over) throw new Error(`it ended: ${running.said.join("\n")}`);
    return (await fetch(url)).status < 500;
  }, 60_000);
}

const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/// A token as the page's own server would mint it.
export function token({ origin, agent = "mia", brand = "northwind", seconds = 900 }) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "tests", aud: "jackfield", sub: agent, tenant: "demo", brand, origin, jti: randomUUID(), iat: now, exp: now + seconds };
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${body}.${createHmac("sha256", KEY).update(body).digest("base64url")}`;
}

/// A third-party Mastodon, seeded with the brand's account and two customers.
export async function mastodon(t) {
  const dir = folder(t);
  const port = await freePort();
  const account = (username, name) => `[[seed.accounts]]\nusername = "${username}"\ndisplay_name = "${name}"\naccess_token = "${username}-token"\n`;
  writeFileSync(join(dir, "mock.toml"), account("northwind", "Northwind") + account("ana", "Ana Ribeiro") + account("tom", "Tom K."));
  const running = child(t, join(VENV, "bin/mastodon_mock"), ["serve", "--config", join(dir, "mock.toml"), "--in-memory", "--host", "127.0.0.1", "--port", `${port}`, "--log-level", "warning"]);
  const url = `http://127.0.0.1:${port}`;
  await up(`${url}/api/v1/instance`, running);
  const as = (who) => async (method, path, body, headers = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${who}-token`, ...(body ? { "content-type": "application/json" } : {}), ...headers },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const fault = (rule) => as("northwind")("POST", "/api/v1/_mock/faults", rule);
  return { url, as, fault };
}

function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), "jackfield-browser-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/// A host with one line to `network.url`; its pages may be embedded by `origins`. `policy` is a folder of files by name.
export async function jackfield(t, network, origins, port, policy) {
  const dir = folder(t);
  port ??= await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(dir, "jackfield.toml");
  // An operator's folder, with a database in it; the configuration is this test's own.
  const init = child(t, BIN, ["init", "--dir", dir]);
  if ((await init.ended) !== 0) throw new Error(`init: ${init.said.join("\n")}`);
  const secret = (name, value) => {
    writeFileSync(join(dir, name), value, { mode: 0o600 });
    chmodSync(join(dir, name), 0o600);
    return join(dir, name);
  };
  const key = secret("issuer.key", KEY);
  if (policy) mkdirSync(join(dir, "house"));
  for (const [name, text] of Object.entries(policy ?? {})) writeFileSync(join(dir, "house", name), text);
  const written = policy ? `[policy]\nfolder = "house"\n\n` : "";
  writeFileSync(
    config,
    `listen = "127.0.0.1:${port}"\ndatabase = "jackfield.db"\ncache = "cache"\n\n[limits]\npoll-interval-ms = 300\n\n${written}[[issuer]]\nname = "tests"\nalgorithm = "HS256"\nkey = "file:${key}"\nworkspace = "demo"\nbrands = ["northwind"]\norigins = ${JSON.stringify([url, ...origins])}\n`,
  );
  const access = secret("mastodon.token", "northwind-token");
  const add = child(t, BIN, ["connection", "add", "main", "--config", config, "--plugin", "mastodon", "--workspace", "demo", "--brand", "northwind", "--name", "Northwind on Mastodon",
    "--settings", JSON.stringify({ server: network.url }), "--grant", `private:${network.url}`, "--secret", `access-token=file:${access}@private:${network.url}`]);
  if ((await add.ended) !== 0) throw new Error(`connection add: ${add.said.join("\n")}`);
  const running = child(t, BIN, ["serve", "--config", config]);
  await up(`${url}/healthz`, running);
  return { url, config, running };
}

/// Pages of somebody else's site: each path with its own body and headers.
export async function pages(t, table) {
  const server = createServer((request, response) => {
    const page = table[new URL(request.url, "http://page").pathname];
    if (!page) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": page.type ?? "text/html; charset=utf-8", ...page.headers }).end(typeof page.body === "function" ? page.body(request) : page.body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/// The real django-helpdesk with one ticket.
export async function helpdesk(t, panel) {
  const running = child(t, python(), [join(ROOT, "tests/browser/helpdesk/serve.py")], { HELPDESK_DATA: folder(t), HELPDESK_PANEL: panel, PYTHONDONTWRITEBYTECODE: "1" });
  const line = await until("the helpdesk to tell its address", () => running.said.find((text) => text.startsWith('{"origin"')), 60_000);
  return JSON.parse(line);
}
