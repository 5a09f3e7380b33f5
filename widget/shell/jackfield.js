// <jackfield-panel>: the shell. It defines the element, paints a skeleton, and loads the program when somebody can see it.
/* global JACKFIELD_PANEL_JS, JACKFIELD_PANEL_WASM, JACKFIELD_DESK_JS, JACKFIELD_DESK_WASM: names that the build puts in */
const NAME = "jackfield-panel";
const ATTRS = ["server", "brand", "token", "view", "theme", "locale", "density"];
const PROPS = [...ATTRS, "context", "tokenProvider"];
const METHODS = ["open", "compose", "insert", "link", "refresh", "focus"];
// A move inside the page takes the element out and puts it in again; only after this long is it gone.
const GONE_MS = 1000;
// The server gives this file at its root and everything in panel/.
const base = new URL(".", import.meta.url).href.replace(/panel\/$/, "");

const SKELETON = `:host{display:block;min-block-size:240px;contain:content}:host([hidden]){display:none}
:host([framed]){position:fixed;inset:0}.jf-frame{block-size:100%}iframe{border:0;inline-size:100%;block-size:100%;min-block-size:480px}
.jf-wait,.jf-sorry{font:14px/1.45 system-ui,sans-serif;padding:16px;color:CanvasText;background:Canvas;block-size:100%;box-sizing:border-box}
.jf-wait i{display:block;block-size:14px;border-radius:7px;margin-block-end:14px;background:color-mix(in srgb,CanvasText 10%,Canvas)}
.jf-wait i:nth-child(even){inline-size:62%}.jf-sorry button{font:inherit;padding:6px 12px;margin-block-start:8px}`;

// Two programs of one source: a page loads the one that its view asks for.
const PANEL = { js: JACKFIELD_PANEL_JS, wasm: JACKFIELD_PANEL_WASM }, DESK = { js: JACKFIELD_DESK_JS, wasm: JACKFIELD_DESK_WASM };
let generation = 0;
const panels = new Set();

function styles(of) {
  if (!of.sheet) {
    of.sheet = new CSSStyleSheet();
    of.sheet.replaceSync(SKELETON);
  }
  return of.sheet;
}

// One download, one compilation and one instance for all panels of the page.
function program(of) {
  of.compiled ??= fetch(`${base}panel/${of.wasm}`).then(async (r) => {
    if (!r.ok) throw new TypeError(`${r.status}`);
    return r.headers.get("content-type") === "application/wasm" ? WebAssembly.compileStreaming(r) : WebAssembly.compile(await r.arrayBuffer());
  });
  const again = generation ? `?g=${generation}` : "";
  of.running ??= Promise.all([import(`${base}panel/${of.js}${again}`), of.compiled]).then(async ([glue, module]) => {
    await glue.default({ module_or_path: module });
    styles(of).replaceSync(SKELETON + glue.styles());
    return glue;
  });
  return of.running;
}

// A broken program traps; the browser tells the window and nobody else. Traps of the page's own WebAssembly are not ours.
const traps = (error) => {
  const ours = [PANEL, DESK].some((of) => of.running && error instanceof WebAssembly.RuntimeError && error.stack?.includes(of.wasm));
  if (ours) broke(error.message);
  return ours;
};
addEventListener("error", (event) => traps(event.error));
addEventListener("unhandledrejection", (event) => traps(event.reason));

// The program broke: no panel of this page can be trusted any more. Each says so, and one click begins anew.
function broke(message) {
  console.error("jackfield:", message);
  PANEL.running = DESK.running = undefined;
  generation += 1;
  for (const panel of panels) panel.sorry("The panel stopped working. Your drafts are kept.", "Reload the panel", () => {
    for (const other of panels) other.start();
  }, message);
}

// A question to another window; the answer comes back on a port of its own.
const ask = (to, origin, message) => new Promise((done, fail) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => data.error ? fail(new TypeError(data.error)) : done(data.value);
  to.postMessage(message, origin, [port2]);
});

function reason(error) {
  if (typeof WebAssembly !== "object" || !("adoptedStyleSheets" in document)) return "This browser is too old for the panel.";
  if (/unsafe-eval|Content Security Policy|CompileError/i.test(`${error?.name} ${error?.message}`)) return "This page's Content-Security-Policy does not allow WebAssembly. Add 'wasm-unsafe-eval' to script-src.";
  return `The panel could not be loaded from ${base}. Check that this page's Content-Security-Policy names this address in script-src and connect-src, and that the server runs.`;
}

