/** The doctor at an Event Socket that answers as FreeSWITCH does, well and badly configured. */
import { randomUUID } from "node:crypto";

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

test("a correct FreeSWITCH: version, permissions, limits, contexts and gateways are reported", async () => {
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

test("a directory user that is refused is named, with the file that is its own", async () => {
  const { found } = await examine(
    {},
    { FREESWITCH_ESL_PASSWORD: "engine@dialer:wrong-secret-of-the-test" },
  );
  const text = found.text("freeswitch.login.refused-user");
  expect(text).toContain("engine@dialer");
  expect(text).toMatch(/directory\/dialer\.xml.*not event_socket\.conf\.xml/);
  expect(JSON.stringify(found.lines)).not.toContain("wrong-secret");
});

test("a restricted user: what could not be checked is said with the line that permits it, and the version is told all the same", async () => {
  const { found } = await examine({
    api: {},
    denied: ["version", "xml_locate", "sofia"],
  });
  expect(found.text("freeswitch.version.ok")).toContain("1.11.1-release");
  expect(found.text("freeswitch.context.untold")).toMatch(
    /Add xml_locate to esl-allowed-api/,
  );
  expect(found.text("freeswitch.trunks.denied")).toMatch(
    /good: gateway .* was not checked[\s\S]*add sofia to esl-allowed-api/,
  );
});

test("a campaign without a caller id on a trunk without one: FreeSWITCH would show 0000000000", async () => {
  const { found } = await examine();
  expect(found.text("freeswitch.trunks.no-caller-id")).toMatch(
    /good: campaign .*0000000000[\s\S]*trunk_config\.caller_id/,
  );
});

test.each([
  [0, "ok", / ms/],
  [3_600_000, "ahead", /3600 s ahead/],
  [-90_000, "behind", /90 s behind/],
])("its clock, %i ms from ours, is %s", async (clockOffsetMs, how, words) => {
  const { found } = await examine({ clockOffsetMs });
  expect(found.codes("freeswitch.clock")).toEqual([`freeswitch.clock.${how}`]);
  expect(found.text(`freeswitch.clock.${how}`)).toMatch(words);
});

test.each(["bgapi", "BACKGROUND_JOB"])(
  "its clock is not known to a user without %s",
  async (right) => {
    const { found } = await examine({ denied: [right] });
    expect(found.codes("freeswitch.clock")).toEqual([
      "freeswitch.clock.untold",
    ]);
  },
);

test("an address that the ACL leaves out is named", async () => {
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
  // A job that asks: its end tells the time.
  expect(orders).toEqual(["bgapi status"]);
});

test("calls of another installation are counted, by its installation tag", async () => {
  const { rows } = await database.pool.query<{ id: string }>(
    "select id from installation",
  );
  const own = rows[0]?.id ?? "";
  const call = (mark: string, id: string = randomUUID()) => ({
    uuid: id,
    accountcode: id,
    presence_data: mark,
  });
  const other = randomUUID();
  const channels = [
    call(own),
    ...[call(other), call(other)],
    // A leg of the other's, a stranger's call, and the other half of a call.
    { uuid: randomUUID(), accountcode: "", presence_data: other },
    call("1001@pbx.example"),
    { ...call(other), uuid: randomUUID() },
  ];
  const shown = (all: readonly object[]) => ({
    ...api,
    "show channels as json": JSON.stringify({
      row_count: all.length,
      rows: all,
    }),
  });
  const both = await examine({ api: shown(channels) });
  expect(both.found.text("freeswitch.sharing.others")).toContain(
    `are up on this FreeSWITCH: 2, of 1 (such as ${other}); of this one: 1`,
  );
  const alone = await examine({ api: shown([call(own)]) });
  expect(alone.found.text("freeswitch.sharing.alone")).toMatch(
    /1 of this installation, none of another/,
  );
  const blind = await examine({ api }, { DATABASE_URL: "" });
  expect(blind.found.codes("freeswitch.sharing")).toEqual(["skipped.after"]);
});
