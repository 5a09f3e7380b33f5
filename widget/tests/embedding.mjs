import assert from "node:assert/strict";
import { test } from "node:test";
import { events, open, row, rows, until, withPanel } from "./rig.mjs";

export function embedding() {
  test("a strict policy with Trusted Types is met: nothing is violated from list to reply", () =>
    withPanel("", async ({ page, said }) => {
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill("@ana_r@social.example We are on it.");
      await page.keyboard.press("Control+Enter");
      await page.locator("[data-delivery=sent]").first().waitFor();
      await page.getByRole("button", { name: "Note", exact: true }).click();
      await page.getByRole("button", { name: "Hand over" }).click();
      assert.deepEqual(await page.evaluate(() => window.violations), []);
      assert.deepEqual(said, []);
    }));

  test("the page's loud style stays outside", () =>
    withPanel("", async ({ page }) => {
      await rows(page).first().waitFor();
      const seen = await page.locator(".chips button").first().evaluate((button) => {
        const style = getComputedStyle(button);
        return [style.textTransform, style.letterSpacing, style.backgroundColor === "rgb(255, 105, 180)"];
      });
      assert.deepEqual(seen, ["none", "normal", false]);
    }));

  test("a skeleton is painted before any WebAssembly", () =>
    withPanel("", async ({ page }) => {
      await page.locator(".jf-wait i").first().waitFor();
      assert.equal(await page.locator("[role=listbox]").count(), 0);
    }, { before: (page) => page.route("**/*.wasm", () => {}) }));

  test("nothing is loaded before somebody can see the panel", () =>
    withPanel("above=%3Cdiv style%3D%22height%3A4000px%22%3E%3C%2Fdiv%3E", async ({ page, world }) => {
      // The page's policy drops the style; the box is made tall by its property instead.
      await page.evaluate(() => { document.body.firstElementChild.style.height = "4000px"; });
      await page.locator("jackfield-panel").evaluate((panel) => panel.scrollIntoView());
      await rows(page).first().waitFor();
      assert.ok(world.requests.length > 0);
    }));

  test("what is set before the element is defined counts, and a closed root stays closed", () =>
    withPanel("token=none&shadow=closed", async ({ page, world }) => {
      await until("the list is read", () => world.requests.some((one) => one.includes("/conversations")));
      await until("ready", async () => (await events(page, "ready")).length);
      assert.equal(await page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot), null);
    }, { before: (page) => page.addInitScript(() => {
      addEventListener("DOMContentLoaded", () => { document.querySelector("jackfield-panel").token = "token-mia"; });
    }) }));

  test("two panels share one program and one stream, and both follow it", () =>
    withPanel("n=2", async ({ page, world }) => {
      await until("both lists", async () => (await rows(page).count()) >= 10);
      await until("one stream", () => world.listeners.size === 1);
      const one = world.open({ id: "zoe", handle: "zoe@social.example", display_name: "Zoe", automated: false });
      world.say(one, "Is the shop open on Sunday?");
      await until("Zoe in both", async () => (await rows(page).filter({ hasText: "Zoe" }).count()) === 2);
      assert.equal(world.requests.filter((request) => request.includes("/feed")).length, 1);
      const loads = await page.evaluate(() => performance.getEntriesByType("resource").filter((one) => one.name.endsWith(".wasm")).length);
      assert.equal(loads, 1);
    }));

  test("an element that is moved keeps its conversation, its draft and its stream", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill("@ana_r@social.example half a thought");
      for (let round = 0; round < 3; round += 1) {
        await page.evaluate(() => {
          const panel = document.querySelector("jackfield-panel");
          const to = document.querySelector(panel.parentElement.id === "elsewhere" ? "#box0" : "#elsewhere");
          to.append(panel);
        });
      }
      assert.equal(await page.locator("textarea").inputValue(), "@ana_r@social.example half a thought");
      assert.equal(world.listeners.size, 1);
      assert.equal(world.requests.filter((request) => request.includes("/feed")).length, 1);
    }));

  test("an element that is taken away closes its stream; put back, it begins again with its draft", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill("@ana_r@social.example half a thought");
      await page.evaluate(() => { window.kept = document.querySelector("jackfield-panel"); window.kept.remove(); });
      await until("the stream is closed", () => world.listeners.size === 0);
      await page.evaluate(() => document.querySelector("#box0").append(window.kept));
      await open(page, "Ana Ribeiro");
      assert.equal(await page.locator("textarea").inputValue(), "@ana_r@social.example half a thought");
    }));

  test("properties, methods and events: context, open, compose, insert, link, refresh, destroy", () =>
    withPanel("handles=%40Ana_R%40social.example", async ({ page, world }) => {
      await until("Ana's two", async () => (await rows(page).count()) === 2);
      await page.evaluate(async () => {
        const panel = document.querySelector("jackfield-panel");
        await panel.open("c" + "1".padStart(32, "0"));
      });
      await page.locator("textarea").waitFor();
      await page.evaluate(async () => {
        const panel = document.querySelector("jackfield-panel");
        await panel.compose("Hello");
        await panel.insert(" Ana");
        await panel.refresh();
      });
      await until("the words", async () => (await page.locator("textarea").inputValue()) === "Hello Ana");
      assert.equal((await events(page, "conversation-opened")).length, 1);
      assert.equal((await events(page, "draft-changed")).at(-1).length, 9);
      const wrong = await page.evaluate(() => document.querySelector("jackfield-panel").open("").catch((error) => error.message));
      assert.match(wrong, /needs the id/);
      await page.evaluate(() => document.querySelector("jackfield-panel").link({ handle: "@jo_the_fixer@forum.example" }));
      await until("Jo too", async () => (await row(page, "jo_the_fixer").count()) === 1);
      await page.evaluate(() => document.querySelector("jackfield-panel").destroy());
      await until("the stream is closed", () => world.listeners.size === 0);
    }));

  test("a second copy of the script is ignored", () =>
    withPanel("", async ({ page, origin }) => {
      await rows(page).first().waitFor();
      const warned = page.waitForEvent("console", (message) => message.text().includes("twice"));
      await page.evaluate((url) => import(url), `${origin}/jackfield.js?again`);
      await warned;
    }));

  test("a page that forbids WebAssembly is told so, and the frame works instead", () =>
    withPanel("csp=nowasm&tt=0", async ({ page }) => {
      const sorry = page.locator("[role=alert]");
      await sorry.waitFor();
      assert.match(await sorry.textContent(), /wasm-unsafe-eval/);
      await sorry.getByRole("button").click();
      const frame = page.frameLocator("iframe");
      await frame.locator("[role=option]").first().waitFor();
      await frame.locator("[role=option]").filter({ hasText: "Ana Ribeiro" }).click();
      await frame.locator("textarea").waitFor();
      await until("the frame's events reach the page", async () => (await events(page, "conversation-opened")).length === 1);
    }));

  test("the frame does what the element does: properties, methods, and the page's veto", () =>
    withPanel("csp=nowasm&tt=0&frame=1", async ({ page, world }) => {
      const frame = page.frameLocator("iframe");
      await frame.locator("[role=option]").first().waitFor();
      const set = (name, value) => page.evaluate(([name, value]) => { document.querySelector("jackfield-panel")[name] = value; }, [name, value]);
      const call = (name, argument) => page.evaluate(([name, argument]) => document.querySelector("jackfield-panel")[name](argument).then(() => "done", (error) => error.message), [name, argument]);
      await set("theme", "dark");
      await frame.locator("[data-theme=dark]").first().waitFor();
      await set("context", { customer: { handles: ["ana_r@social.example"] } });
      await until("the page hears of the new context", async () => (await events(page, "context-changed")).length > 0);
      await frame.locator("[role=option]").filter({ hasText: "Third week" }).click();
      await frame.locator("textarea").waitFor();
      assert.equal(await call("compose", "Not yet."), "done");
      await until("the words", async () => (await frame.locator("textarea").inputValue()).endsWith("Not yet."));
      assert.match(await call("open", ""), /needs the id/);
      const replies = () => world.conversations.values().next().value.items.filter((item) => item.type === "reply").length;
      await page.evaluate(() => { window.stop = "before-publish"; });
      await frame.locator("textarea").press("Control+Enter");
      await frame.getByText("The page stopped this reply.", { exact: false }).waitFor();
      assert.equal(replies(), 0);
      await page.evaluate(() => { window.stop = ""; });
      await frame.locator("textarea").press("Control+Enter");
      await frame.locator("textarea").press("Control+Enter");
      await until("it went out", async () => (await events(page, "reply-submitted")).length === 1);
      await until("the server has it", () => replies() === 1);
    }));

  test("a page that forbids the address is told which line is missing", () =>
    withPanel("csp=noconnect&tt=0", async ({ page }) => {
      await page.locator("[role=alert]").waitFor();
      assert.match(await page.locator("[role=alert]").textContent(), /connect-src/);
    }));
}