class Panel extends HTMLElement {
  #root; #inner; #id; #glue; #seen; #leaving; #values = {}; #ready; #loaded; #say; #deaf; #passed; #of;

  static get observedAttributes() { return ATTRS; }

  constructor() {
    super();
    this.#await();
    // What was set before the element was defined hides our accessors: it is taken off and set again.
    for (const name of PROPS) if (Object.hasOwn(this, name)) {
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  #await() { this.#ready = new Promise((done) => { this.#loaded = done; }); }

  connectedCallback() {
    clearTimeout(this.#leaving);
    panels.add(this);
    if (this.#id) return this.#run(() => this.#glue.moved(this.#id));
    if (!this.#root) {
      this.#root = this.attachShadow({ mode: this.getAttribute("shadow") === "closed" ? "closed" : "open" });
      if (!("adoptedStyleSheets" in document)) return this.sorry(reason());
      this.#root.adoptedStyleSheets = [styles(this.#program())];
    }
    if (this.#inner) return;
    if (this.hasAttribute("framed")) this.#framed();
    this.#fill("jf-wait").append(...Array.from({ length: 6 }, () => document.createElement("i")));
    this.#inner.setAttribute("aria-busy", "true");
    this.#seen = new IntersectionObserver((all) => { if (all.some((one) => one.isIntersecting)) this.start(); });
    this.#seen.observe(this);
  }

  disconnectedCallback() {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => { if (!this.isConnected) this.#leave(); }, GONE_MS);
  }

  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    // Another program has this view: the panel begins anew in it, with its drafts.
    if (this.#id && this.#program() !== this.#of) this.#unmount(), this.start();
    else this.#tell(name, value ?? "");
  }

  #program() { return this.view === "desk" ? DESK : PANEL; }

  #tell(name, value) {
    if (this.#id) this.#run(() => this.#glue.set(this.#id, name, value ?? null));
    this.#say?.({ jackfield: "set", values: { [name]: value } });
  }

  #run(act) {
    try { return act(); } catch (error) { if (!traps(error)) throw error; }
  }

  #fill(className) {
    this.#inner?.remove();
    this.#inner = document.createElement("div");
    this.#inner.className = className;
    this.#root.append(this.#inner);
    return this.#inner;
  }

  // Loads the program and draws.
  async start() {
    this.#seen?.disconnect();
    if (this.#id) { this.#id = undefined; this.#await(); }
    if (this.hasAttribute("frame")) return this.#frame(this.#frameServer());
    try {
      const of = this.#program(), glue = await program(of);
      if (this.#id || !panels.has(this)) return;
      this.#of = of;
      this.#root.adoptedStyleSheets = [styles(of)];
      const root = this.#fill("jf-root");
      this.#glue = glue;
      this.#id = glue.mount(root, this.#bridge());
      this.#loaded();
    } catch (error) {
      if (traps(error)) return;
      console.error("jackfield:", error);
      for (const of of [PANEL, DESK]) of.running = of.compiled = undefined;
      const server = this.#frameServer();
      this.sorry(reason(error), server && "Open it in a frame instead", () => this.#frame(server), `${error}`);
    }
  }

  #frameServer() { return this.hasAttribute("framed") ? "" : (this.server || base).replace(/\/$/, ""); }

  sorry(text, action, act, detail = text) {
    this.#id = undefined;
    const card = this.#fill("jf-sorry");
    card.setAttribute("role", "alert");
    card.append(text);
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = action;
      button.onclick = act;
      card.append(document.createElement("br"), button);
    }
    this.#emit("error", { code: "panel", message: detail });
  }

  #emit(name, detail, cancelable = false) {
    const event = new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true });
    if (this.hasAttribute("framed")) parent.postMessage({ jackfield: name, detail }, "*");
    return this.dispatchEvent(event);
  }

  // What the element does for the program.
  #bridge() {
    return {
      emit: (name, detail, cancelable) => {
        if (name !== "before-publish" || !this.hasAttribute("framed")) return this.#emit(name, detail, cancelable);
        const words = JSON.stringify(detail);
        if (words === this.#passed) return 1;
        this.#may(name, detail, words);
        return 2;
      },
      token: async (again) => {
        const provider = this.#values.tokenProvider;
        if (provider && (again || !this.token)) return (await provider({ origin: location.origin })) || "";
        return this.token || "";
      },
      words: async (lang) => (await fetch(`${base}panel/words-${lang}.json?${this.#of.wasm}`)).text(),
      value: (name) => {
        if (name === "server") return this.server || base.replace(/\/$/, "");
        if (name === "locale") return this.locale || this.closest("[lang]")?.lang || navigator.language;
        return this[name] ?? null;
      },
    };
  }

  // The page is another window: what it agrees to goes out if it still stands there, word for word.
  async #may(name, detail, words) {
    const yes = await ask(parent, "*", { jackfield: name, detail });
    this.#passed = words;
    await this._call(yes ? "send" : "stopped");
    this.#passed = undefined;
  }

  #listen(hear) {
    this.#deaf?.abort();
    this.#deaf = new AbortController();
    addEventListener("message", hear, this.#deaf);
  }

  // The same panel under the server's own policy, for pages that cannot allow WebAssembly.
  #frame(server) {
    const frame = document.createElement("iframe");
    frame.src = `${server}/embed`;
    frame.title = "Jackfield";
    const origin = new URL(server, location.href).origin;
    const say = (message, port) => port ? ask(frame.contentWindow, origin, message) : frame.contentWindow?.postMessage(message, origin);
    this.#listen(async ({ source, origin: from, data, ports: [port] }) => {
      if (source !== frame.contentWindow || from !== origin || !data?.jackfield) return;
      const { jackfield: name, detail } = data;
      if (name !== "hello") {
        const value = this.#emit(name, detail, !!port);
        return port?.postMessage({ value });
      }
      const token = (await this.#values.tokenProvider?.({ origin })) || this.token;
      const values = Object.fromEntries(ATTRS.map((key) => [key, this[key]]));
      port.postMessage({ value: { ...values, server: "", context: this.context, token } });
      this.#say = say;
      this.#loaded();
    });
    this.#fill("jf-frame").append(frame);
  }

