/** The doctor at a real Asterisk, with the configuration of docs/asterisk/, and with users that lack something. */
import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type AmiUser,
  type AsteriskLab,
  startAsterisk,
} from "../../../support/asterisk-lab.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../../support/database.ts";
import { insertCampaign, insertTrunk } from "../../../support/dialing-rows.ts";
import { waitFor } from "../../../support/wait-for.ts";
import {
  type Examination,
  examineEnvironment,
} from "../../../support/doctor-run.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

let lab: AsteriskLab;
let database: TestDatabase;

beforeAll(async () => {
  [lab, database] = await Promise.all([startAsterisk(), createTestDatabase()]);
  const { pool } = database;
  await insertTrunk(pool, {
    name: "good",
    dial_string: "PJSIP/{number}@carrier",
  });
  await insertTrunk(pool, {
    name: "down",
    dial_string: "PJSIP/{number}@watched",
  });
  await insertTrunk(pool, {
    name: "moving",
    dial_string: "PJSIP/{number}@redirecting",
  });
  await insertTrunk(pool, {
    name: "open",
    dial_string: "PJSIP/{number}@open",
  });
  await insertTrunk(pool, {
    name: "unknown",
    dial_string: "PJSIP/{number}@nobody",
  });
  await insertTrunk(pool, {
    name: "local",
    dial_string: "Local/{number}@from-dialer/n",
  });
  await insertTrunk(pool, {
    name: "astray",
    dial_string: "Local/{number}@no-such-context/n",
  });
  await insertTrunk(pool, {
    name: "simulated",
    dial_string: "mock/x/{number}",
  });
  await insertTrunk(pool, {
    name: "elsewhere",
    dial_string: "PJSIP/{number}@x",
    voice_node: "second",
  });
  await insertCampaign(pool, { name: "Plain" });
  await insertCampaign(pool, { name: "Pattern", dialplan_extension: "1005" });
  await insertCampaign(pool, { name: "Lost", dialplan_context: "nowhere" });
  await insertCampaign(pool, {
    name: "Mistyped",
    dialplan_extension: "agents",
  });
});

afterAll(async () => {
  await Promise.all([lab.stop(), database.drop()]);
});

function examine(
  user: AmiUser,
  env: Readonly<Record<string, string>> = {},
): Promise<Examination> {
  const { host, port, secret } = lab.account(user);
  return examineEnvironment({
    VOICE_ADAPTER: "asterisk_ami",
    ASTERISK_HOST: host,
    ASTERISK_AMI_PORT: String(port),
    ASTERISK_AMI_USER: user,
    ASTERISK_AMI_SECRET: secret,
    DATABASE_URL: database.url,
    ...env,
  });
}

describe("the user of docs/asterisk/manager.conf", () => {
  let found: Examination;

  beforeAll(async () => {
    found = await examine("dialer");
  });

  it("is logged in, and everything that it needs is there", () => {
    expect(found.codes("asterisk.tcp")).toEqual(["asterisk.tcp.ok"]);
    expect(found.codes("asterisk.login")).toEqual(["asterisk.login.ok"]);
    expect(found.text("asterisk.version.ok")).toMatch(/Asterisk \d+\./);
    expect(found.text("asterisk.write.ok").split("\n")).toHaveLength(4);
    expect(found.codes("asterisk.read")).toEqual([
      "asterisk.read.ok",
      "asterisk.read.ok",
      "asterisk.read.ok",
      "asterisk.read.ok",
    ]);
    expect(found.text("asterisk.read.ok").match(/^\w+/gm)).toEqual([
      "system",
      "user",
      "call",
      "agent",
    ]);
    expect(found.codes("asterisk.clock")).toEqual(["asterisk.clock.ok"]);
    expect(found.codes("asterisk.timestamps")).toEqual([
      "asterisk.timestamps.ok",
    ]);
  });

  it("reports each context and extension that a campaign names, patterns among them", () => {
    expect(found.text("asterisk.context.ok")).toContain("s@from-dialer");
    expect(found.text("asterisk.context.ok")).toContain("1005@from-dialer");
    expect(found.text("asterisk.context.no-context")).toMatch(/nowhere.*Lost/);
    expect(found.text("asterisk.context.no-extension")).toMatch(
      /from-dialer.*agents.*Mistyped/,
    );
  });

  it("reports for each trunk whether its endpoint is known and reachable", () => {
    expect(found.text("asterisk.trunks.ok")).toContain("good: PJSIP/carrier");
    expect(found.text("asterisk.trunks.unreachable")).toContain(
      "down: PJSIP/watched",
    );
    expect(found.text("asterisk.trunks.no-endpoint")).toContain(
      "unknown: Asterisk knows no PJSIP/nobody",
    );
    expect(found.text("asterisk.trunks.context")).toContain("from-dialer");
    expect(found.text("asterisk.trunks.no-context")).toContain(
      "no-such-context",
    );
  });

  it("reports each trunk on which a carrier's 302 would ring another number", () => {
    expect(found.text("asterisk.trunks.redirects")).toMatch(
      /^moving: redirect_method = uri_pjsip of endpoint redirecting/,
    );
    expect(found.text("asterisk.trunks.redirects")).not.toContain("\n");
    expect(found.text("asterisk.trunks.redirects-to")).toMatch(
      /^open: context from-internal of endpoint open/,
    );
    expect(found.text("asterisk.trunks.redirects-to")).not.toContain("\n");
  });

  it("reports that the dialplan records calls answered while no engine is connected", () => {
    expect(found.codes("asterisk.past")).toEqual(["asterisk.past.ok"]);
  });

  it("reports trunks for another PBX and of another node", () => {
    expect(found.text("dialing.trunks.other-adapter")).toMatch(
      /simulated.*mock.*asterisk_ami/,
    );
    expect(found.text("dialing.trunks.other-node")).toMatch(
      /elsewhere.*second.*default/,
    );
  });

  it("leaves no call and no channel behind, and calls nobody", async () => {
    await waitFor("its own call to be over", async () =>
      /0 active channels[\s\S]*0 active calls/.test(
        await lab.cli("core show channels count"),
      ),
    );
    expect(await lab.carrier.calls()).toEqual([]);
    expect(await lab.agents.calls()).toEqual([]);
  });
});

