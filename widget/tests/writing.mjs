import assert from "node:assert/strict";
import { test } from "node:test";
import { events, open, row, rows, until, withPanel } from "./rig.mjs";

const PREFIX = "@ana_r@social.example ";

export function writing() {
  test("a reply goes out once and says where it is until the network has it", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill(`${PREFIX}We are on it.`);
      await page.getByRole("button", { name: "Send in public" }).click();
      await page.locator("[data-delivery=sent]").waitFor();
      assert.match(await page.locator("[data-delivery=sent]").innerText(), /^accepted by the network \d/);
      const replies = world.conversations.values().next().value.items.filter((item) => item.type === "reply");
      assert.deepEqual(replies.map((reply) => [reply.text, reply.visibility]), [[`${PREFIX}We are on it.`, "public"]]);
      assert.equal(await page.locator("textarea").inputValue(), PREFIX);
      await until("both events", async () => (await events(page, "reply-submitted")).length === 1 && (await events(page, "reply-published")).length === 1);
    }));

  test("public, private and note differ in colour, border, label and button, and a note is never a reply", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      const looks = new Map();
      for (const [mode, send] of [["Reply in public", "Send in public"], ["Private", "Send privately"], ["Note", "Save note"]]) {
        await page.getByRole("button", { name: mode, exact: true }).click();
        await page.getByRole("button", { name: send }).waitFor();
        looks.set(mode, await page.locator("textarea").evaluate((box) => {
          const style = getComputedStyle(box);
          return [style.borderTopColor, style.borderTopStyle, box.getAttribute("aria-label")].join();
        }));
      }
      assert.equal(new Set(looks.values()).size, 3);
      await page.locator("textarea").fill("Call depot 4 first.");
      await page.keyboard.press("Control+Enter");
      await page.locator(".post.note").filter({ hasText: "Call depot 4 first." }).waitFor();
      const first = world.conversations.values().next().value;
      assert.equal(first.items.filter((item) => item.type === "reply").length, 0);
      // The words of a note never stand in the box of a reply.
      await page.locator("textarea").fill("secret");
      await page.getByRole("button", { name: "Reply in public", exact: true }).click();
      assert.equal(await page.locator("textarea").inputValue(), PREFIX);
    }));

  test("what is too long is said with the number and not sent; a link counts as the network counts it", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill(`${PREFIX}${"x".repeat(493)} `);
      await page.getByText("1 too long for this network", { exact: false }).waitFor();
      await page.keyboard.press("Control+Enter");
      await page.locator("textarea").fill(`${PREFIX}https://example.org/${"x".repeat(900)}`);
      await page.getByText("470 left").waitFor();
      assert.equal(world.requests.filter((request) => request.startsWith("POST")).length <= 1, true);
    }));

  test("a draft survives a reload of the page, note and reply apart", () =>
    withPanel("", async ({ page }) => {
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill(`${PREFIX}half a thought`);
      await page.getByRole("button", { name: "Note", exact: true }).click();
      await page.locator("textarea").fill("for Tom");
      await page.reload();
      await open(page, "Ana Ribeiro");
      assert.equal(await page.locator("textarea").inputValue(), "for Tom");
      await page.getByRole("button", { name: "Reply in public", exact: true }).click();
      assert.equal(await page.locator("textarea").inputValue(), `${PREFIX}half a thought`);
    }));

  test("a refusal is a sentence, and the words can be put back", () =>
    withPanel("", async ({ page, world }) => {
      world.refuseReplies = "We guarantee nothing here. Say what you know.";
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill(`${PREFIX}We guarantee it.`);
      await page.keyboard.press("Control+Enter");
      await page.getByText("not taken: We guarantee nothing here.", { exact: false }).waitFor();
      await page.getByRole("button", { name: "Put it back in the box" }).click();
      await until("the words are back", async () => (await page.locator("textarea").inputValue()) === `${PREFIX}We guarantee it.`);
    }));

  test("the page can hold a reply back before it is published", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      await page.evaluate(() => { window.stop = "before-publish"; });
      await page.locator("textarea").fill(`${PREFIX}Not yet.`);
      await page.keyboard.press("Control+Enter");
      await page.getByText("The page stopped this reply.", { exact: false }).waitFor();
      assert.equal(await page.locator("textarea").inputValue(), `${PREFIX}Not yet.`);
      assert.equal(world.conversations.values().next().value.items.some((item) => item.type === "reply"), false);
    }));

  test("failed is said with its reason and can be tried again; unknown is said as unknown", () =>
    withPanel("", async ({ page, world }) => {
      world.deliver = "failed";
      await open(page, "Ana Ribeiro");
      await page.locator("textarea").fill(`${PREFIX}We are on it.`);
      await page.keyboard.press("Control+Enter");
      await page.locator("[data-delivery=failed]").waitFor();
      await until("the row shows it", async () => (await row(page, "Ana Ribeiro").innerText()).includes("not sent"));
      world.deliver = "unknown";
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator("[data-delivery=unknown]").waitFor();
      assert.match(await page.locator("[data-delivery=unknown]").innerText(), /we do not know yet whether the network has it/);
    }));

  test("take, hand over, resolve and open again are turns of the thread", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      await page.getByRole("button", { name: "Take it" }).click();
      await page.getByText("You have it").first().waitFor();
      await page.getByRole("button", { name: "Hand over" }).click();
      await page.getByLabel("To whom?", { exact: false }).fill("nobody-we-know");
      await page.locator(".hand .go").click();
      await page.getByText("There is no agent “nobody-we-know”.", { exact: false }).waitFor();
      await page.getByRole("button", { name: "Resolve", exact: true }).click();
      await page.locator(".turn").filter({ hasText: "you resolved it" }).waitFor();
      await until("it left the list", async () => (await row(page, "Ana Ribeiro").count()) === 0);
      await page.getByRole("button", { name: "Open again" }).click();
      await row(page, "Ana Ribeiro").waitFor();
      assert.equal(world.conversations.values().next().value.status, "open");
    }));

  test("by keyboard alone, from the list to the accepted reply, and the page hears none of it", () =>
    withPanel("", async ({ page, world }) => {
      await rows(page).first().waitFor();
      for (let presses = 0; presses < 20; presses += 1) {
        await page.keyboard.press("Tab");
        if (await page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot.activeElement?.getAttribute("role") === "listbox")) break;
      }
      await page.keyboard.press("j");
      await page.keyboard.press("ArrowDown");
      const cursor = await page.locator("[role=listbox]").getAttribute("aria-activedescendant");
      assert.match(await page.locator(`#${cursor}`).innerText(), /Ana Ribeiro/);
      await page.keyboard.press("Enter");
      await page.locator("textarea").waitFor();
      await page.keyboard.press("n");
      await until("the note's box has the focus", () => page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot.activeElement?.tagName === "TEXTAREA"));
      await page.keyboard.type("jk");
      await page.keyboard.press("Escape");
      await until("the thread has the focus", () => page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot.activeElement?.dataset.part === "talk"));
      await page.keyboard.press("r");
      await until("the reply's box has the focus", () => page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot.activeElement?.tagName === "TEXTAREA"));
      await page.keyboard.press("End");
      await page.keyboard.type("On it.");
      await page.keyboard.press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      await page.keyboard.press("Escape"); // out of the box
      await page.keyboard.press("Escape"); // out of the conversation, however fast one types
      await until("back in the list", () => page.evaluate(() => document.querySelector("jackfield-panel").shadowRoot.activeElement?.getAttribute("role") === "listbox"));
      assert.deepEqual((await page.evaluate(() => window.keys)).filter((key) => key.length === 1), []);
      assert.equal(world.conversations.values().next().value.items.filter((item) => item.type === "reply").length, 1);
    }));
}
