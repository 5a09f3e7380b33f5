// All browser tests in one process, so that they share one browser.
import "./desk.spec.mjs";
import "./embed.spec.mjs";
import "./line.spec.mjs";
