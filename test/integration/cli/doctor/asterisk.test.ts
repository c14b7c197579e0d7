/** The doctor at a real Asterisk, with the configuration of docs/asterisk/, and with users that lack something. */
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
import {
  type Examination,
  examineEnvironment,
} from "../../../support/doctor-run.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

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
      "asterisk.read.untold",
    ]);
    expect(found.codes("asterisk.timestamps")).toEqual([
      "asterisk.timestamps.ok",
    ]);
  });

  it("is told of each context and extension that a campaign names, patterns among them", () => {
    expect(found.text("asterisk.context.ok")).toContain("s@from-dialer");
    expect(found.text("asterisk.context.ok")).toContain("1005@from-dialer");
    expect(found.text("asterisk.context.no-context")).toMatch(/nowhere.*Lost/);
    expect(found.text("asterisk.context.no-extension")).toMatch(
      /from-dialer.*agents.*Mistyped/,
    );
  });

  it("is told of each trunk whether its endpoint is known and reachable", () => {
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

  it("is told of trunks for another PBX and of another node", () => {
    expect(found.text("dialing.trunks.other-adapter")).toMatch(
      /simulated.*mock.*asterisk_ami/,
    );
    expect(found.text("dialing.trunks.other-node")).toMatch(
      /elsewhere.*second.*default/,
    );
  });

  it("leaves no call and no channel behind", async () => {
    expect(await lab.cli("core show channels count")).toMatch(
      /0 active channels[\s\S]*0 active calls[\s\S]*0 calls processed/,
    );
  });
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

it("a user that is not told of FullyBooted lacks system", async () => {
  const found = await examine("nosystem");
  expect(found.codes("asterisk.read")).toContain("asterisk.read.no-system");
});

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
