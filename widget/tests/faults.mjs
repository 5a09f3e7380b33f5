import assert from "node:assert/strict";
import { test } from "node:test";
import { events, open, row, rows, until, withPanel } from "./rig.mjs";

const PREFIX = "@ana_r@social.example ";

export function faults() {
  test("a broken stream is said, resumed from the last number, and nothing is missed or asked for twice", () =>
    withPanel("", async ({ page, world }) => {
      await until("live", () => world.listeners.size === 1);
      const lists = () => world.requests.filter((request) => request.includes("/conversations?")).length;
      const before = lists();
      const head = world.head;
      world.down = true;
      world.hangUp();
      await page.locator("[data-notice=feed]").waitFor();
      const zoe = world.open({ id: "zoe", handle: "zoe@social.example", display_name: "Zoe", automated: false });
      world.say(zoe, "Written while you were away.");
      world.down = false;
      await row(page, "Zoe").waitFor();
      assert.ok(world.requests.some((request) => request.endsWith(`/feed?after=${head}`)));
      assert.equal(lists(), before);
      await until("the sentence is gone", async () => (await page.locator("[data-notice=feed]").count()) === 0);
    }));

  test("a gap in the numbers makes the panel read everything again", () =>
    withPanel("", async ({ page, world }) => {
      await until("live", () => world.listeners.size === 1);
      const [listener] = world.listeners;
      world.listeners.clear();
      const zoe = world.open({ id: "zoe", handle: "zoe@social.example", display_name: "Zoe", automated: false });
      world.say(zoe, "This entry is lost on the way.");
      world.listeners.add(listener);
      const jo = [...world.conversations.values()].find((one) => one.person.handle.startsWith("jo_"));
      world.say(jo, "This one is not.");
      await row(page, "Zoe").waitFor();
      await until("Jo's words", async () => (await row(page, "jo_the_fixer").innerText()).includes("This one is not."));
    }));

  test("a reply that cannot be handed over waits, survives a reload, and goes out once", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      let tries = 0;
      world.fault = (method) => method === "POST" && (tries += 1) && {};
      await page.locator("textarea").fill(`${PREFIX}We are on it.`);
      await page.keyboard.press("Control+Enter");
      await page.getByText("Jackfield cannot be reached; handed over as soon as it answers").waitFor();
      await page.reload();
      await rows(page).first().waitFor();
      await until("it is tried again", () => tries > 2);
      world.fault = null;
      await open(page, "Ana Ribeiro");
      await page.locator("[data-delivery=sent]").waitFor();
      assert.equal(world.conversations.values().next().value.items.filter((item) => item.type === "reply").length, 1);
    }));

  test("an answer that is lost after the server acted has no second effect", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      let once = true;
      const command = world.command.bind(world);
      world.command = (...what) => {
        const done = command(...what);
        if (once && what[2].command.do === "reply") {
          once = false;
          return { status: 503, answer: { code: "later", message: "too busy" } };
        }
        return done;
      };
      await page.locator("textarea").fill(`${PREFIX}Once only.`);
      await page.keyboard.press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      await until("the pending copy is gone", async () => (await page.locator("[data-delivery=handing]").count()) === 0);
      assert.equal(world.conversations.values().next().value.items.filter((item) => item.type === "reply").length, 1);
    }));

  test("a list that cannot be read says so and can be asked for again", () =>
    withPanel("", async ({ page, world }) => {
      await rows(page).first().waitFor();
      world.fault = (method, path) => path.endsWith("/conversations") && { status: 500 };
      await page.getByRole("button", { name: "Mine" }).click();
      await page.getByText("The list could not be read.", { exact: false }).waitFor();
      world.fault = null;
      await page.getByRole("button", { name: "Try again" }).click();
      await until("mine", async () => (await rows(page).count()) === 1);
    }));

  test("a token that ends is renewed by the page's provider, and the stream goes on", () =>
    withPanel("token=none", async ({ page, world }) => {
      await until("live", () => world.listeners.size === 1);
      world.expireTokens();
      await until("a new stream", () => world.requests.filter((request) => request.includes("/feed")).length === 2);
      await until("live again", () => world.listeners.size === 1);
      assert.equal((await events(page, "token-expired")).length, 1);
      assert.equal(await page.evaluate(() => window.asked), 2);
      assert.equal(await page.locator("jackfield-panel").getAttribute("token"), null);
    }, { before: (page) => page.addInitScript(() => {
      window.asked = 0;
      addEventListener("DOMContentLoaded", () => {
        document.querySelector("jackfield-panel").tokenProvider = async () => ["token-mia", "token-mia-2"][window.asked++];
      });
    }) }));

  test("without a new token the panel says that the sign-in has ended and keeps the draft", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill(`${PREFIX}kept`);
      world.expireTokens();
      await page.getByText("Your sign-in has ended.", { exact: false }).waitFor();
      assert.equal(await page.locator("textarea").inputValue(), `${PREFIX}kept`);
      await page.evaluate(() => { document.querySelector("jackfield-panel").token = "token-mia-2"; });
      await until("live again", () => world.listeners.size === 1);
    }));

  test("no token, a wrong token: each a sentence with what to do", async () => {
    await withPanel("token=none", async ({ page }) => {
      await page.getByText("The page gave this panel no token.", { exact: false }).waitFor();
    });
    await withPanel("token=wrong", async ({ page }) => {
      await page.getByText("Jackfield refused this panel: The token has ended.", { exact: false }).waitFor();
    });
  });

  test("the three troubles of a line are told apart, each with its next action", () =>
    withPanel("", async ({ page, world }) => {
      await until("live", () => world.listeners.size === 1);
      for (const [health, words] of [["degraded", "is slow or down."], ["credential-needed", "needs a new credential."], ["quarantined", "its plugin is broken."]]) {
        world.line(health, `Do this about ${health}.`);
        await page.locator("[data-notice=line]").filter({ hasText: words }).filter({ hasText: `Do this about ${health}.` }).waitFor();
      }
      world.line("healthy", "");
      await until("no trouble", async () => (await page.locator("[data-notice=line]").count()) === 0);
    }));

  test("without a network the panel says so, and says so no longer when it is back", () =>
    withPanel("", async ({ page, context, world }) => {
      await until("live", () => world.listeners.size === 1);
      await context.setOffline(true);
      await page.getByText("Your browser has no network.", { exact: false }).waitFor();
      await context.setOffline(false);
      await until("live again", async () => (await page.locator(".live").getAttribute("data-state")) === "good");
    }));

  test("a program that breaks shows a card in every panel, and one click begins anew with the draft", () =>
    withPanel("n=2", async ({ page, world }) => {
      await until("both", async () => (await rows(page).count()) >= 10);
      await row(page, "Ana Ribeiro").click();
      await page.locator("textarea").fill(`${PREFIX}kept`);
      await page.evaluate(async () => {
        const name = performance.getEntriesByType("resource").map((one) => one.name).find((one) => /panel[^/]*\.js$/.test(one) && !one.endsWith("jackfield.js"));
        const program = await (await import(name)).default();
        setTimeout(() => program.set(1, 0xfffffff0, 64, null)); // reads beyond its memory: a real trap
      });
      await until("two cards", async () => (await page.locator("[role=alert]").filter({ hasText: "stopped working" }).count()) === 2);
      await page.getByRole("button", { name: "Reload the panel" }).first().click();
      await until("both again", async () => (await rows(page).count()) >= 10);
      await row(page, "Ana Ribeiro").click();
      await until("the draft", async () => (await page.locator("textarea").first().inputValue()) === `${PREFIX}kept`);
      assert.ok(world.listeners.size >= 1);
    }));
}
