/** `npm run call`: one call through a running engine, as an operator sees it. Numbers are fictitious. */
import { describe, expect, it, onTestFinished } from "vitest";

import { readCallOptions } from "../../../cli/call/options.ts";
import type { CallValues } from "../../../cli/call/options.ts";
import { makeTestCall } from "../../../cli/call/place-call.ts";
import { createImportPool } from "../../../database/importing.ts";
import { startCommand } from "../../support/command-process.ts";
import { createTestDatabase } from "../../support/database.ts";
import {
  digitsOf,
  e164,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  phone,
  shareRig,
} from "../../support/running-engine.ts";
import type { Rig } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const rig = shareRig();

interface Told {
  readonly lines: string[];
  readonly text: string;
  readonly code: number;
}

/** The command in this process; `onLine` sees what it prints as it is printed. */
async function call(
  { database }: Pick<Rig, "database">,
  values: CallValues,
  onLine: (line: string, stop: () => void) => void = () => undefined,
): Promise<Told> {
  const pool = createImportPool({
    url: database.url,
    schema: "public",
    workerSchema: "graphile_worker",
    applicationName: "call-test",
  });
  const stop = new AbortController();
  const lines: string[] = [];
  try {
    const code = await makeTestCall({
      database: pool,
      options: readCallOptions({ to: phone(1), trunk: "a", ...values }),
      say: (line) => {
        lines.push(line);
        onLine(line, () => stop.abort());
      },
      signal: stop.signal,
      patience: { explainAfterMs: 500, giveUpAfterMs: 1_500 },
    });
    return { lines, text: lines.join("\n"), code };
  } finally {
    await pool.end();
  }
}

/** The names of what happened, in the order told. */
function happenings({ lines }: Told): string[] {
  return lines.flatMap((line) => /^ *\+\d+ ms {2}(\w+)/.exec(line)?.[1] ?? []);
}

async function campaigns({ sql }: Rig) {
  const { rows } = await sql.query<Record<string, unknown>>(
    "select status, is_test_call, max_dials from campaigns order by created_at",
  );
  return rows;
}

