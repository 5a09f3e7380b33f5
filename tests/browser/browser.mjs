// The one browser process of all browser tests; each test has a context of its own.
import { after } from "node:test";
import { chromium } from "playwright-core";

// Background services of the browser would look for hosts that a test has no business with.
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--js-flags=--expose-gc", "--enable-precise-memory-info"];

let running;
const launch = () => (running ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS }));
after(async () => (await running)?.close());

/// A page that fails the test on any error of script or policy on it, unless the test expects them.
export async function open(t, options = {}) {
  const context = await (await launch()).newContext({ viewport: { width: 1200, height: 900 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.wrongs = [];
  page.on("pageerror", (error) => page.wrongs.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") page.wrongs.push(`console: ${message.text()} (${message.location().url})`);
  });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
  });
  return page;
}

export const violations = (page) => page.evaluate(() => window.violations);
