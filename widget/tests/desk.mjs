// The full-page console: two numbers, the work on an item, the gate in the composer, readers, policies.
import assert from "node:assert/strict";
import { test } from "node:test";
import { events, row, rows, until, withPanel } from "./rig.mjs";

const PREFIX = "@tomk@social.example ";

/** A desk against a host that has one; `set` changes the world before the page is opened. */
export const withDesk = (query, test, { set, ...more } = {}) =>
  withPanel(`view=desk&${query}`, test, { ...more, before: async (page, dev) => {
    dev.world.desk.on = true;
    await set?.(dev.world, page);
  } });

/** The desk of a colleague, in a window of their own. */
export async function colleague(context, origin, token = "token-tom") {
  const other = await context.browser().newContext({ viewport: { width: 1280, height: 800 } });
  const page = await other.newPage();
  await page.goto(`${origin}/page?view=desk&token=${token}`);
  return { page, close: () => other.close() };
}

/** Goes to a part of the desk, and opens a conversation there. */
export async function at(page, place, name) {
  await page.getByRole("navigation").getByRole("button", { name: place }).click();
  if (!name) return;
  await row(page, name).click();
  await page.locator(".talk .post").first().waitFor();
  await page.locator("textarea[data-part=write]").waitFor();
}

export const box = (page) => page.locator("textarea[data-part=write]");
const number = (page, name) => page.locator(`.large [data-number=${name}] b`);
const gate = (page, state) => page.locator(`[data-gate=${state}]`);
/** Somebody whom one reader less is enough for: three hundred followers, no complaint. */
const plain = (world) => world.say(world.open({ id: "tomk", handle: "tomk@social.example", display_name: "Tom K.", reach: 310, automated: false }), "Is the shop open on Sunday?");
const replies = (world, handle) => [...world.conversations.values()].find((one) => one.person.handle.startsWith(handle) && one.items.some((item) => item.type === "reply"))?.items.filter((item) => item.type === "reply") ?? [];