describe("a call that is made", () => {
  it("tells each event as it comes and then the outcome, and ends with 0 when it was answered", async () => {
    const fresh = await rig.fresh();
    await insertTrunk(fresh.sql);
    const told = await call(fresh, { "caller-id": "551130000000" });
    expect(happenings(told)).toEqual([
      "QUEUED",
      "ORIGINATING",
      "RINGING",
      "ANSWERED",
      "ENDED",
    ]);
    expect(told.text).toContain(`Calling ${e164(1)} through a`);
    expect(told.text).toMatch(/^Outcome +ANSWERED \(/m);
    expect(told.text).toMatch(/^Cause +NORMAL_CLEARING \(Q\.850 16\)$/m);
    expect(told.text).toMatch(/^Caller id +551130000000$/m);
    expect(told.text).toMatch(/^Answered for +0\.0 s$/m);
    expect(told.code).toBe(0);
    expect(await campaigns(fresh)).toEqual([
      { status: "COMPLETED", is_test_call: true, max_dials: 1 },
    ]);
  });

  it("ends with 0 when it only rang", async () => {
    const fresh = await rig.fresh({ shares: { no_answer: 1 } });
    await insertTrunk(fresh.sql);
    const told = await call(fresh, {});
    expect(told.text).toMatch(/^Outcome +NO_ANSWER/m);
    expect(told.code).toBe(0);
  });

  it("ends with 1 when it failed, and is neither repeated nor moved to another trunk", async () => {
    const fresh = await rig.fresh({ shares: { congestion: 1 } });
    await insertTrunk(fresh.sql);
    await insertTrunk(fresh.sql, { name: "b" });
    const told = await call(fresh, {});
    expect(told.text).toMatch(/^Outcome +NETWORK_CONGESTION/m);
    expect(told.text).toMatch(/^SIP status +(503|500|408) \(/m);
    expect(told.code).toBe(1);
    const { rows } = await fresh.sql.query(
      "select lead.status, lead.dials, (select count(*)::int from call_attempts) as attempts from leads as lead",
    );
    expect(rows).toEqual([{ status: "FAILED", dials: 1, attempts: 1 }]);
  });

  it("says why the PBX refused it", async () => {
    const fresh = await rig.fresh({ missingExtensions: ["nowhere"] });
    await insertTrunk(fresh.sql);
    const told = await call(fresh, { extension: "nowhere" });
    expect(told.text).toMatch(/ms {2}REFUSED +NO_SUCH_EXTENSION Extension/);
    expect(told.code).toBe(1);
    expect((await campaigns(fresh))[0]).toMatchObject({ status: "COMPLETED" });
  });

  it("keeps to no pause between calls: the same number can be tried again at once", async () => {
    const fresh = await rig.fresh();
    await insertTrunk(fresh.sql);
    expect((await call(fresh, {})).code).toBe(0);
    expect((await call(fresh, {})).code).toBe(0);
  });

  it("reads the number in the account's country", async () => {
    const fresh = await rig.fresh();
    const account = "7d0f2c4e-3b1a-4a5e-9c58-0d6b1f2e3a4c";
    await insertRow(
      fresh.sql,
      "account_settings",
      { account_id: account, default_country: "US" },
      "account_id",
    );
    await insertTrunk(fresh.sql, { account_id: account });
    const told = await call(fresh, { to: "(202) 555-0123" });
    expect(told.text).toContain(
      `Calling +12025550123 through a, for account ${account}`,
    );
    expect(told.code).toBe(0);
  });

  it("is hung up by Ctrl-C, a conversation too, and its campaign is cancelled", async () => {
    const fresh = await rig.fresh({
      numbers: { [digitsOf(1)]: { outcome: "answered", talkMs: 60_000 } },
      timeoutScale: 1,
    });
    await insertTrunk(fresh.sql);
    const told = await call(fresh, {}, (line, stop) => {
      if (line.includes("ANSWERED")) stop();
    });
    expect(happenings(told)).toContain("ENDED");
    expect(told.text).toContain("Hanging up …");
    expect(told.code).toBe(130);
    expect(fresh.pbx.stats().live).toBe(0);
    expect((await campaigns(fresh))[0]).toMatchObject({ status: "CANCELLED" });
  });
});

describe("a call that is not made", () => {
  it.each([
    ["TRUNK_INACTIVE", { is_active: false }, {}, "is_active = true"],
    [
      "NO_TRUNK_FOR_NUMBER",
      {},
      { to: "+1 202 555 0123" },
      "does not take this number",
    ],
    [
      "ADAPTER_MISMATCH",
      { dial_string: "PJSIP/{number}@carrier" },
      {},
      "different PBXs",
    ],
  ])(
    "says %s and what to do, and ends with 2",
    async (reason, trunk, values, advice) => {
      const fresh = await rig.fresh();
      await insertTrunk(fresh.sql, trunk);
      const before = fresh.pbx.stats().originates;
      const told = await call(fresh, values);
      expect(told.text).toMatch(new RegExp(`^ {2}${reason}: .*${advice}`, "m"));
      expect(told.code).toBe(2);
      expect(fresh.pbx.stats().originates).toBe(before);
      expect((await campaigns(fresh))[0]).toMatchObject({
        status: "CANCELLED",
      });
    },
  );

  it("obeys the do-not-call list", async () => {
    const fresh = await rig.fresh();
    await insertTrunk(fresh.sql);
    await insertRow(fresh.sql, "dnc_entries", { phone_e164: e164(1) });
    const before = fresh.pbx.stats().originates;
    const told = await call(fresh, {});
    expect(told.text).toMatch(/Nothing was dialled: DNC: .*do-not-call/);
    expect(told.code).toBe(2);
    expect(fresh.pbx.stats().originates).toBe(before);
  });

  it("says that the PBX is away, and leaves nothing to be dialled later", async () => {
    const fresh = await rig.fresh();
    await insertTrunk(fresh.sql);
    fresh.pbx.setLine(false);
    onTestFinished(() => {
      fresh.pbx.setLine(true);
    });
    const told = await call(fresh, {});
    expect(told.text).toContain(
      "PBX_DISCONNECTED: the engine is not connected",
    );
    expect(told.code).toBe(2);
    expect((await campaigns(fresh))[0]).toMatchObject({ status: "CANCELLED" });
  });

  it("waits for a free channel, but not for ever", async () => {
    const fresh = await rig.fresh({
      numbers: { [digitsOf(2)]: { outcome: "answered", talkMs: 60_000 } },
      timeoutScale: 1,
    });
    await insertTrunk(fresh.sql, { max_channels: 1 });
    const other = await insertCampaign(fresh.sql);
    await insertLead(fresh.sql, other, { phone: phone(2) });
    await waitFor("the other call to be answered", async () => {
      const { rowCount } = await fresh.sql.query(
        "select from call_attempts where answer_at is not null",
      );
      return rowCount === 1;
    });
    const told = await call(fresh, {});
    expect(told.text).toMatch(
      /Nothing was dialled yet, because:\n {2}TRUNK_CHANNELS: [^]*Given up, because:\n {2}TRUNK_CHANNELS: /,
    );
    expect(told.code).toBe(2);
    const { rows } = await fresh.sql.query(
      "select hangup_attempt(id) from call_attempts where end_at is null",
    );
    expect(rows).toHaveLength(1);
  });

  it("names the trunks when there is none of that name", async () => {
    const fresh = await rig.fresh();
    await insertTrunk(fresh.sql, { name: "norte" });
    await insertTrunk(fresh.sql, { name: "sul", is_active: false });
    await expect(call(fresh, { trunk: "leste" })).rejects.toThrow(
      'no trunk is called "leste"; there are:\n  norte\n  sul (switched off)',
    );
    expect(await campaigns(fresh)).toEqual([]);
  });

  it("asks for the account when trunks of two accounts have that name", async () => {
    const fresh = await rig.fresh();
    const account = "7d0f2c4e-3b1a-4a5e-9c58-0d6b1f2e3a4c";
    await insertTrunk(fresh.sql, { account_id: account });
    await insertTrunk(fresh.sql);
    await expect(call(fresh, {})).rejects.toThrow(
      /give --account with one of: .*7d0f2c4e/,
    );
  });

  it("refuses a number that cannot be one before it inserts anything", async () => {
    const fresh = await rig.fresh();
    await insertTrunk(fresh.sql);
    await expect(call(fresh, { to: "98000-0001" })).rejects.toThrow(
      /"98000-0001" cannot be called \(\w+\): .* are read as BR\./,
    );
    expect(await campaigns(fresh)).toEqual([]);
  });
});

describe("the command line", () => {
  it("says so when no engine is alive, and inserts nothing", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    await insertTrunk(database.pool);
    const args = ["--to", phone(1), "--trunk", "a"];
    const command = startCommand("call.ts", args, {
      DATABASE_URL: database.url,
    });
    expect(await command.exited, command.output.stderr).toBe(2);
    expect(command.output.stdout).toContain(
      "NO_ACTIVE_ENGINE: no engine is alive for this trunk's voice node",
    );
    const { rows } = await database.pool.query("select from campaigns");
    expect(rows).toEqual([]);
  });

  it("makes the call through an engine of another process", async () => {
    const fresh = await rig.fresh();
    await insertTrunk(fresh.sql);
    const args = ["--to", phone(1), "--trunk", "a"];
    const command = startCommand("call.ts", args, {
      DATABASE_URL: fresh.database.url,
    });
    expect(await command.exited, command.output.stderr).toBe(0);
    expect(command.output.stdout).toMatch(/^Outcome +ANSWERED/m);
    expect(command.output.stderr).toBe("");
  });

  it.each([
    [[], "--to is missing"],
    [["--to", "1"], "--trunk is missing"],
    [
      ["--to", "1", "--trunk", "a", "--timeout", "5"],
      '--timeout is "5"; expected 15 to 60 seconds',
    ],
    [["--to", "1", "--trunk", "a", "--caller-id", "me"], '--caller-id is "me"'],
    [["--to", "1", "--trunk", "a", "--account", "me"], '--account is "me"'],
    [["--to", "1", "--trunk", "a"], "DATABASE_URL"],
  ])("refuses %j in a line", async (args, message) => {
    const command = startCommand("call.ts", args);
    expect(await command.exited).toBe(1);
    expect(command.output.stderr).toContain(message);
    expect(command.output.stderr).not.toContain("at file:");
  });

  it("explains itself", async () => {
    const command = startCommand("call.ts", ["--help"]);
    expect(await command.exited).toBe(0);
    for (const option of [
      "--to",
      "--trunk",
      "--caller-id",
      "--account",
      "--timeout",
      "--extension",
    ])
      expect(command.output.stdout).toContain(option);
  });
});
