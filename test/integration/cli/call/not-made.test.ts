/** `npm run call`: a call that is not made, and what the operator is told about it. */
import { describe, expect, it, onTestFinished } from "vitest";

import {
  digitsOf,
  e164,
  insertCampaign,
  insertLead,
  insertRow,
  insertTrunk,
  phone,
  shareRig,
} from "../../../support/running-engine.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { call, campaigns } from "./scene.ts";

const rig = shareRig();

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

  it.each([
    [
      "switched off",
      { is_active: false },
      /--destination "Vendas" cannot be used: it is switched off: update destinations set/,
    ],
    [
      "another account's",
      { account_ids: ["7d0f2c4e-3b1a-4a5e-9c58-0d6b1f2e3a4c"] },
      /the account of this call may not use it; see account_ids/,
    ],
    [
      "on another PBX",
      { voice_node: "second" },
      /it is on another PBX than the trunk/,
    ],
    [
      "of another name",
      { name: "Cobrança" },
      /no destination is called "Vendas"; this call can use:\n {2}Cobrança$/,
    ],
  ])(
    "refuses a destination that is %s before it inserts anything",
    async (_what, values, message) => {
      const fresh = await rig.fresh();
      await insertTrunk(fresh.sql);
      const row = { name: "Vendas", extension: "queue", ...values };
      await insertRow(fresh.sql, "destinations", row);
      await expect(call(fresh, { destination: "Vendas" })).rejects.toThrow(
        message,
      );
      expect(await campaigns(fresh)).toEqual([]);
    },
  );

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
