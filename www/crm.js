// What a CRM does for the panel: it says who the agent and the customer are, and listens.
const panel = document.querySelector("jackfield-panel");

// A token lives for minutes. The CRM's own server makes it, for the agent who is logged in there.
panel.tokenProvider = async () => {
  const answer = await fetch("/demo/token", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return (await answer.json()).token;
};

// A hint about whom the ticket is about; what an agent may see, the host decides.
panel.context = {
  subject: "#4711 The coffee stays lukewarm",
  customer: { crmId: "C-1042", emails: ["ana.ribeiro@example.org"], phones: ["+3515550142"], handles: [] },
  agent: "mia",
};

const log = document.querySelector("#log");

function entry(words) {
  const time = document.createElement("time");
  const now = new Date();
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const who = document.createElement("b");
  who.textContent = "Mia Lindqvist";
  const line = document.createElement("li");
  line.append(time, " ", who, ` ${words}`);
  log?.append(line);
}

// What the network accepted is part of the ticket's history.
panel.addEventListener("reply-published", () => entry("answered on a network; it was accepted."));