export function desk() {
  test("it opens with two numbers, and each is a way to what it counts", () =>
    withDesk("", async ({ page, said }) => {
      await until("one item", async () => (await number(page, "mine").innerText()) === "1");
      await until("the deadline", async () => /^in \d+ (min|hr)$/.test(await number(page, "next").innerText()));
      assert.equal(await page.locator(".front .number").count(), 2);
      assert.equal(await rows(page).first().isVisible().catch(() => false), false);
      await page.locator("[data-number=mine]").click();
      await row(page, "jo_the_fixer").waitFor();
      assert.equal(await rows(page).count(), 1);
      await page.keyboard.press("o");
      await page.locator(".large [data-number=next]").click();
      await page.locator(".talk .post").first().waitFor();
      assert.match(await page.locator(".bar h2").innerText(), /jo_the_fixer/);
      assert.deepEqual(await page.evaluate(() => window.violations), []);
      assert.deepEqual(said, []);
    }, { set: (world) => {
      const jo = [...world.conversations.values()].find((one) => one.owner === "mia");
      world.say(jo, "And now it drops 2.4 GHz as well.");
    } }));

  test("with nothing to do it says so, and new work moves the numbers by itself", () =>
    withDesk("", async ({ page, world }) => {
      await page.getByText("Nothing waits for you.", { exact: false }).waitFor();
      assert.equal(await number(page, "next").innerText(), "none");
      const one = world.open({ id: "zoe", handle: "zoe@social.example", display_name: "Zoe", automated: false }, { owner: "mia" });
      world.say(one, "Hello?");
      await until("one", async () => (await number(page, "mine").innerText()) === "1");
    }, { story: false }));

  test("an item shows its stage, clocks, tier and promise; a row its deadline", () =>
    withDesk("", async ({ page }) => {
      await at(page, "Queue", "Ana Ribeiro");
      assert.match(await row(page, "Ana Ribeiro").innerText(), /in 1 hr|in \d+ min/);
      assert.match(await row(page, "Lieselotte").innerText(), /\d+ hr late/);
      const strip = page.locator(".strip");
      await until("the work", async () => /waits for somebody/.test(await strip.innerText()));
      assert.match(await strip.innerText(), /first answer due in/);
      assert.match(await strip.innerText(), /Tier: agent, goes to specialist in/);
      assert.match(await page.locator(".about-work").innerText(), /It came to tier agent because it is said in public/);
    }));

  test("what the gate finds is marked under its words, told in words, and mended by one press", () =>
    withDesk("", async ({ page }) => {
      await at(page, "Queue", "Tom K.");
      await box(page).fill(`${PREFIX}You will recieve a ch3ap one.`);
      await page.locator("[data-rule=forbidden-word]").waitFor();
      assert.deepEqual(await page.locator(".mirror mark").allInnerTexts(), ["recieve", "ch3ap"]);
      const block = page.locator("[data-rule=forbidden-word]");
      assert.match(await block.innerText(), /Not like this/);
      assert.match(await block.innerText(), /not even as “ch3ap”/);
      await gate(page, "change").waitFor();
      const sizes = await page.evaluate(() => {
        const root = document.querySelector("jackfield-panel").shadowRoot;
        return [".mirror", "textarea.field"].map((name) => root.querySelector(name)).map((one) => [one.clientWidth, one.offsetHeight, getComputedStyle(one).font]);
      });
      assert.deepEqual(sizes[0], sizes[1], "the marks lie exactly under the words");
      await block.getByRole("button", { name: "Write “good value”" }).click();
      await page.locator("[data-rule=spelling]").getByRole("button").click();
      await until("the text", async () => (await box(page).inputValue()) === `${PREFIX}You will receive a good value one.`);
      await gate(page, "goes").waitFor();
    }, { set: plain }));

  test("what asks goes out once it is confirmed, and the record says that it was meant", () =>
    withDesk("", async ({ page, world }) => {
      await at(page, "Queue", "Tom K.");
      await box(page).fill(`${PREFIX}Your Adress is adress enough.`);
      await gate(page, "confirm").waitFor();
      await box(page).press("Control+Enter");
      assert.equal(await page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot.activeElement.dataset.rule), "spelling");
      assert.equal(replies(world, "tomk").length, 0);
      await page.getByRole("checkbox", { name: "It is meant" }).check();
      await gate(page, "goes").waitFor();
      await page.getByRole("button", { name: "Send in public" }).click();
      await page.locator("[data-delivery=sent]").waitFor();
      assert.deepEqual(replies(world, "tomk")[0].pass.overrides, [{ rule: "spelling", words: "adress", why: "", by: "mia" }]);
      await page.locator(".pass summary").click();
      await page.locator(".pass").filter({ hasText: "you said that “adress” is meant" }).waitFor();
    }, { set: plain }));

  test("a text that was never checked is checked before it goes", () =>
    withDesk("", async ({ page, world }) => {
      await at(page, "Queue", "Tom K.");
      await box(page).fill(`${PREFIX}It is cheap.`);
      await box(page).press("Control+Enter");
      await page.locator("[data-rule=forbidden-word]").waitFor();
      assert.equal(replies(world, "tomk").length, 0);
      await box(page).fill(`${PREFIX}It is good.`);
      await box(page).press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      assert.equal(replies(world, "tomk").length, 1);
    }, { set: plain }));

  test("what blocks goes out with a reason, where the policy lets a reason do", () =>
    withDesk("", async ({ page, world }) => {
      await at(page, "Queue", "Tom K.");
      await box(page).fill(`${PREFIX}You wrote “cheap”.`);
      await gate(page, "change").waitFor();
      await page.getByLabel("Why it goes out all the same").fill("Their own word.");
      await gate(page, "goes").waitFor();
      await box(page).press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      assert.equal(replies(world, "tomk")[0].pass.overrides[0].why, "Their own word.");
    }, { set: plain }));

  test("who may not write here at all is told so by the host, in its words", () =>
    withDesk("", async ({ page, world }) => {
      await at(page, "Queue", "Tom K.");
      world.fault = (method, path) => path.endsWith("/check") && { status: 403, code: "authority-duty", message: "mia may not reply in northwind: ask somebody whose role it is." };
      await box(page).fill(`${PREFIX}We open at ten.`);
      await page.getByText("mia may not reply in northwind", { exact: false }).waitFor();
      await box(page).press("Control+Enter");
      assert.equal(await page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot.activeElement.dataset.part), "authority");
      assert.equal(replies(world, "tomk").length, 0);
    }, { set: plain }));

  test("who may not promise is told who may, and a note is nobody's business but ours", () =>
    withDesk("token=token-tom", async ({ page, world }) => {
      await at(page, "Queue", "Tom K.");
      await box(page).fill(`${PREFIX}It comes tomorrow.`);
      await page.getByText("tom may not promise anything. Ask mia or sue", { exact: false }).waitFor();
      assert.equal(await page.getByLabel("Why it goes out all the same").count(), 0, "no reason helps");
      await box(page).press("Control+Enter");
      assert.equal(await page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot.activeElement.dataset.rule), "promise");
      assert.equal(replies(world, "tomk").length, 0);
      await page.getByRole("button", { name: "Note", exact: true }).click();
      await box(page).fill("It comes tomorrow, cheap.");
      await page.getByRole("button", { name: "Save note" }).click();
      await page.locator(".post.note").waitFor();
    }, { set: plain }));

  test("new work is stopped and let in again", () =>
    withDesk("", async ({ page, world }) => {
      await page.getByRole("button", { name: "Stop new work" }).click();
      await page.getByText("You get no new work").waitFor();
      assert.equal(world.desk.presence.get("mia"), "paused");
      await page.getByRole("button", { name: "Get new work" }).click();
      await page.getByText("You get new work").waitFor();
    }));

  test("the author changes what a reader has read: the reader sees the difference, gives it back with a reason, and approves what is written then", () =>
    withDesk("", async ({ page, world, context, origin }) => {
      await at(page, "Queue", "Ana Ribeiro");
      await box(page).fill("@ana_r@social.example We are sorry. The parcel is at depot 4.");
      await gate(page, "readers").waitFor();
      await page.getByRole("button", { name: "Give it to a reader" }).click();
      await page.locator("[data-stands=waiting]").waitFor();
      assert.equal(await page.locator("[data-act=approve]").count(), 0, "nobody approves their own reply");
      const tom = await colleague(context, origin);
      await until("it waits for Tom", async () => (await number(tom.page, "mine").innerText()) === "1");
      await at(tom.page, "To read");
      await tom.page.locator(".policy").filter({ hasText: "by mia" }).filter({ hasText: "Because of: said in public, reaches many, a complaint" }).waitFor();
      await tom.page.locator("[data-act=open]").click();
      await tom.page.locator("[data-act=approve]").waitFor();
      await page.locator("[data-act=supersede]").click();
      assert.equal(await page.locator("[data-part=reader-words]").inputValue(), "@ana_r@social.example We are sorry. The parcel is at depot 4.", "without its signature");
      await page.locator("[data-part=reader-words]").fill("@ana_r@social.example We are sorry. The parcel arrives on Thursday.");
      await page.getByRole("button", { name: "Give it to a reader again" }).click();
      const difference = tom.page.locator(".difference");
      await difference.waitFor();
      assert.deepEqual(await difference.locator("del").evaluateAll((all) => all.map((one) => one.lastChild.textContent.trim())), ["is at depot 4."]);
      assert.deepEqual(await difference.locator("ins").evaluateAll((all) => all.map((one) => one.lastChild.textContent.trim())), ["arrives on Thursday."]);
      await tom.page.locator("[data-act=return]").click();
      await tom.page.locator("[data-part=reader-words]").fill("Say from where.");
      await tom.page.keyboard.press("Enter");
      await page.getByText("tom said no: Say from where.", { exact: false }).first().waitFor();
      await page.locator("[data-act=again]").click();
      assert.equal(await box(page).inputValue(), "@ana_r@social.example We are sorry. The parcel arrives on Thursday.");
      await box(page).fill("@ana_r@social.example We are sorry. The parcel arrives on Thursday from depot 4.");
      await gate(page, "readers").waitFor();
      await box(page).press("Control+Enter");
      await tom.page.locator("[data-act=approve]").click();
      await page.locator("[data-delivery=sent]").waitFor();
      assert.equal(replies(world, "ana_r")[1].pass.read_by[0].by, "tom");
      await tom.close();
    }));

  test("two agents on one item see one another, and one of them has the pen", () =>
    withDesk("", async ({ page, world, context, origin }) => {
      await at(page, "Queue", "Tom K.");
      const tom = await colleague(context, origin);
      await at(tom.page, "Queue", "Tom K.");
      await page.getByText("tom is looking at this too").waitFor();
      await tom.page.getByText("mia is looking at this too").waitFor();
      await box(page).fill(`${PREFIX}We open at ten.`);
      await tom.page.locator("[data-notice=pen]").filter({ hasText: "mia is writing a reply" }).waitFor();
      await box(tom.page).fill(`${PREFIX}At ten.`);
      await gate(tom.page, "goes").waitFor();
      await box(tom.page).press("Control+Enter");
      await tom.page.getByText("not taken: mia is writing a reply here.", { exact: false }).waitFor();
      await box(page).press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      assert.equal(replies(world, "tomk").length, 1);
      await tom.close();
    }, { set: plain }));

  test("an agent who vanishes in the middle of a reply gives the pen up when the lease ends", () =>
    withDesk("", async ({ page, world, context, origin }) => {
      await at(page, "Queue", "Tom K.");
      const tom = await colleague(context, origin);
      await at(tom.page, "Queue", "Tom K.");
      await box(tom.page).fill(`${PREFIX}I was just`);
      await page.locator("[data-notice=pen]").waitFor();
      await tom.close();
      await until("nobody else", async () => (await page.locator("[data-notice=pen], .looker").count()) === 0);
      await box(page).fill(`${PREFIX}We open at ten.`);
      await box(page).press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      assert.equal(replies(world, "tomk").length, 1);
    }, { set: (world) => {
      plain(world);
      world.desk.lease = 2500;
    } }));

  test("a message that arrives while one writes is read before the reply goes out", () =>
    withDesk("", async ({ page, world }) => {
      await at(page, "Queue", "Tom K.");
      await box(page).fill(`${PREFIX}We open at ten.`);
      await gate(page, "goes").waitFor();
      const one = [...world.conversations.values()].at(-1);
      world.say(one, "Forget it, I meant Monday.");
      await page.getByText("The person has written since you began.", { exact: false }).waitFor();
      await box(page).press("Control+Enter");
      assert.equal(replies(world, "tomk").length, 0);
      await page.getByRole("button", { name: "I have read it" }).click();
      await box(page).press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
    }, { set: plain }));

  test("an approval that the person's new message overtakes is void: the reader is told, looks again, and then it goes", () =>
    withDesk("", async ({ page, world, context, origin }) => {
      await at(page, "Queue", "Ana Ribeiro");
      await box(page).fill("@ana_r@social.example We are sorry. It arrives on Thursday.");
      await gate(page, "readers").waitFor();
      await box(page).press("Control+Enter");
      await page.locator("[data-stands=waiting]").waitFor();
      const tom = await colleague(context, origin);
      await tom.page.locator(".large [data-number=next]").click();
      await tom.page.locator("[data-act=approve]").waitFor();
      // The message is there before Tom's window has heard of it.
      let told = false;
      await tom.page.route("**/replies/*", (route) => {
        if (route.request().method() === "POST" && !told) {
          told = true;
          world.say([...world.conversations.values()].find((one) => one.items.some((item) => item.approval)), "It has just arrived, thank you!");
        }
        return route.continue();
      });
      await tom.page.locator("[data-act=approve]").click();
      await tom.page.getByRole("alert").filter({ hasText: "The person wrote or changed something after what you saw" }).waitFor();
      for (const window of [page, tom.page]) await window.locator("[data-notice=overtaken]").waitFor();
      assert.notEqual(replies(world, "ana_r")[0].delivery.state, "sent");
      await tom.page.locator("[data-act=approve]").click();
      await page.locator("[data-delivery=sent]").waitFor();
      await tom.close();
    }));

  test("a reply sent as the clock runs out: the clock says that it is over, and ends with the reply", () =>
    withDesk("", async ({ page, world }) => {
      await at(page, "Queue", "Tom K.");
      const clock = page.locator(".strip [data-clock=running]").first();
      await until("the warning", async () => /soon/.test(await clock.getAttribute("class")));
      await box(page).fill(`${PREFIX}We open at ten.`);
      await gate(page, "goes").waitFor();
      await until("over, on the second", async () => /late/.test(await clock.getAttribute("class")));
      assert.match(await clock.innerText(), /first answer overdue/);
      await box(page).press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      await until("no first answer is due", async () => !/first answer/.test(await page.locator(".strip").innerText()));
      assert.equal(replies(world, "tomk").length, 1);
    }, { set: (world) => {
      plain(world);
      [...world.conversations.values()].at(-1).target = 4_000;
    } }));

  test("offered work is accepted; one's own waits for others, goes on, and is escalated with a reason", () =>
    withDesk("", async ({ page, world }) => {
      const one = [...world.conversations.values()].at(-1);
      await at(page, "Queue", "Tom K.");
      await page.locator(".strip").filter({ hasText: "offered to you" }).waitFor();
      await page.locator("[data-act=accept]").click();
      await page.locator("[data-act=release]").waitFor();
      assert.equal(one.owner, "mia");
      await page.locator("[data-act=wait-for]").click();
      await page.locator("[data-part=act-why]").fill("The repair shop.");
      await page.keyboard.press("Enter");
      await until("it waits", async () => /waits for others/.test(await page.locator(".strip").innerText()));
      assert.match(await page.locator(".strip").innerText(), /stands still/);
      await page.locator("[data-act=resume]").click();
      await page.locator("[data-act=tier]").click();
      await page.locator("[data-part=act-why]").fill("A plan that only repairs can read.");
      await page.keyboard.press("Enter");
      await page.locator(".because", { hasText: "only repairs can read" }).first().waitFor();
      assert.equal(one.work.tier, "specialist");
    }, { set: (world) => {
      plain(world);
      const one = [...world.conversations.values()].at(-1);
      Object.assign(world.desk.work(one), { stage: "offered", offered_to: "mia" });
    } }));

  test("the policies are read in words: what one may do, who may do what, how the brand speaks", () =>
    withDesk("", async ({ page }) => {
      await page.keyboard.press("Tab");
      await at(page, "Policies");
      await page.getByText("Version 3f9c2a7e51b0").waitFor();
      assert.match(await page.locator(".policy").innerText(), /You may: work, reply, approve/);
      assert.match(await page.locator(".policy").innerText(), /mia or sue may promise something/);
      await page.keyboard.press("Escape");
      await page.locator(".front").waitFor();
    }));

  test("a host without policies, clocks or a gate: the desk counts, lists and sends all the same", () =>
    withPanel("view=desk", async ({ page, world }) => {
      await until("one item", async () => (await number(page, "mine").innerText()) === "1");
      await at(page, "Policies");
      await page.getByText("No policy is in force here.", { exact: false }).waitFor();
      await at(page, "Queue", "Ana Ribeiro");
      await box(page).fill("@ana_r@social.example On it, cheap.");
      await box(page).press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      assert.equal(await page.locator(".found-one").count(), 0);
      assert.equal(world.requests.filter((request) => request.includes("/looking")).length, 1, "asked once, and not again");
    }));

  test("numbers that cannot be read say so and can be asked for again", () =>
    withDesk("", async ({ page, world }) => {
      await page.getByText("The numbers could not be read.", { exact: false }).waitFor();
      world.fault = null;
      await page.getByRole("button", { name: "Try again" }).click();
      await until("one item", async () => (await number(page, "mine").innerText()) === "1");
    }, { set: (world) => { world.fault = (method, path) => path.endsWith("/conversations") && { status: 500 }; } }));

  test("another view is another program, and the draft comes along", () =>
    withDesk("", async ({ page }) => {
      await at(page, "Queue", "Tom K.");
      await box(page).fill(`${PREFIX}half a thought`);
      await page.evaluate(() => { document.querySelector("jackfield-panel").view = "inbox"; });
      await row(page, "Tom K.").click();
      await until("the draft", async () => (await box(page).inputValue()) === `${PREFIX}half a thought`);
      assert.equal(await page.getByRole("navigation").count(), 0);
      const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map((one) => one.name).filter((name) => name.endsWith(".wasm")).map((name) => name.replace(/.*\/(\w+)-.*/, "$1")));
      assert.deepEqual(loaded, ["desk", "panel"]);
      assert.equal((await events(page, "ready")).length, 2);
    }, { set: plain }));

  test("the desk of an embedder's page, small, loads nothing of the desk's", () =>
    withPanel("", async ({ page }) => {
      await rows(page).first().waitFor();
      const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map((one) => one.name));
      assert.ok(!loaded.some((name) => name.includes("/desk-")));
    }));
}
