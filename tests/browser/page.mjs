// Somebody else's page, under exactly the policy that the panel asks for.
const html = (server, token, more = "") => `<!doctype html><html lang="en"><meta charset="utf-8"><title>A ticket</title>
<script type="module" src="${server}/jackfield.js"></script>
<h1>Ticket 4711</h1><div id="place"><jackfield-panel id="one" server="${server}" brand="northwind" token="${token}"></jackfield-panel></div>${more}</html>`;

/// The lines of the README, and nothing else.
export const policy = (server) => `default-src 'none'; script-src ${server} 'wasm-unsafe-eval'; connect-src ${server}`;

export const strict = (server, token) => ({
  "/": { body: html(server, token), headers: { "content-security-policy": policy(server) } },
  "/trusted-types": { body: html(server, token), headers: { "content-security-policy": `${policy(server)}; require-trusted-types-for 'script'` } },
  "/two": {
    body: html(server, token, `<div id="other"><jackfield-panel id="two" server="${server}" brand="northwind" token="${token}"></jackfield-panel></div>`),
    headers: { "content-security-policy": policy(server) },
  },
  "/no-wasm": { body: html(server, token), headers: { "content-security-policy": `script-src ${server}; connect-src ${server}; frame-src ${server}` } },
});

/// A page that is a desk, for whoever `?as=` says.
export const desk = (server, tokenOf) => ({
  "/desk": {
    body: (request) => html(server, tokenOf(new URL(request.url, "http://page").searchParams.get("as"))).replace("brand=", 'view="desk" brand='),
    headers: { "content-security-policy": `${policy(server)}; require-trusted-types-for 'script'` },
  },
});
