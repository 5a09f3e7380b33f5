// Pages that embed the panel: the strict policies of the design, and the state each test needs.

const CSS = `html,body{margin:0;height:100%}body{font:16px Georgia;background:#ffe;color:#300}
*{letter-spacing:.5px}button{background:hotpink !important;text-transform:uppercase}h2{font-size:60px}
jackfield-panel{height:100vh}`;

/** The page at an address, or nothing. Parameters: n (panels), width, token, theme, locale, handles, csp, tt, shadow. */
export function pages(url, origin) {
  if (url.pathname !== "/page") return null;
  const get = (name) => url.searchParams.get(name);
  const server = get("server") ?? origin;
  const policies = {
    // The needs of a strict page, and nothing else. The page's own style is its own affair.
    strict: `default-src 'none'; script-src ${server} 'wasm-unsafe-eval' 'nonce-page'; connect-src ${server}; style-src 'nonce-page'; base-uri 'none'`,
    nowasm: `default-src 'none'; script-src ${server} 'nonce-page'; connect-src ${server}; frame-src ${server}; style-src 'nonce-page'`,
    noconnect: `default-src 'none'; script-src ${server} 'wasm-unsafe-eval' 'nonce-page'; style-src 'nonce-page'`,
  };
  const csp = policies[get("csp") ?? "strict"];
  const tt = get("tt") === "0" ? "" : "; require-trusted-types-for 'script'; trusted-types 'none'";
  const attributes = ["theme", "locale", "density", "view", "shadow", "frame"].filter((name) => get(name)).map((name) => ` ${name}="${get(name)}"`).join("");
  const token = get("token") ?? "token-mia";
  const token_attribute = token === "none" ? "" : ` token="${token}"`;
  const panel = `<jackfield-panel server="${server}" brand="northwind"${token_attribute}${attributes}></jackfield-panel>`;
  const count = Number(get("n") ?? 1);
  const boxes = Array.from({ length: count }, (_, at) => `<div class="box" id="box${at}">${panel}</div>`).join("");
  const width = get("width") ? `.box{width:${Number(get("width"))}px}` : "";
  const handles = get("handles");
  const script = `
    window.events = [];
    for (const name of ["ready","error","context-changed","conversation-opened","unread-changed","draft-changed","reply-submitted","reply-published","height-changed","navigate","token-expired","before-publish"])
      document.addEventListener(name, (event) => { if (window.events.length < 5000) window.events.push([name, event.detail]); if (window.stop === name) event.preventDefault(); });
    window.keys = [];
    document.addEventListener("keydown", (event) => window.keys.push(event.key));
    ${handles ? `for (const p of document.querySelectorAll("jackfield-panel")) p.context = { customer: { crmId: "C-20981", handles: ${JSON.stringify(handles.split(","))} } };` : ""}`;
  const html = `<!doctype html><html lang="${get("lang") ?? "en"}"><head><meta charset="utf-8"><title>A ticket</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style nonce="page">${CSS}${count > 1 ? "body{display:flex}.box{flex:1}" : ""}${width}</style>
<script type="module" src="${server}/jackfield.js"></script></head><body>${get("above") ?? ""}<main>${boxes}</main><div id="elsewhere"></div><script nonce="page">${script}</script></body></html>`;
  return { html, headers: { "content-security-policy": csp + tt } };
}
