// The whole line: a third-party Mastodon, the sandboxed plugin, the host, the panel in somebody else's page, and back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./browser.mjs";
import { jackfield, mastodon, missing, pages, token, until } from "./harness.mjs";
import { strict } from "./page.mjs";

async function line(t) {
  const network = await mastodon(t);
  const shown = {};
  const site = await pages(t, shown);
  const host = await jackfield(t, network, [site]);
  Object.assign(shown, strict(host.url, token({ origin: site })));
  const page = await open(t);
  await page.goto(`${site}/`);
  return { network, host, page, ana: network.as("ana"), brand: network.as("northwind") };
}

const rows = (page) => page.getByRole("option");
const text = (answer) => answer.content.replaceAll(/<[^>]*>/g, "");

async function write(page, words) {
  await page.locator("[data-part=write]").fill(words);
  await page.locator("[data-part=write]").press("Control+Enter");
}

test("a mention is readable in the panel, and a reply typed there is in the network's thread", { skip: missing() }, async (t) => {
  const { page, ana, brand } = await line(t);
  const mention = await ana("POST", "/api/v1/statuses", { status: "@northwind third week without the parcel, is anybody there?" });
  await rows(page).filter({ hasText: "third week without the parcel" }).click();
  const said = page.locator("article.said", { hasText: "third week" });
  await said.waitFor();
  assert.match(await said.innerText(), /Ana Ribeiro/);
  assert.match(await said.innerText(), /public/);

  await write(page, "@ana We are here, and three weeks is not acceptable.");
  const context = await until("the reply in the network's context", async () => {
    const found = await brand("GET", `/api/v1/statuses/${mention.id}/context`);
    return found.descendants.length ? found : undefined;
  });
  assert.equal(context.descendants.length, 1);
  const [reply] = context.descendants;
  assert.match(text(reply), /three weeks is not acceptable/);
  assert.equal(reply.in_reply_to_id, mention.id);
  assert.equal(reply.visibility, "public");
  await page.locator("[data-delivery=sent]", { hasText: "accepted by the network" }).waitFor();
  assert.deepEqual(page.wrongs, []);
});

test("an edit and a deletion on the network arrive in the open panel as such", { skip: missing() }, async (t) => {
  const { page, ana } = await line(t);
  const mention = await ana("POST", "/api/v1/statuses", { status: "@northwind my order is lte" });
  await rows(page).filter({ hasText: "my order is lte" }).click();
  await ana("PUT", `/api/v1/statuses/${mention.id}`, { status: "@northwind my order is late" });
  const said = page.locator("article.said");
  await said.filter({ hasText: "my order is late" }).waitFor({ timeout: 60_000 });
  assert.match(await said.innerText(), /edited 1×/);
  await ana("DELETE", `/api/v1/statuses/${mention.id}`);
  await said.filter({ hasText: "deleted on the network; kept in the record" }).waitFor({ timeout: 60_000 });
  assert.equal(await said.locator("del").count(), 1, "the text is struck");
});

test("a direct message is answered privately unless somebody says otherwise", { skip: missing() }, async (t) => {
  const { page, ana, brand } = await line(t);
  const mention = await ana("POST", "/api/v1/statuses", { status: "@northwind my number is 4711", visibility: "direct" });
  await rows(page).filter({ hasText: "4711" }).click();
  await page.locator("article.said", { hasText: "private" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Reply in public" }).count(), 0, "a private message cannot be answered in public");
  await write(page, "@ana Thank you, we look it up.");
  const answered = await until("the private reply", async () => (await brand("GET", `/api/v1/statuses/${mention.id}/context`)).descendants[0]);
  assert.equal(answered.visibility, "direct");
});

for (const [name, rule] of [
  ["refuses for a while (429)", { effect: { type: "status", status: 429, headers: { "Retry-After": "1" } }, count: 2 }],
  ["fails (500)", { effect: { type: "status", status: 500 }, count: 2 }],
  ["answers what nobody understands", { effect: { type: "malformed" }, count: 2 }],
])
  test(`a network that ${name} loses no reply, gets none twice, and the panel never says sent too early`, { skip: missing() }, async (t) => {
    const { page, network, ana, brand } = await line(t);
    const mention = await ana("POST", "/api/v1/statuses", { status: "@northwind still waiting" });
    await rows(page).filter({ hasText: "still waiting" }).click();
    await page.locator("article.said", { hasText: "still waiting" }).waitFor();
    await network.fault({ match: { methods: ["POST"], path: "/api/v1/statuses" }, ...rule });
    await write(page, "@ana On its way.");
    const states = new Set();
    await until("the reply to be accepted", async () => {
      const state = await page.locator("[data-delivery]").last().getAttribute("data-delivery", { timeout: 1000 }).catch(() => null);
      if (state && !states.has(state)) {
        states.add(state);
        const there = (await brand("GET", `/api/v1/statuses/${mention.id}/context`)).descendants.length;
        if (state === "sent") assert.equal(there, 1, "said to be sent, and the network does not have it");
      }
      return state === "sent";
    }, 90_000);
    assert.ok(!states.has("failed"), `seen: ${[...states]}`);
    assert.equal((await brand("GET", `/api/v1/statuses/${mention.id}/context`)).descendants.length, 1);
  });

test("a credential that is no longer good is told in the panel in words, and nothing is lost", { skip: missing() }, async (t) => {
  const { page, network, ana } = await line(t);
  await network.fault({ match: { path_regex: "^/api/v[12]/(notifications|accounts|statuses)" }, effect: { type: "status", status: 401, body: { error: "The access token was revoked" } }, count: 40 });
  await page.locator("[data-notice]", { hasText: "credential" }).first().waitFor({ timeout: 30_000 });
  await ana("GET", "/api/v1/instance");
});
