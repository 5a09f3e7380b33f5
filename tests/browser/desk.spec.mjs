// Two people at two desks of one real host: what each may do while the other does something, and while the person writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./browser.mjs";
import { jackfield, mastodon, missing, pages, token, until } from "./harness.mjs";
import { desk } from "./page.mjs";

/** A reply in public has a point, and from one point on somebody reads it first. */
const READ_FIRST = `[voices.northwind]
names = ["Northwind"]
forbidden = [{ words = ["rubbish"], instead = "trouble", why = "we do not talk like that" }]
sign = { by = "initials", before = "^" }
risk = { one-reader = 1, two-readers = 9 }
`;
/** Nobody reads first; four seconds for the first answer. */
const QUICK = `[[targets]]
name = "first"
clock = "first-response"
within = "4s"
warn = "2s"
`;

async function house(t, policy) {
  const network = await mastodon(t);
  const shown = {};
  const site = await pages(t, shown);
  const host = await jackfield(t, network, [site], undefined, policy && { "house.toml": policy });
  Object.assign(shown, desk(host.url, (agent) => token({ origin: site, agent })));
  const as = async (agent) => {
    const page = await open(t);
    await page.goto(`${site}/desk?as=${agent}`);
    await page.locator(".front").waitFor();
    return page;
  };
  return { network, host, as, ana: network.as("ana"), brand: network.as("northwind") };
}

/** Ana says something, and somebody opens it from the queue. */
async function item(page, words) {
  await page.getByRole("navigation").getByRole("button", { name: "Queue" }).click();
  await page.getByRole("option").filter({ hasText: words }).click();
  await page.locator("article.said", { hasText: words }).waitFor();
  await page.locator("[data-part=write]").waitFor();
}

const replies = async (brand, mention) => (await brand("GET", `/api/v1/statuses/${mention.id}/context`)).descendants.filter((one) => one.account.username === "northwind");
const plain = (answer) => answer.content.replaceAll(/<[^>]*>/g, "");

test("a desk works under the documented policy: what the gate finds is marked, mended by a press, read, and in the network's thread", { skip: missing() }, async (t) => {
  const { as, ana, brand } = await house(t, READ_FIRST);
  const mention = await ana("POST", "/api/v1/statuses", { status: "@northwind is the shop open on Sunday?" });
  const [mia, tom] = [await as("mia"), await as("tom")];
  await item(mia, "open on Sunday");
  await mia.locator("[data-part=write]").fill("@ana It is no rubbish, we open at ten.");
  await mia.locator("[data-rule=forbidden-word]").waitFor();
  assert.equal(await mia.locator(".mirror mark").innerText(), "rubbish");
  assert.match(await mia.locator("[data-rule=forbidden-word]").innerText(), /we do not talk like that/);
  await mia.locator("[data-part=write]").press("Control+Enter");
  await mia.locator("[data-rule=forbidden-word]").getByRole("button", { name: "trouble" }).click();
  await mia.locator("[data-gate=readers]").waitFor();
  await mia.getByRole("button", { name: "Give it to a reader" }).click();
  await mia.locator("[data-stands=waiting]").waitFor();
  assert.equal(await mia.locator("[data-act=approve]").count(), 0, "nobody reads their own");
  assert.equal((await replies(brand, mention)).length, 0, "nothing goes out unread");
  await tom.getByRole("navigation").getByRole("button", { name: "To read" }).click();
  await tom.locator("[data-act=open]").click();
  await tom.locator("[data-act=approve]").waitFor();
  await mia.locator("[data-act=supersede]").click();
  assert.equal(await mia.locator("[data-part=reader-words]").inputValue(), "@ana It is no trouble, we open at ten.", "without its signature");
  await mia.locator("[data-part=reader-words]").fill("@ana It is no trouble, we open at eleven.");
  await mia.getByRole("button", { name: "Give it to a reader again" }).click();
  await tom.locator(".difference ins", { hasText: "eleven." }).waitFor();
  await tom.locator("[data-act=return]").click();
  await tom.locator("[data-part=reader-words]").fill("Say which door.");
  await tom.keyboard.press("Enter");
  await mia.locator(".stands.back", { hasText: "Say which door." }).waitFor();
  await mia.locator("[data-act=again]").click();
  await mia.locator("[data-part=write]").fill("@ana It is no trouble, we open the back door at eleven.");
  await mia.locator("[data-gate=readers]").waitFor();
  await mia.locator("[data-part=write]").press("Control+Enter");
  await tom.locator("[data-act=approve]").click();
  await mia.locator("[data-delivery=sent]").waitFor({ timeout: 60_000 });
  const [reply, ...more] = await replies(brand, mention);
  assert.equal(more.length, 0);
  assert.match(plain(reply), /the back door at eleven\. \^\w/, "signed by who wrote it");
  await mia.locator(".pass summary").last().click();
  await mia.locator(".pass").filter({ hasText: "Read by tom" }).waitFor();
  for (const page of [mia, tom]) {
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    assert.deepEqual(page.wrongs.filter((wrong) => !/status of 4/.test(wrong)), []);
  }
});

