// The desk for everybody: what axe finds, by keyboard alone, at 280 pixels, dark, from right to left, with long names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findings } from "./access.mjs";
import { at, box, withDesk } from "./desk.mjs";
import { row, until } from "./rig.mjs";

const LOOKS = [
  ["light", "theme=light", 1280, {}], ["dark", "theme=dark", 1280, {}], ["280 pixels and dark", "theme=dark", 280, {}],
  ["right to left", "locale=ar", 1280, { Queue: "قائمة الانتظار", Policies: "السياسات", "To read": "للقراءة" }],
  ["German, at 380 pixels", "locale=de&theme=light", 380, { Queue: "Warteschlange", Policies: "Regeln", "To read": "Zu lesen" }],
];
const focused = (page) => page.evaluate(() => {
  const active = document.querySelector("jackfield-panel").shadowRoot.activeElement;
  return active && { part: active.dataset.part, number: active.dataset.number, text: active.innerText, outline: getComputedStyle(active).outlineStyle };
});
/** Nothing stands out of the panel at its side. */
const wide = (page) => page.evaluate(() => {
  const root = document.querySelector("jackfield-panel").shadowRoot;
  const panel = root.querySelector(".panel").getBoundingClientRect();
  return [...root.querySelectorAll(".panel *")].filter((one) => one.checkVisibility?.() && !one.closest(".hide, .speak, .marks, .mirror, .bar h2"))
    .filter((one) => { const box = one.getBoundingClientRect(); return box.width > 1 && (box.right > panel.right + 1 || box.left < panel.left - 1); })
    .map((one) => `${one.tagName} ${one.className}`).slice(0, 5);
});

/** An item that somebody reads, on which somebody else looks. */
function busy(world) {
  const lee = [...world.conversations.values()].find((one) => one.person.handle.startsWith("lee"));
  Object.assign(world.desk.work(lee), { stage: "offered", offered_to: "mia" });
  const ana = [...world.conversations.values()][0];
  ana.owner = "tom";
  const what = { do: "reply", text: "@ana_r@social.example We are sorry. The parcel is at depot 4.", visibility: "public" };
  const held = world.command("tom", ana.id, { id: "held", command: what });
  assert.equal(held.status, 200, JSON.stringify(held.answer));
  const reply = ana.items.at(-1);
  world.changed(ana, world.desk.read("sue", ana, reply, { do: "suggest", edition: 1, text: "@ana_r@social.example We are sorry. It arrives on Thursday.", why: "Say when." }).items);
  world.desk.look("a-colleague-with-a-very-long-sign-in-name@northwind.example", ana.id, true);
}

