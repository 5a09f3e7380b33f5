// A real PDS on this machine, with two accounts and no AppView. Prints {"url", "refresh", "did", "alice"} and stays until its
// input ends. Run in a folder where @atproto/dev-env and @atproto/api are installed.
import { createRequire } from "node:module";
import net from "node:net";
import { pathToFileURL } from "node:url";

// The test network would listen on every interface.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
  if (typeof given[0] === "number") return listen.call(this, given[0], "127.0.0.1", ...given.slice(1).filter((one) => typeof one === "function"));
  if (given[0] && typeof given[0] === "object" && given[0].port !== undefined) given[0].host = "127.0.0.1";
  return listen.apply(this, given);
};

const require = createRequire(`${process.cwd()}/x.js`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { TestNetworkNoAppView } = await load("@atproto/dev-env");
const { AtpAgent } = await load("@atproto/api");

const network = await TestNetworkNoAppView.create({ dbPostgresSchema: "jackfield" });
const url = network.pds.url;
const account = async (name) => {
  const agent = new AtpAgent({ service: url });
  await agent.createAccount({ handle: `${name}.test`, email: `${name}@example.test`, password: "a password of a test" });
  return agent;
};
const brand = await account("northwind");
const alice = await account("alice");
const asked = await alice.post({ text: "@northwind.test my lid is broken", createdAt: new Date().toISOString() });
console.log(JSON.stringify({ url, refresh: brand.session.refreshJwt, did: brand.session.did, alice: asked.uri }));
process.stdin.resume();
process.stdin.on("end", async () => {
  await network.close();
  process.exit(0);
});
