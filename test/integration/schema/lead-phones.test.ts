/** Further numbers of a lead as clients write them: read, placed, refused in words, and nobody else's. */
import { beforeEach, describe, expect, it } from "vitest";
import { anna, berta, shareAccounts } from "./accounts.ts";
import { insertCampaign, insertLead, one } from "./rows.ts";

const scene = shareAccounts();
let campaign = "";
let lead = "";
let nth = 0;

/** A number that no test had before. */
function freshPhone(): string {
  nth += 1;
  return `11 3555-${String(2000 + nth)}`;
}

beforeEach(async () => {
  await scene.database.asUser(anna, async (client) => {
    campaign = await insertCampaign(client, { name: "Numbers" });
    lead = await insertLead(client, campaign, { phone: "11 3555-0100" });
  });
});

async function add(phone: string, values: Record<string, unknown> = {}) {
  const row = { lead_id: lead, phone, ...values };
  const names = Object.keys(row);
  return scene.database.asUser(anna, (client) =>
    one(
      client,
      `insert into lead_phones (${names.join(", ")})
       values (${names.map((_, index) => `$${String(index + 1)}`).join(", ")})
       returning id, account_id, campaign_id, phone_e164, position, state, kind`,
      Object.values(row),
    ),
  );
}

async function leadRow() {
  return one(
    scene.database.pool,
    "select status, status_reason, dial_phone_id, phone_state from leads where id = $1",
    [lead],
  );
}

async function setLead(assignments: string): Promise<void> {
  await scene.database.pool.query(
    `update leads set ${assignments} where id = $1`,
    [lead],
  );
}

describe("a further number", () => {
  it.each([
    ["(11) 98765-4321", "+5511987654321"],
    ["11 8765-4321", "+5511987654321"],
    ["+1 212 555 0123", "+12125550123"],
    ["0 11 3555-0142", "+551135550142"],
  ])("is read as a person writes it: %s", async (phone, e164) => {
    expect(await add(phone, { kind: "celular" })).toMatchObject({
      phone_e164: e164,
      state: "NEW",
      position: 1,
      kind: "celular",
      account_id: anna.sub,
      campaign_id: campaign,
    });
  });

  it.each(["3555-0142", "11 3555-0142 ramal 12", "11 3555-0142 / 3555-0143"])(
    "is refused in words when it is not one telephone: %s",
    async (phone) => {
      await expect(add(phone)).rejects.toMatchObject({
        code: "23514",
        column: "phone",
        message: `phone "${phone}" of lead_phones cannot be read as one telephone of country BR`,
        hint: expect.stringContaining("with + and country code") as string,
      });
    },
  );

  it("takes its turn behind the others, or where it was put", async () => {
    expect(await add(freshPhone())).toMatchObject({ position: 1 });
    expect(await add(freshPhone(), { position: 7 })).toMatchObject({
      position: 7,
    });
    expect(await add(freshPhone())).toMatchObject({ position: 8 });
    expect(await add(freshPhone(), { position: null })).toMatchObject({
      position: 9,
    });
  });

  it("may be written by upsert, on its lead and number", async () => {
    const upsert = () =>
      scene.database.asUser(anna, (client) =>
        one(
          client,
          `insert into lead_phones (lead_id, phone, kind) values ($1, '21 98765-4321', 'home')
           on conflict (lead_id, phone_e164) do update set phone = excluded.phone, kind = excluded.kind returning id`,
          [lead],
        ),
      );
    expect(await upsert()).toEqual(await upsert());
  });

  it("is kept as DUPLICATE when the lead has it already", async () => {
    expect(await add("+55 11 3555-0100")).toMatchObject({ state: "DUPLICATE" });
  });

  it("is kept as DUPLICATE when another lead of the campaign has it", async () => {
    const phone = freshPhone();
    expect(await add(phone)).toMatchObject({ state: "NEW" });
    await scene.database.asUser(anna, async (client) => {
      lead = await insertLead(client, campaign, { phone: freshPhone() });
    });
    expect(await add(phone)).toMatchObject({ state: "DUPLICATE" });
  });

  it("is a number of another campaign's leads all the same", async () => {
    const phone = freshPhone();
    await add(phone);
    await scene.database.asUser(anna, async (client) => {
      const other = await insertCampaign(client, { name: "Other" });
      lead = await insertLead(client, other, { phone: freshPhone() });
    });
    expect(await add(phone)).toMatchObject({ state: "NEW" });
  });

  it("is read again when it is corrected", async () => {
    const { id } = await add(freshPhone());
    await scene.database.pool.query(
      "update lead_phones set state = 'INVALID', dial_timezone = 'America/Manaus' where id = $1",
      [id],
    );
    await scene.database.asUser(anna, (client) =>
      client.query(
        "update lead_phones set phone = '11 3555-4999' where id = $1",
        [id],
      ),
    );
    expect(
      await one(
        scene.database.pool,
        "select phone_e164, state, dial_timezone from lead_phones where id = $1",
        [id],
      ),
    ).toEqual({
      phone_e164: "+551135554999",
      state: "NEW",
      dial_timezone: null,
    });
  });

  it("is one of twenty at most", async () => {
    for (let count = 0; count < 20; count++) await add(freshPhone());
    await expect(add(freshPhone())).rejects.toMatchObject({
      code: "23514",
      message: `lead ${lead} has 20 further numbers already`,
    });
  });

  it.each([
    ["phone_e164", "'+5511980009999'"],
    ["state", "'SPENT'"],
    ["dial_timezone", "'America/Manaus'"],
    ["next_attempt_at", "now()"],
    ["account_id", "gen_random_uuid()"],
    ["lead_id", "gen_random_uuid()"],
  ])("has columns that are not a client's: %s", async (column, value) => {
    await add(freshPhone());
    expect(
      await scene.denied(
        anna,
        `update lead_phones set ${column} = ${value} where lead_id = '${lead}'`,
      ),
    ).toBe("42501");
  });

  it("cannot be hung on another account's lead, which is as unknown as none", async () => {
    const nobody = "0f0f0f0f-0000-4000-8000-0000000000ff";
    for (const id of [lead, nobody])
      await expect(
        scene.database.asUser(berta, (client) =>
          client.query(
            "insert into lead_phones (lead_id, phone) values ($1, '11 3555-0177')",
            [id],
          ),
        ),
      ).rejects.toMatchObject({
        code: "23503",
        message: `there is no lead ${id} in your account`,
      });
  });

  it("goes with its lead, and with the person", async () => {
    await add(freshPhone());
    const count = () =>
      one(
        scene.database.pool,
        "select count(*)::int as numbers from lead_phones where lead_id = $1",
        [lead],
      );
    expect(await count()).toEqual({ numbers: 1 });
    await setLead("erased_at = now()");
    expect(await count()).toEqual({ numbers: 0 });
    await expect(add(freshPhone())).rejects.toMatchObject({
      code: "23514",
      message: `lead ${lead} was erased and takes no data`,
    });
    await scene.database.pool.query("delete from leads where id = $1", [lead]);
  });
});

