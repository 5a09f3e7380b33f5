import assert from "node:assert/strict";
import { test } from "node:test";
import { rows, until, withPanel } from "./rig.mjs";

/** Pages that the allocator may still take after the warm-up; a leak of 20 bytes a step takes more. */
const PAGES = 4;

/** Scrolls and draws until about `count` rows were made; gives how many. */
const draw = (page, count) => page.evaluate(async (count) => {
  const list = document.querySelector("jackfield-panel").shadowRoot.querySelector("[role=listbox]");
  const channel = new MessageChannel();
  const turn = () => new Promise((done) => { channel.port1.onmessage = done; channel.port2.postMessage(0); });
  let made = 0;
  const watch = new MutationObserver((all) => { for (const one of all) made += one.addedNodes.length; });
  watch.observe(list.querySelector(".slot"), { childList: true });
  let step = 0;
  while (made < count) {
    step += 1;
    list.scrollTop = (step * 1900) % Math.max(1, list.scrollHeight - list.clientHeight);
    list.dispatchEvent(new Event("scroll"));
    await turn();
    if (step % 50 === 0) await new Promise((done) => setTimeout(done));
  }
  watch.disconnect();
  return made;
}, count);

/** Bytes of WebAssembly memory and of the JavaScript heap after a collection. */
async function weigh(page, session) {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const wasm = await page.evaluate(async () => {
    const name = performance.getEntriesByType("resource").map((one) => one.name).find((one) => /panel[^/]*\.js$/.test(one) && !one.endsWith("jackfield.js"));
    return (await (await import(name)).default()).memory.buffer.byteLength;
  });
  return { wasm, heap: usedSize };
}

export function soak() {
  test("100 000 rows are drawn and the memory is as it was after 20 000", () =>
    withPanel("", async ({ page, context }) => {
      await rows(page).first().waitFor();
      // As much as the list ever keeps is read first: what grows after that is a leak.
      await until("the list is full", async () => {
        await page.locator("[role=listbox]").evaluate((list) => { list.scrollTop = list.scrollHeight; });
        return (await page.getByText("The first 5000 are shown.", { exact: false }).count()) === 1;
      });
      const session = await context.newCDPSession(page);
      await draw(page, 20_000);
      const before = await weigh(page, session);
      const made = await draw(page, 80_000);
      const after = await weigh(page, session);
      assert.ok(made >= 80_000);
      console.log(`# after 20 000 rows ${JSON.stringify(before)}, after 100 000 ${JSON.stringify(after)}`);
      assert.ok(after.wasm - before.wasm <= PAGES * 65_536, `WebAssembly memory grew: ${before.wasm} to ${after.wasm}`);
      assert.ok(after.heap < before.heap * 1.1 + 1_000_000, `the heap grew: ${before.heap} to ${after.heap}`);
    }, { story: false, before: (_, dev) => dev.world.many(100_000) }));

  test("20 000 entries of the feed leave the memory as it was after 4 000", () =>
    withPanel("", async ({ page, context, world }) => {
      await rows(page).first().waitFor();
      await until("live", () => world.listeners.size === 1);
      const all = [...world.conversations.values()];
      const session = await context.newCDPSession(page);
      const burst = async (count) => {
        for (let at = 0; at < count; at += 1) {
          const one = all[at % all.length];
          const said = one.items.at(-1);
          world.edit(one, said, `Changed ${at}: where is my order?`);
          // The panel keeps up: what is measured is what it keeps, not how long a queue can get.
          if (at % 80 === 0) await until("it is shown", async () => (await rows(page).first().innerText()).includes(`Changed ${at}:`));
        }
      };
      await burst(4_000);
      const before = await weigh(page, session);
      await burst(16_000);
      const after = await weigh(page, session);
      console.log(`# after 4 000 entries ${JSON.stringify(before)}, after 20 000 ${JSON.stringify(after)}`);
      assert.ok(after.wasm - before.wasm <= PAGES * 65_536, `WebAssembly memory grew: ${before.wasm} to ${after.wasm}`);
      assert.ok(after.heap < before.heap * 1.1 + 1_000_000, `the heap grew: ${before.heap} to ${after.heap}`);
    }, { story: false, before: (_, dev) => dev.world.many(40) }));
}
