/** A person with several numbers is erased by any one of them, and nobody else who shares one is. */
import { expect, it } from "vitest";
import { insertRow } from "../../support/dialing-rows.ts";
import { one } from "../schema/rows.ts";
import { admin, mobile, shareErasureScene } from "./scene.ts";

const scene = shareErasureScene();
const second = "+5521977776666";
const third = "+551135550142";

async function personWithNumbers(): Promise<string> {
  const lead = await scene.lead();
  for (const phone of [second, third])
    await insertRow(scene.pool, "lead_phones", { lead_id: lead, phone });
  await scene.call(lead);
  await scene.pool.query(
    `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, lead_phone_id, state, outcome,
       trunk_id, voice_node, originate_at, end_at)
     select lead.account_id, lead.campaign_id, lead.id, 2, number.phone_e164, number.id, 'BUSY', 'BUSY', $2, 'default', now(), now()
     from leads as lead join lead_phones as number on number.lead_id = lead.id and number.phone_e164 = $3 where lead.id = $1`,
    [lead, scene.trunkId, second],
  );
  return lead;
}

async function found(...numbers: readonly string[]): Promise<unknown[]> {
  const places: unknown[] = [];
  for (const number of numbers) {
    const { rows } = await scene.pool.query<{ table_name: string }>(
      "select * from find_number($1)",
      [number],
    );
    places.push(...rows);
  }
  return places;
}

it.each([mobile, second, third])(
  "is erased with all numbers, asked for by %s",
  async (asked) => {
    await personWithNumbers();
    const elsewhere = await scene.campaign();
    await scene.lead({
      campaign_id: elsewhere,
      phone: second,
      phone_e164: second,
      external_id: null,
      metadata: "{}",
    });
    expect(await found(mobile, second, third)).not.toEqual([]);
    const erased = await scene.database.asUser(admin, (client) =>
      one(client, "select * from erase_person($1)", [asked]),
    );
    expect(erased).toMatchObject({ leads_erased: 2, attempts_erased: 2 });
    expect(await found(mobile, second, third)).toEqual([]);
    expect(
      await one(scene.pool, "select count(*)::int as numbers from lead_phones"),
    ).toEqual({ numbers: 0 });
  },
);

it("is erased with all numbers, asked for by a lead whose first number cannot be read", async () => {
  const lead = await personWithNumbers();
  await scene.pool.query(
    "update leads set phone = 'unknown', phone_e164 = null where id = $1",
    [lead],
  );
  await scene.database.asUser(admin, (client) =>
    client.query("select * from erase_person_of_lead($1)", [lead]),
  );
  expect(await found(second, third)).toEqual([]);
});

it("stays on do-not-call by each number, if that was asked for", async () => {
  await personWithNumbers();
  await scene.database.asUser(admin, (client) =>
    client.query("select * from erase_person($1, do_not_call => true)", [
      second,
    ]),
  );
  for (const number of [mobile, second, third])
    expect(
      await one(
        scene.pool,
        "select dialer_is_barred(account_id, id, $2) as barred from campaigns where id = $1",
        [scene.campaignId, number],
      ),
    ).toEqual({ barred: true });
});

it("leaves another lead that shares a line, without the line", async () => {
  await personWithNumbers();
  const other = await scene.lead({
    phone: "+5511966665555",
    phone_e164: "+5511966665555",
    external_id: null,
    first_name: "Nora",
    metadata: "{}",
  });
  const shared = await insertRow(scene.pool, "lead_phones", {
    lead_id: other,
    phone: third,
  });
  expect(
    await one(scene.pool, "select state from lead_phones where id = $1", [
      shared,
    ]),
  ).toEqual({ state: "DUPLICATE" });
  await scene.database.asUser(admin, (client) =>
    client.query("select * from erase_person($1)", [mobile]),
  );
  expect(
    await one(scene.pool, "select first_name from leads where id = $1", [
      other,
    ]),
  ).toEqual({ first_name: "Nora" });
  expect(await found(third)).toEqual([]);
});

it("is not erased while a call to any of the numbers is under way", async () => {
  const lead = await personWithNumbers();
  await scene.pool.query(
    `update call_attempts set state = 'ANSWERED', outcome = null, end_at = null, answer_at = now()
     where lead_id = $1 and phone_e164 = $2`,
    [lead, second],
  );
  await expect(
    scene.database.asUser(admin, (client) =>
      client.query("select * from erase_person($1)", [third]),
    ),
  ).rejects.toMatchObject({ code: "55006" });
  expect((await found(mobile, second, third)).length).toBeGreaterThan(0);
});
