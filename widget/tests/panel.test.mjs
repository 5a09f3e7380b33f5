// The panel alone, in a browser, against a server with state (widget/dev). What crosses to the real host is in tests/.
//
//   node --test widget/tests/        needs dist/panel; JACKFIELD_PANEL_DIST and CHROMIUM name others
import { after, before, describe } from "node:test";
import { start, stop } from "./rig.mjs";
import { embedding } from "./embedding.mjs";
import { reading } from "./reading.mjs";
import { writing } from "./writing.mjs";
import { faults } from "./faults.mjs";
import { access } from "./access.mjs";
import { desk } from "./desk.mjs";
import { deskAccess } from "./desk_access.mjs";
import { soak } from "./soak.mjs";

before(start);
after(stop);
describe("in somebody else's page", embedding);
describe("reading", reading);
describe("writing", writing);
describe("when things fail", faults);
describe("for everybody", access);
describe("at a desk", desk);
describe("at a desk, for everybody", deskAccess);
describe("all day long", soak);
