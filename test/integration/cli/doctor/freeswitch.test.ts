/** The doctor at an Event Socket that answers as FreeSWITCH does, well and badly configured. */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../../support/database.ts";
import { insertCampaign, insertTrunk } from "../../../support/dialing-rows.ts";
import {
  type DoctorEslOptions,
  gatewayStatus,
  rudeRejection,
  startDoctorEslServer,
} from "../../../support/doctor-esl-server.ts";
import { examineEnvironment } from "../../../support/doctor-run.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  const trunk = (name: string, gateway: string, cps = 5) =>
    insertTrunk(pool, {
      name,
      dial_string: `sofia/gateway/${gateway}/{number}`,
      cps_limit: cps,
    });
  await trunk("good", "carrier");
  await trunk("down", "dead");
  await trunk("unknown", "nobody");
  await insertCampaign(pool, { name: "Plain" });
  await insertCampaign(pool, { name: "Lost", dialplan_context: "nowhere" });
});

afterAll(async () => {
  await database.drop();
});

const api = {
  "sofia status gateway carrier": gatewayStatus("carrier", "NOREG", "UP"),
  "sofia status gateway dead": gatewayStatus("dead", "NOREG", "DOWN"),
  "sofia status gateway nobody": "Invalid Gateway!\n",
  "xml_locate dialplan context name default":
    '<context name="default">\n  <extension name="s"/>\n</context>\n',
  "xml_locate dialplan context name nowhere": "can't find anything\n",
};

async function examine(
  options: DoctorEslOptions = {},
  env: Readonly<Record<string, string>> = {},
) {
  const server = await startDoctorEslServer({ api, ...options });
  onTestFinished(() => server.close());
  const found = await examineEnvironment({
    VOICE_ADAPTER: "freeswitch_esl",
    FREESWITCH_HOST: "127.0.0.1",
    FREESWITCH_ESL_PORT: String(server.port),
    FREESWITCH_ESL_PASSWORD: "password-of-the-test",
    DATABASE_URL: database.url,
    ...env,
  });
  return { found, server };
}

test("a FreeSWITCH in order: version, rights, limits, contexts and gateways are told", async () => {
  const { found } = await examine();
  expect(found.codes("freeswitch.tcp")).toEqual(["freeswitch.tcp.ok"]);
  expect(found.codes("freeswitch.login")).toEqual(["freeswitch.login.ok"]);
  expect(found.text("freeswitch.version.ok")).toContain("1.11.1-release");
  expect(found.text("freeswitch.rights.ok")).toContain("originate");
  expect(found.codes("freeswitch.limits")).toEqual(["freeswitch.limits.tight"]);
  expect(found.text("freeswitch.context.ok")).toContain("default");
  expect(found.text("freeswitch.context.missing")).toMatch(/nowhere.*Lost/);
  expect(found.text("freeswitch.trunks.ok")).toContain("good");
  expect(found.text("freeswitch.trunks.down")).toMatch(/down: .*dead is DOWN/);
  expect(found.text("freeswitch.trunks.unknown")).toMatch(/unknown: .*nobody/);
});

test("a wrong password is refused, and not printed", async () => {
  const { found } = await examine(
    {},
    { FREESWITCH_ESL_PASSWORD: "wrong-secret-of-the-test" },
  );
  expect(found.codes("freeswitch.login")).toEqual(["freeswitch.login.refused"]);
  expect(found.codes("freeswitch.rights")).toEqual(["skipped.after"]);
  expect(JSON.stringify(found.lines)).not.toContain("wrong-secret");
});

test("an address that the ACL leaves out is told which it is", async () => {
  const { found, server } = await examine({ greeting: rudeRejection });
  expect(found.text("freeswitch.tcp.acl")).toContain("127.0.0.1");
  expect(server.commands).toEqual([]);
});

test("another service on the port is not given the password", async () => {
  const { found, server } = await examine({
    greeting: "HTTP/1.1 400 Bad Request\r\n\r\n\n\n",
  });
  expect(found.codes("freeswitch.tcp")).toEqual(["freeswitch.tcp.not-esl"]);
  expect(server.commands).toEqual([]);
});

test("each command and event that the user may not have is named", async () => {
  const { found } = await examine({
    denied: ["originate", "uuid_kill", "CHANNEL_ANSWER", "xml_locate"],
  });
  expect(found.text("freeswitch.rights.missing")).toMatch(
    /uuid_kill: [\s\S]*originate: /,
  );
  expect(found.text("freeswitch.rights.no-events")).toContain("CHANNEL_ANSWER");
});

test("a dialplan that cannot be asked for is skipped, not called missing", async () => {
  const { found } = await examine({ api: {}, denied: ["xml_locate"] });
  expect(found.codes("freeswitch.context")).toEqual([
    "freeswitch.context.untold",
    "freeswitch.context.untold",
  ]);
});

test("the password of every delivery is warned of", async () => {
  const { found } = await examine(
    { password: "ClueCon" },
    { FREESWITCH_ESL_PASSWORD: "ClueCon" },
  );
  expect(found.codes("variables")).toEqual(["variables.default-password"]);
  expect(found.codes("freeswitch.login")).toEqual(["freeswitch.login.ok"]);
});

test("one question without an answer leaves no check without a line", async () => {
  const { found } = await examine({ api: { ...api, version: null } });
  expect(found.codes("freeswitch.version")).toEqual(["failed.error"]);
  expect(found.codes("freeswitch.rights")).toHaveLength(1);
  expect(found.codes("freeswitch.trunks")).not.toHaveLength(0);
});

test("it dials nobody and ends nothing", async () => {
  const { server } = await examine();
  const orders = server.commands.filter((command) =>
    /originate .|bgapi|uuid_kill(?! [0-9a-f-]{36}$)|hupall|reload|shutdown/.test(
      command,
    ),
  );
  expect(orders).toEqual([]);
});
