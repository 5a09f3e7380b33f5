// All browser tests in one process, so that they share one browser.
import "./embed.spec.mjs";
import "./line.spec.mjs";