export function deskAccess() {
  for (const [name, query, width, names] of LOOKS)
    test(`axe finds nothing on the desk, and nothing stands out of it: ${name}`, () =>
      withDesk(query, async ({ page, context, world }) => {
        const say = (word) => names[word] ?? word;
        const good = async (where) => {
          assert.deepEqual(await findings(page, context), [], where);
          assert.deepEqual(await wide(page), [], where);
        };
        await until("the numbers", async () => /[1-9١-٩]/.test(await page.locator(".large [data-number=mine] b").innerText()));
        await good("overview");
        await at(page, say("Policies"));
        await page.locator(".policy section").first().waitFor();
        await good("policies");
        await at(page, say("To read"));
        await page.locator("[data-act=open]").waitFor();
        await good("to read");
        await at(page, say("Queue"));
        await row(page, "Lieselotte").waitFor();
        await good("queue");
        await row(page, "Lieselotte").click();
        await page.locator("[data-act=accept]").waitFor();
        await box(page).fill("@lee_writes@very-long-server-name.social.example Hello Ana, you will recieve a ch3ap call tomorrow.");
        await page.locator("[data-rule=wrong-person]").waitFor();
        await good("findings");
        await page.evaluate((id) => document.querySelector("jackfield-panel").open(id), `c${"1".padStart(32, "0")}`);
        await page.locator(".suggestion").waitFor();
        await page.locator("[data-notice=pen]").waitFor();
        await good("a suggestion");
        const ana = [...world.conversations.values()][0];
        const reply = ana.items.find((item) => item.approval);
        world.changed(ana, world.desk.read("tom", ana, reply, { do: "supersede", text: "@ana_r@social.example We are sorry. The parcel arrives on Friday.", meant: [] }).items);
        await page.locator("ins").waitFor();
        await page.locator(".suggestion").waitFor({ state: "detached" });
        await good("a difference");
        await page.locator("[data-act=return]").click();
        await page.locator("[data-part=reader-words]").waitFor();
        await good("giving back");
      }, { set: busy, view: { width, height: 900 } }));

  test("by keyboard alone: from the numbers to a reply that is checked, mended, confirmed and sent", () =>
    withDesk("", async ({ page, world }) => {
      await page.locator(".large [data-number=mine]").waitFor();
      await page.keyboard.press("Tab");
      for (let stop = 0; stop < 20 && (await focused(page))?.part !== "mine"; stop += 1) {
        assert.notEqual((await focused(page)).outline, "none", "the focus is seen");
        await page.keyboard.press("Tab");
      }
      assert.equal((await focused(page)).part, "mine");
      await page.keyboard.press("q");
      await row(page, "Tom K.").waitFor();
      await until("the list has the focus", async () => (await focused(page)).part === "rows");
      for (let row = 0; row < 9; row += 1) {
        await page.keyboard.press("j");
        if (/Tom K\./.test(await page.locator(".row[data-cursor=true]").innerText())) break;
      }
      await page.keyboard.press("Enter");
      await box(page).waitFor();
      await page.keyboard.press("r");
      await page.keyboard.press("End");
      await page.keyboard.type("You recieve it.");
      await page.locator("[data-rule=spelling]").waitFor();
      await page.keyboard.press("Control+Enter");
      assert.match((await focused(page)).text, /recieve/);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space");
      await page.locator("[data-gate=goes]").waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("r");
      await page.keyboard.press("Control+Enter");
      await page.locator("[data-delivery=sent]").waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await page.locator(".front").waitFor();
      assert.equal([...world.conversations.values()].at(-1).items.filter((item) => item.type === "reply").length, 1);
      assert.deepEqual(await page.evaluate(() => window.keys.filter((key) => !["Tab", "Control"].includes(key))), [], "nothing reached the page");
    }, { set: (world) => world.say(world.open({ id: "tomk", handle: "tomk@social.example", display_name: "Tom K.", reach: 310, automated: false }), "Is the shop open on Sunday?") }));

  test("every target of the desk is at least 24 pixels", () =>
    withDesk("", async ({ page }) => {
      await at(page, "Queue", "Lieselotte");
      await box(page).fill("@lee_writes@very-long-server-name.social.example Hello Ana, you recieve it.");
      await page.locator("[data-rule=spelling]").waitFor();
      const small = await page.locator("button, select, input, summary").evaluateAll((all) =>
        all.filter((one) => one.offsetParent && (one.offsetHeight < 24 || one.offsetWidth < 24)).map((one) => one.outerHTML.slice(0, 80)));
      assert.deepEqual(small, []);
    }, { set: busy }));

  test("in forced colours and without motion the severities are still told apart", () =>
    withDesk("", async ({ page }) => {
      await at(page, "Queue", "Lieselotte");
      await box(page).fill("@lee_writes@very-long-server-name.social.example You recieve a cheap call tomorrow.");
      await page.locator("[data-rule=promise]").waitFor();
      const styles = await page.locator(".mirror mark").evaluateAll((all) => all.map((one) => getComputedStyle(one).textDecorationStyle));
      assert.deepEqual(styles, ["wavy", "double", "dotted"]);
      const words = await page.locator(".found-one .severity").allInnerTexts();
      assert.deepEqual([...words].sort(), ["Confirm", "Not like this", "Note"]);
    }, { set: busy, context: { forcedColors: "active", reducedMotion: "reduce" } }));
}
