// A server of the panel's API with state, for looking at the panel and for its own browser tests. It is no part of the
// product: the real server is host/server, and tests/ drives the panel against that one.
//
//   node widget/dev/server.mjs [DIST] [PORT]      then open the printed address
import http from "node:http";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { pages } from "./pages.mjs";
import { World } from "./world.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html; charset=utf-8", ".json": "application/json" };

/** Starts a server on 127.0.0.1; `dist` is the folder that the build made for the panel. */
export async function serve({ dist = path.join(HERE, "../../dist/panel"), port = 0 } = {}) {
  const world = new World();
  const server = http.createServer((request, response) => {
    answer(world, dist, request, response).catch((error) => {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ code: "dev", message: String(error?.stack ?? error) }));
    });
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    world,
    origin,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

async function answer(world, dist, request, response) {
  const url = new URL(request.url, "http://host");
  const cors = {
    "access-control-allow-origin": request.headers.origin ?? "*",
    "access-control-allow-headers": "authorization, content-type, last-event-id",
    "access-control-allow-methods": "GET, POST, DELETE",
    "access-control-expose-headers": "retry-after",
    "cross-origin-resource-policy": "cross-origin",
  };
  const json = (status, body, more = {}) => {
    response.writeHead(status, { ...cors, "content-type": "application/json", ...more });
    response.end(JSON.stringify(body));
  };
  if (request.method === "OPTIONS") return json(204, null);
  if (url.pathname.startsWith("/api/v1/")) {
    world.requests.push(`${request.method} ${url.pathname}${url.search}`);
    if (world.requests.length > 500) world.requests.splice(0, 250);
    if (world.down) return request.socket.destroy();
    const fault = world.fault?.(request.method, url.pathname);
    if (fault) return fault.status ? json(fault.status, { code: fault.code ?? "fault", message: fault.message ?? "a fault on purpose" }, fault.headers) : request.socket.destroy();
    const token = request.headers.authorization?.replace(/^Bearer /, "");
    if (!world.tokens.has(token)) return json(401, { code: "token-expired", message: "The token has ended. Ask the page for a new one." });
    return api(world, token, request, url, json, response, cors);
  }
  const page = pages(url, `http://${request.headers.host}`);
  if (page) {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers });
    return response.end(page.html);
  }
  // As the real server: the shell at the root, the rest under /panel/, the frame page at /embed.
  const name = url.pathname === "/embed" ? "embed.html" : path.basename(url.pathname);
  for (const folder of [dist, path.join(dist, "panel")]) {
    const bytes = await readFile(path.join(folder, name)).catch(() => null);
    if (bytes && TYPES[path.extname(name)]) {
      const csp = name === "embed.html" ? { "content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'none'; require-trusted-types-for 'script'" } : {};
      response.writeHead(200, { ...cors, "content-type": TYPES[path.extname(name)], ...csp });
      return response.end(bytes);
    }
  }
  json(404, { code: "not-found", message: `There is nothing at ${url.pathname}.` });
}

async function api(world, token, request, url, json, response, cors) {
  const agent = world.tokens.get(token);
  const parts = url.pathname.split("/").slice(3).map(decodeURIComponent);
  const read = async () => {
    let body = "";
    for await (const chunk of request) body += chunk;
    return JSON.parse(body || "{}");
  };
  const desk = await world.desk.answer(agent, request, parts, read);
  if (desk) return json(desk.status, desk.answer);
  if (parts[0] === "me") return json(200, world.me(agent));
  if (parts[0] === "feed") {
    response.writeHead(200, { ...cors, "content-type": "text/event-stream", "cache-control": "no-store" });
    const after = url.searchParams.get("after") ?? request.headers["last-event-id"];
    return world.listen(agent, after === null || after === undefined ? null : Number(after), response);
  }
  if (parts[0] === "conversations" && parts.length === 1) return json(200, world.page(agent, url.searchParams));
  if (parts[0] === "conversations" && parts.length === 2) {
    const view = world.view(agent, parts[1]);
    return view ? json(200, view) : json(404, { code: "unknown-conversation", message: "There is no such conversation in this brand." });
  }
  if (parts[0] === "conversations" && parts[2] === "commands" && request.method === "POST") {
    const { status, answer } = world.command(agent, parts[1], await read());
    return json(status, answer);
  }
  return json(404, { code: "not-found", message: "There is no such resource." });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { world, origin } = await serve({ dist: process.argv[2] && path.resolve(process.argv[2]), port: Number(process.argv[3] ?? 0) });
  world.story();
  world.desk.on = true;
  console.log(`${origin}/page`);
}