it("a dialplan without [dialer-past] is reported, with the consequences", async () => {
  await lab.cli("dialplan remove context dialer-past");
  try {
    const found = await examine("dialer");
    expect(found.codes("asterisk.past")).toEqual(["asterisk.past.missing"]);
    expect(found.text("asterisk.past.missing")).toMatch(
      /ORPHANED.*docs\/asterisk\/extensions\.conf/,
    );
  } finally {
    await lab.cli("dialplan reload");
  }
});

it("a wrong secret is refused, and neither it nor the right one is printed", async () => {
  const found = await examine("dialer", {
    ASTERISK_AMI_SECRET: "wrong-secret-of-the-test",
  });
  const text = found.text("asterisk.login.refused");
  expect(text).toContain("Authentication failed");
  expect(text).toContain("permit = 127.0.0.1");
  expect(JSON.stringify(found.lines)).not.toContain("wrong-secret");
  expect(found.codes("asterisk.trunks")).toEqual(["skipped.after"]);
});

it("an address that permit leaves out is refused with the advice for it", async () => {
  const found = await examine("elsewhere");
  expect(found.text("asterisk.login.refused")).toContain("permit");
});

it("each missing write class is named with what it is for", async () => {
  const found = await examine("readonly");
  const missing = found.text("asterisk.write.missing");
  expect(missing).toMatch(/originate is missing: may not Originate/);
  expect(missing).toMatch(/call is missing: may not Hangup/);
  expect(missing).toMatch(/user is missing: may not UserEvent/);
  expect(found.text("asterisk.write.ok")).toMatch(/^reporting: may CoreStatus/);
  expect(found.codes("asterisk.timestamps")).toEqual(["skipped.after"]);
});

it("a user that does not receive FullyBooted lacks system", async () => {
  const found = await examine("nosystem");
  expect(found.codes("asterisk.read")).toContain("asterisk.read.no-system");
});

it.each([
  ["nocall", "asterisk.read.no-call", /read = system,call,user,agent/],
  ["noagent", "asterisk.read.no-agent", /read = system,call,user,agent/],
  ["without-Newstate", "asterisk.read.filtered", /: Newstate .*eventfilter/],
] as const)(
  "what %s does not receive is a problem",
  async (user, code, text) => {
    expect((await examine(user)).text(code)).toMatch(text);
  },
);

it("a user that may do everything is warned of", async () => {
  const found = await examine("lab");
  expect(found.text("asterisk.write.excess")).toContain("command");
});

it("without a database the configured context is checked all the same", async () => {
  const found = await examine("dialer", {
    DATABASE_URL: "",
    ASTERISK_CONTEXT: "mistyped",
  });
  expect(found.text("asterisk.context.no-context")).toMatch(
    /mistyped.*ASTERISK_CONTEXT/,
  );
  expect(found.codes("asterisk.trunks")).toEqual(["skipped.no-facts"]);
});

/** A call as an engine with that installation's id makes it, whom nobody answers. @returns ends it */
async function callOf(installation: string): Promise<() => Promise<void>> {
  const client = await lab.connect();
  const id = randomUUID();
  await client.action("Originate", [
    ["Channel", "PJSIP/5511980009180@carrier"],
    ...([
      ["ChannelId", id],
      ["Account", installation],
      ["Context", "from-dialer"],
      ["Exten", "s"],
      ["Priority", "1"],
      ["Timeout", "60000"],
      ["Async", "true"],
    ] as const),
  ]);
  await waitFor("the call", async () =>
    (await lab.cli("core show channels concise")).includes(installation),
  );
  return async () => {
    await client.action("Hangup", [["Channel", id]]);
    await client.close();
  };
}

describe("calls that are up on the same Asterisk", () => {
  it("are counted by whose they are", async () => {
    const { rows } = await database.pool.query<{ id: string }>(
      "select id from installation",
    );
    const own = await callOf(rows[0]?.id ?? "");
    const alone = await examine("dialer");
    expect(alone.text("asterisk.sharing.alone")).toMatch(
      /1 of this installation, none of another/,
    );
    const other = randomUUID();
    const theirs = [await callOf(other), await callOf(other)];
    const both = await examine("dialer");
    expect(both.text("asterisk.sharing.others")).toContain(
      `live calls of other installations on this Asterisk: 2, of 1 (for example ${other}); of this one: 1`,
    );
    for (const end of [own, ...theirs]) await end();
  });
});
