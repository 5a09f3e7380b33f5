// One browser for all tests of the panel, a fresh server and page for each. Nothing sleeps: a test polls for what it
// expects, and fails with what it last saw.
import { chromium } from "playwright-core";
import { serve } from "../dev/server.mjs";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--enable-precise-memory-info", "--js-flags=--expose-gc"];
// Two cores shared with a build can be slow; what is right is right in a fraction of this.
const PATIENCE = 30_000;

let browser;

export async function start() {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

export const stop = () => browser.close();

/** Runs `test` with a server that has the demo's story, and a page that embeds the panel. */
export async function withPanel(query, test, { story = true, view = { width: 1280, height: 800 }, context: more = {}, before } = {}) {
  const dev = await serve({ dist: process.env.JACKFIELD_PANEL_DIST });
  const context = await browser.newContext({ viewport: view, ...more });
  try {
    if (story) dev.world.story();
    const page = await context.newPage();
    const said = [];
    page.on("pageerror", (error) => said.push(`error: ${error.message}`));
    page.on("console", (message) => { if (message.type() === "error") said.push(message.text()); });
    await page.addInitScript(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    });
    await before?.(page, dev);
    await page.goto(`${dev.origin}/page?${query}`);
    await test({ page, world: dev.world, origin: dev.origin, said, context });
  } finally {
    await context.close();
    await dev.close();
  }
}

/** Polls until `see()` gives something true; says what it saw last when it never does. */
export async function until(what, see) {
  const end = Date.now() + PATIENCE;
  let last;
  while (Date.now() < end) {
    last = await see();
    if (last) return last;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`never: ${what} (last: ${JSON.stringify(last)})`);
}

export const rows = (page) => page.locator("[role=option]");
export const row = (page, name) => rows(page).filter({ hasText: name }).first();

/** Opens a conversation by its row and waits for its composer. */
export async function open(page, name) {
  await row(page, name).click();
  await page.locator(".talk .post").first().waitFor();
  await page.locator("textarea").waitFor();
}

export const events = (page, name) => page.evaluate((name) => window.events.filter((one) => one[0] === name).map((one) => one[1]), name);