test("two agents on one item: both send at once, one reply is on the network, and the other is told who has it", { skip: missing() }, async (t) => {
  const { as, ana, brand } = await house(t);
  const mention = await ana("POST", "/api/v1/statuses", { status: "@northwind my parcel is late" });
  const desks = [await as("mia"), await as("tom")];
  for (const page of desks) {
    await item(page, "my parcel is late");
    await page.locator("[data-part=write]").fill("@ana It arrives today.");
  }
  await Promise.all(desks.map((page) => page.locator("[data-part=write]").press("Control+Enter")));
  const told = (page) => page.getByText(/not taken: /).count();
  await until("one of the two to be told", async () => (await told(desks[0])) + (await told(desks[1])) === 1, 60_000);
  const loser = (await told(desks[0])) ? 0 : 1;
  await desks[1 - loser].locator("[data-delivery=sent]").waitFor({ timeout: 60_000 });
  await desks[loser].locator("[data-delivery=sent]", { hasText: "accepted by the network" }).waitFor({ timeout: 60_000 });
  assert.match(await desks[loser].getByText(/not taken: /).innerText(), new RegExp(["tom", "mia"][loser]));
  assert.equal((await replies(brand, mention)).length, 1);
  await desks[loser].getByRole("button", { name: "Put it back in the box" }).click();
  assert.equal(await desks[loser].locator("[data-part=write]").inputValue(), "@ana It arrives today.", "no word is lost");
});

test("an approval overtaken by the person's new message is refused, told to both, and counts only once it was read again", { skip: missing() }, async (t) => {
  const { as, ana, brand } = await house(t, READ_FIRST);
  const mention = await ana("POST", "/api/v1/statuses", { status: "@northwind my parcel is late" });
  const [mia, tom] = [await as("mia"), await as("tom")];
  await item(mia, "my parcel is late");
  await mia.locator("[data-part=write]").fill("@ana It arrives on Thursday.");
  await mia.locator("[data-gate=readers]").waitFor();
  await mia.locator("[data-part=write]").press("Control+Enter");
  await mia.locator("[data-stands=waiting]").waitFor();
  await tom.getByRole("navigation").getByRole("button", { name: "To read" }).click();
  await tom.locator("[data-act=open]").click();
  await tom.locator("[data-act=approve]").waitFor();
  // Tom presses; before the host hears of it, Ana's next message is there.
  let first = true;
  await tom.route("**/replies/*", async (route) => {
    if (route.request().method() === "POST" && first) {
      first = false;
      await ana("POST", "/api/v1/statuses", { status: "@northwind it has just come, thank you", in_reply_to_id: mention.id });
      await mia.locator("article.said", { hasText: "it has just come" }).waitFor({ timeout: 60_000 });
    }
    await route.continue();
  });
  await tom.locator("[data-act=approve]").click();
  await tom.getByRole("alert").filter({ hasText: "The person wrote or changed something" }).waitFor({ timeout: 60_000 });
  for (const page of [mia, tom]) await page.locator("[data-notice=overtaken]").waitFor();
  assert.equal((await replies(brand, mention)).length, 0);
  await tom.locator("[data-act=approve]").click();
  await mia.locator("[data-delivery=sent]").waitFor({ timeout: 60_000 });
  assert.equal((await replies(brand, mention)).length, 1);
});

test("an agent who vanishes: half a sentence goes nowhere, and what was asked for goes out once", { skip: missing() }, async (t) => {
  const { as, ana, brand } = await house(t);
  const half = await ana("POST", "/api/v1/statuses", { status: "@northwind is anybody there?" });
  const whole = await ana("POST", "/api/v1/statuses", { status: "@northwind and my second question" });
  const [mia, tom, sue] = [await as("mia"), await as("tom"), await as("sue")];
  await item(tom, "is anybody there?");
  await tom.locator("[data-part=write]").fill("@ana I was just about to");
  await tom.context().close();
  await item(sue, "my second question");
  await sue.locator("[data-part=write]").fill("@ana Yes to both.");
  let asked = false;
  await sue.route("**/api/v1/conversations/*/{commands,replies}", async (route) => {
    if (!/"text"/.test(route.request().postData() ?? "")) return route.continue();
    await route.fetch();
    asked = true; // the host has it, and the answer finds nobody
  });
  await sue.locator("[data-part=write]").press("Control+Enter");
  await until("the host to have been asked", () => asked);
  await sue.context().close();
  await item(mia, "is anybody there?");
  assert.equal(await mia.locator(".post.ours").count(), 0);
  await mia.locator("[data-part=write]").fill("@ana We are here.");
  await mia.locator("[data-part=write]").press("Control+Enter");
  await mia.locator("[data-delivery=sent]").waitFor({ timeout: 60_000 });
  assert.deepEqual((await replies(brand, half)).map(plain).map((text) => /We are here/.test(text)), [true]);
  await until("the other reply on the network", async () => (await replies(brand, whole)).length === 1, 60_000);
  await mia.getByRole("button", { name: "Open", exact: true }).click();
  await mia.getByRole("option").filter({ hasText: "my second question" }).click();
  await mia.locator(".post.ours", { hasText: "by sue" }).filter({ hasText: "Yes to both." }).waitFor();
  assert.equal((await replies(brand, whole)).length, 1);
});

test("a reply sent as the clock runs out: it is said on the second, the reply goes out once, and the clock ends with it", { skip: missing() }, async (t) => {
  const { as, ana, brand } = await house(t, QUICK);
  const mia = await as("mia");
  const mention = await ana("POST", "/api/v1/statuses", { status: "@northwind is the shop open?" });
  await item(mia, "is the shop open");
  const clock = mia.locator(".strip [data-clock=running]").first();
  await mia.locator("[data-part=write]").fill("@ana We open at ten.");
  await until("the clock to run out", async () => /late/.test((await clock.getAttribute("class")) ?? ""));
  assert.match(await clock.innerText(), /first answer overdue/);
  await mia.locator("[data-part=write]").press("Control+Enter");
  await mia.locator("[data-delivery=sent]").waitFor({ timeout: 60_000 });
  await until("the clock to end with the reply", async () => (await clock.count()) === 0);
  assert.equal((await replies(brand, mention)).length, 1);
});
