// What a page does for the full-page console: it says who works here. `?as=tom` opens the desk of another agent, so that
// two windows are two people.
const panel = document.querySelector("jackfield-panel");
const agent = new URL(location.href).searchParams.get("as") || "mia";

panel.tokenProvider = async () => {
  const answer = await fetch("/demo/token", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ agent }) });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return (await answer.json()).token;
};
