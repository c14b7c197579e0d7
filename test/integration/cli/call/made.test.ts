/** `npm run call`: a call that is made through a running engine, as an operator sees it. */
import { describe, expect, it } from "vitest";

import {
  digitsOf,
  e164,
  insertRow,
  insertTrunk,
  shareRig,
} from "../../../support/running-engine.ts";
import { call, campaigns, happenings } from "./scene.ts";

const rig = shareRig();

describe("a call that is made", () => {
  it("prints each event as it arrives and then the outcome, and ends with 0 when it was answered", async () => {
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
    // As its row says; how long a talk of 30 ms lasts is the machine's affair.
    const { rows } = await fresh.sql.query<{ ms: number }>(
      "select answered_duration_ms as ms from call_attempts",
    );
    const seconds = (Number(rows[0]?.ms) / 1_000).toFixed(1);
    expect(told.text).toMatch(
      new RegExp(`^Answered for +${seconds.replace(".", "\\.")} s$`, "m"),
    );
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

  it("ends with 1 when the PBX itself refuses it, and is not made again", async () => {
    const fresh = await rig.fresh({ shares: { switch_refused: 1 } });
    await insertTrunk(fresh.sql);
    const before = fresh.pbx.stats().originates;
    const told = await call(fresh, {});
    expect(told.text).toMatch(/^Outcome +SWITCH_REFUSED/m);
    expect(told.code).toBe(1);
    expect(fresh.pbx.stats().originates - before).toBe(1);
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

  it("says that an answered call would have nowhere to go, and dials nobody", async () => {
    const fresh = await rig.fresh({ missingExtensions: ["nowhere"] });
    await insertTrunk(fresh.sql);
    const told = await call(fresh, { extension: "nowhere" });
    expect(told.text).toMatch(/ms {2}NOT_SENT +.*no extension nowhere/);
    expect(told.text).toMatch(
      /MISSING_EXTENSION: the PBX has no such extension.*--extension/,
    );
    expect(told.code).toBe(2);
    const { rows } = await fresh.sql.query("select dials from leads");
    expect(rows).toEqual([{ dials: 0 }]);
    expect((await campaigns(fresh))[0]).toMatchObject({ status: "CANCELLED" });
  });

  it("goes where its destination says", async () => {
    const fresh = await rig.fresh({
      extensions: { amd_queue: { amdMs: 5 } },
      answeredBy: { MACHINE: 1 },
    });
    await insertTrunk(fresh.sql);
    await insertRow(fresh.sql, "destinations", {
      name: "Fila de vendas",
      extension: "amd_queue",
    });
    const told = await call(fresh, { destination: "Fila de vendas" });
    expect(told.code).toBe(0);
    const { rows } = await fresh.sql.query(
      `select destinations.extension, attempt.amd_result from campaigns
       join destinations on destinations.id = campaigns.destination_id
       join call_attempts as attempt on attempt.campaign_id = campaigns.id`,
    );
    expect(rows).toEqual([{ extension: "amd_queue", amd_result: "MACHINE" }]);
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