  // Inside that frame: whoever frames us may send anything, and reaches what the element offers every page.
  #framed() {
    const take = (values) => {
      for (const name of [...ATTRS, "context"]) if (name !== "server" && name in values && (values[name] || this[name])) this[name] = values[name];
    };
    this.#listen(({ source, data, ports: [port] }) => {
      if (source !== parent || !data) return;
      if (data.jackfield === "set") take(data.values);
      if (data.jackfield === "call" && METHODS.includes(data.name))
        this._call(data.name, data.argument).then((value) => port.postMessage({ value }), (error) => port.postMessage({ error: `${error?.message ?? error}` }));
    });
    this.tokenProvider = async () => {
      const { token, ...values } = await ask(parent, "*", { jackfield: "hello" });
      take(values);
      return token;
    };
  }

  #leave() {
    panels.delete(this);
    this.#seen?.disconnect();
    this.#deaf?.abort();
    if (this.#say) { this.#say = undefined; this.#await(); }
    if (this.#id) this.#unmount();
    this.#inner?.remove();
    this.#inner = undefined;
  }

  #unmount() {
    this.#run(() => this.#glue.unmount(this.#id));
    this.#id = undefined;
    this.#await();
  }

  async destroy() { clearTimeout(this.#leaving); this.#leave(); }

  async _call(name, argument) {
    await this.#ready;
    if (this.#say) return this.#say({ jackfield: "call", name, argument }, true);
    return this.#glue.call(this.#id, name, argument ?? null);
  }

  _get(name) { return ATTRS.includes(name) && !(name in this.#values) ? this.getAttribute(name) ?? "" : this.#values[name]; }

  _set(name, value) {
    if (ATTRS.includes(name) && name !== "token") return value == null ? this.removeAttribute(name) : this.setAttribute(name, value);
    this.#values[name] = value; // a token set as a property is never written into the page
    this.#tell(name, value);
  }
}

for (const name of PROPS) Object.defineProperty(Panel.prototype, name, { get() { return this._get(name); }, set(value) { this._set(name, value); }, enumerable: true });
for (const name of METHODS) Panel.prototype[name] = function (argument) { return this._call(name, argument); };

if (customElements.get(NAME)) console.warn("jackfield: the panel's script is on this page twice; the second is ignored");
else customElements.define(NAME, Panel);
