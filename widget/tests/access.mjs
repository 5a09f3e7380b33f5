import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { open, rows, until, withPanel } from "./rig.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe has to say about the inside of the panel. */
export async function findings(page, context) {
  // The page's own policy forbids foreign scripts; the debugger is above it.
  const session = await context.newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: AXE });
  const found = await page.evaluate((tags) => window.axe.run("jackfield-panel", { runOnly: tags, resultTypes: ["violations"] })
    .then((result) => result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.flat().join(" ")).join(" | ")}`)), RULES);
  return found;
}

export function access() {
  const looks = [
    ["light", "theme=light", 1280], ["dark", "theme=dark", 1280], ["narrow", "theme=light", 380], ["narrow and dark", "theme=dark", 280],
    ["right to left", "locale=ar", 1280],
  ];
  for (const [name, query, width] of looks) {
    test(`axe finds nothing: ${name}`, () =>
      withPanel(query, async ({ page, world, context }) => {
        await rows(page).first().waitFor();
        world.line("credential-needed", "Ask an administrator to renew the token.");
        world.deliver = "failed";
        await page.locator("[data-notice=line]").waitFor();
        assert.deepEqual(await findings(page, context), []);
        await open(page, "Ana Ribeiro");
        await page.locator("textarea").fill(`@ana_r@social.example ${"x".repeat(600)}`);
        await page.locator(".finding.bad").waitFor();
        assert.deepEqual(await findings(page, context), []);
        await page.locator("textarea").fill("@ana_r@social.example On it.");
        await page.keyboard.press("Control+Enter");
        await page.locator("[data-delivery=failed]").waitFor();
        assert.deepEqual(await findings(page, context), []);
        await page.locator(".modes button").last().click();
        assert.deepEqual(await findings(page, context), []);
      }, { view: { width, height: 800 } }));
  }

  test("in forced colours, what a wash said is said by a border", () =>
    withPanel("", async ({ page }) => {
      await open(page, "Ana Ribeiro");
      const style = await page.locator(".post.note").first().evaluate((note) => getComputedStyle(note).borderTopStyle);
      assert.equal(style, "dashed");
      const pressed = await page.locator(".modes [aria-pressed=true]").evaluate((button) => getComputedStyle(button).outlineStyle);
      assert.equal(pressed, "solid");
    }, { context: { forcedColors: "active" } }));

  test("a locale changes words, direction, numbers and dates", async () => {
    await withPanel("locale=ar-EG", async ({ page }) => {
      await rows(page).first().waitFor();
      assert.equal(await page.locator(".panel").getAttribute("dir"), "rtl");
      assert.match(await page.locator(".bar h2").innerText(), /المحادثات/);
      await page.evaluate(() => document.querySelector("jackfield-panel").setAttribute("locale", "de"));
      await until("German", async () => (await page.locator(".bar h2").innerText()).startsWith("Gespräche"));
      assert.equal(await page.locator(".panel").getAttribute("dir"), "ltr");
    });
    await withPanel("lang=de", async ({ page }) => {
      await page.getByText("Gespräche", { exact: false }).first().waitFor();
    });
  });

  test("who wants less motion gets none", () =>
    withPanel("", async ({ page }) => {
      await rows(page).first().waitFor();
      assert.equal(await rows(page).first().evaluate((row) => getComputedStyle(row).transitionDuration), "0s");
    }, { context: { reducedMotion: "reduce" } }));

  test("every target is at least 24 pixels, and the focus is always seen", () =>
    withPanel("", async ({ page }) => {
      await open(page, "Ana Ribeiro");
      const small = await page.locator("button, select, input, summary").evaluateAll((all) =>
        all.filter((one) => one.offsetParent && (one.offsetHeight < 24 || one.offsetWidth < 24)).map((one) => one.outerHTML.slice(0, 80)));
      assert.deepEqual(small, []);
      await page.keyboard.press("Escape"); // from here on by keyboard, as the browser sees it
      for (let stop = 0; stop < 25; stop += 1) {
        const seen = await page.evaluate(() => {
          const active = document.querySelector("jackfield-panel").shadowRoot.activeElement;
          return !active || getComputedStyle(active).outlineStyle !== "none" ? "" : active.outerHTML.slice(0, 80);
        });
        assert.equal(seen, "");
        await page.keyboard.press("Tab");
      }
    }));
}