describe("a lead that was given up", () => {
  it.each([
    ["because its number was invalid", "INVALID", "INVALID_NUMBER", 0, "NEW"],
    ["because tries were used up", "FAILED", "MAX_TRIES", 4, "RETRY"],
    ["because nobody had a rule", "FAILED", "NO_RULE", 1, "RETRY"],
    ["because its only number was on do-not-call", "DNC", "DNC", 0, "NEW"],
  ])("%s waits for a new number", async (_why, status, reason, dials, next) => {
    await setLead(
      `status = '${status}', status_reason = '${reason}', dials = ${String(dials)}`,
    );
    const { id } = await add(freshPhone());
    expect(await leadRow()).toMatchObject({
      status: next,
      status_reason: null,
      dial_phone_id: id,
    });
  });

  it.each([
    ["is done", "DONE", "SALE", 1],
    ["was called and is on do-not-call", "DNC", "DNC", 1],
    ["is another lead's duplicate", "INVALID", "DUPLICATE", 0],
    ["has used up its attempts", "FAILED", "MAX_ATTEMPTS", 5],
  ])("and %s stays so", async (_why, status, reason, dials) => {
    await setLead(
      `status = '${status}', status_reason = '${reason}', dials = ${String(dials)}`,
    );
    await add(freshPhone());
    expect(await leadRow()).toMatchObject({ status, status_reason: reason });
  });

  it("is not brought back by a number that another lead has", async () => {
    await setLead("status = 'INVALID', status_reason = 'INVALID_NUMBER'");
    await add("11 3555-0100");
    expect(await leadRow()).toMatchObject({ status: "INVALID" });
  });
});
