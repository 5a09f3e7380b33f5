import assert from "node:assert/strict";
import { test } from "node:test";
import { open, row, rows, until, withPanel } from "./rig.mjs";

const text = (page, selector) => page.locator(selector).allInnerTexts();

export function reading() {
  test("what arrives is shown and spoken, and the focus stays in the page", () =>
    withPanel("", async ({ page, world }) => {
      await rows(page).first().waitFor();
      await page.evaluate(() => { document.body.tabIndex = -1; document.body.focus(); });
      const zoe = world.open({ id: "zoe", handle: "zoe@social.example", display_name: "Zoe", automated: false });
      world.say(zoe, "Is the shop open on Sunday?");
      await row(page, "Zoe").waitFor();
      await until("it is spoken", async () => (await page.locator(".speak").textContent()).includes("Is the shop open"));
      assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
    }));

  test("a thread nests replies, keeps context quiet and marks the words that made triage decide", () =>
    withPanel("", async ({ page }) => {
      await open(page, "Ana Ribeiro");
      assert.deepEqual(await text(page, ".why"), ["without the parcel", "Is anybody there?"]);
      assert.equal(await page.locator(".post.context").count(), 2);
      assert.equal(await page.locator(".post.d1").count() > 0 && await page.locator(".post.d2").count() > 0, true);
      assert.match((await text(page, ".finding"))[0], /complaint, question/);
    }));

  test("an edit and a deletion arrive as such; what was deleted is struck and kept", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      const first = world.conversations.values().next().value;
      const said = first.items.find((item) => item.type === "message" && !item.context);
      world.edit(first, said, "Fourth week without the parcel.");
      await page.getByText("Fourth week without the parcel.", { exact: false }).nth(1).waitFor();
      world.remove(first, said);
      await page.locator(".post.gone del").waitFor();
      assert.match((await text(page, ".post.gone footer"))[0], /deleted on the network; kept in the record/);
    }));

  test("an entry that turns out to be another's double goes away", () =>
    withPanel("", async ({ page, world }) => {
      await open(page, "Ana Ribeiro");
      const first = world.conversations.values().next().value;
      const extra = world.say(first, "By our account.", { ours: true });
      await page.getByText("By our account.").waitFor();
      for (const key of Object.keys(extra)) if (!["key", "at"].includes(key)) delete extra[key];
      extra.type = "gone";
      world.changed(first, [extra]);
      await until("it is gone", async () => (await page.getByText("By our account.").count()) === 0);
    }));

  test("opening a conversation marks it as seen, for this agent alone", () =>
    withPanel("", async ({ page, world }) => {
      await row(page, "Ana Ribeiro").locator(".dot").waitFor();
      await open(page, "Ana Ribeiro");
      await until("the dot is gone", async () => (await row(page, "Ana Ribeiro").locator(".dot").count()) === 0);
      const first = world.conversations.values().next().value;
      assert.ok(first.seen.get("mia") > 0 && !first.seen.has("tom"));
    }));

  test("filters and search ask for what they say", () =>
    withPanel("", async ({ page }) => {
      await until("five open", async () => (await rows(page).count()) === 5);
      await page.getByRole("button", { name: "Mine" }).click();
      await until("one is mine", async () => (await rows(page).count()) === 1);
      await page.getByRole("button", { name: "Nobody's" }).click();
      await until("four are nobody's", async () => (await rows(page).count()) === 4);
      await page.getByRole("searchbox").fill("parcel");
      await until("one has the word", async () => (await rows(page).count()) === 1);
      await page.getByRole("searchbox").fill("parcel xyz");
      await page.getByText("No conversation has these words.", { exact: false }).waitFor();
    }));

  test("a long list draws few rows, reads further pages as they come near, and says how many there are", () =>
    withPanel("", async ({ page, world }) => {
      await rows(page).first().waitFor();
      assert.equal(await rows(page).first().getAttribute("aria-setsize"), "1000");
      await until("further rows", async () => {
        await page.locator("[role=listbox]").evaluate((list) => { list.scrollTop += 3000; });
        return (await rows(page).last().getAttribute("aria-posinset")) > 150;
      });
      assert.ok((await rows(page).count()) < 40);
      assert.ok(world.requests.filter((request) => request.includes("after=")).length >= 3);
    }, { story: false, before: (_, dev) => dev.world.many(1000) }));

  test("rows that come in above do not move what is read", () =>
    withPanel("", async ({ page, world }) => {
      await rows(page).first().waitFor();
      const list = page.locator("[role=listbox]");
      await list.evaluate((box) => { box.scrollTop = 2000; });
      const top = () => list.evaluate((box) => {
        const at = box.getBoundingClientRect().top;
        const rows = [...box.querySelectorAll("[role=option]")];
        const first = rows.find((row) => row.getBoundingClientRect().bottom > at + 1);
        return [first.id, Math.round(first.getBoundingClientRect().top - at)];
      });
      const before = await until("settled", async () => { const seen = await top(); return (await top())[0] === seen[0] && seen; });
      const early = world.open({ id: "early", handle: "early@social.example", display_name: "Early", automated: false });
      world.say(early, "I have waited longest.", { at: 1_600_000_000_000 });
      await until("it is counted", async () => (await rows(page).first().getAttribute("aria-setsize")) === "1001");
      // A pixel may be lost where rows are no whole number of pixels high.
      await until("the same row is in sight", async () => {
        const [id, offset] = await top();
        return id === before[0] && Math.abs(offset - before[1]) <= 1;
      });
    }, { story: false, before: (_, dev) => dev.world.many(1000) }));

  test("from 280 pixels to a full page: one pane, two, three", async () => {
    for (const [width, panes] of [[280, "1"], [719, "1"], [720, "2"], [1099, "2"], [1100, "3"]]) {
      await withPanel("", async ({ page }) => {
        await rows(page).first().waitFor();
        assert.equal(await page.locator(".panel").getAttribute("data-panes"), panes, `${width}`);
        await open(page, "Ana Ribeiro");
        assert.equal(await page.locator(".pane.list").isVisible(), panes !== "1", `${width}`);
        assert.equal(await page.locator(".pane.side").count(), panes === "3" ? 1 : 0, `${width}`);
        const over = await page.locator(".panel").evaluate((panel) => panel.scrollWidth - panel.clientWidth);
        assert.equal(over, 0, `${width}`);
      }, { view: { width, height: 800 } });
    }
  });
}
