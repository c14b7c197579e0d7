/** The client chooses where answered calls go, among what the administrator permits; anything else is refused in words. */
import { beforeAll, describe, expect, it } from "vitest";
import { anna, berta, shareAccounts } from "./accounts.ts";
import {
  insertCampaign,
  insertLead,
  insertTrunk,
  one,
  setStatus,
} from "./rows.ts";

const scene = shareAccounts();
const ids = { all: "", annas: "", bertas: "", off: "", elsewhere: "" };

const insertDestination = async (
  values: Readonly<Record<string, unknown>>,
): Promise<string> => {
  const names = Object.keys(values);
  const { id } = await scene.database.asUser("service_role", (client) =>
    one(
      client,
      `insert into destinations (${names.join(", ")}) values (${names.map((_, n) => `$${String(n + 1)}`).join(", ")}) returning id`,
      Object.values(values),
    ),
  );
  return String(id);
};

beforeAll(async () => {
  ids.all = await insertDestination({ name: "A message" });
  ids.annas = await insertDestination({
    name: "Anna's queue",
    context: "from-dialer",
    extension: "queue",
    account_ids: [anna.sub],
  });
  ids.bertas = await insertDestination({
    name: "Berta's queue",
    extension: "queue",
    account_ids: [berta.accountId],
  });
  ids.off = await insertDestination({ name: "Old queue", is_active: false });
  ids.elsewhere = await insertDestination({
    name: "In the other PBX",
    voice_node: "second",
    extension: "amd_queue",
    amd_action: "HANGUP",
  });
});

const choose = (destinationId: string, values = {}): Promise<string> =>
  scene.database.asUser(anna, (client) =>
    insertCampaign(client, { destination_id: destinationId, ...values }),
  );

const reasons = async (campaignId: string, who: typeof anna | null = null) => {
  const sql =
    "select reason from dialing_blockers where campaign_id = $1 and reason like 'DESTINATION%'";
  const { rows } =
    who === null
      ? await scene.database.pool.query<{ reason: string }>(sql, [campaignId])
      : await scene.database.asUser(who, (client) =>
          client.query<{ reason: string }>(sql, [campaignId]),
        );
  return rows.map(({ reason }) => reason);
};

describe("a client", () => {
  it("reads the destinations that are permitted to its account, and not to whom else", async () => {
    const { rows } = await scene.database.asUser(anna, (client) =>
      client.query<{ name: string }>(
        "select name from destinations order by name",
      ),
    );
    expect(rows.map(({ name }) => name)).toEqual([
      "A message",
      "Anna's queue",
      "In the other PBX",
      "Old queue",
    ]);
    expect(
      await scene.denied(anna, "select account_ids from destinations"),
    ).toBe("42501");
  });

  it("chooses one of them, and another later, or none", async () => {
    const id = await choose(ids.annas);
    await scene.database.asUser(anna, async (client) => {
      for (const choice of [ids.all, null])
        await client.query(
          "update campaigns set destination_id = $2 where id = $1",
          [id, choice],
        );
    });
    expect(await reasons(id)).toEqual([]);
  });

  it.each([
    ["insert into destinations (name) values ('mine')"],
    ["update destinations set extension = '0800'"],
    ["delete from destinations"],
    ["update campaigns set dialplan_extension = '0800'"],
  ])("writes no destination and no raw place: %s", async (sql) => {
    expect(await scene.denied(anna, sql)).toBe("42501");
  });

  it("is refused another account's destination in the words for one that does not exist", async () => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    for (const id of [ids.bertas, nobody])
      await expect(choose(id)).rejects.toMatchObject({
        code: "23503",
        column: "destination_id",
        message: `destination_id: there is no destination ${id} for account ${anna.sub}`,
        hint: expect.stringContaining(
          "select id, name from destinations",
        ) as string,
      });
  });

  it("is refused one that is switched off, and one in a PBX out of which no trunk of the campaign leads", async () => {
    await expect(choose(ids.off)).rejects.toThrow(
      'destination "Old queue" is switched off',
    );
    await expect(choose(ids.elsewhere)).rejects.toThrow(
      'destination "In the other PBX" is in PBX "second", and the campaign\'s trunks lead out of PBX "default"',
    );
    await insertTrunk(scene.database.pool, {
      name: "second",
      voice_node: "second",
      account_id: anna.sub,
    });
    expect(await reasons(await choose(ids.elsewhere))).toEqual([]);
    await scene.database.pool.query(
      "delete from trunk_config where name = 'second'",
    );
  });

  it("is refused to start a campaign whose destination was switched off meanwhile", async () => {
    const place = await insertDestination({ name: "Short-lived" });
    const id = await choose(place, { status: "DRAFT" });
    await scene.database.pool.query(
      "update destinations set is_active = false where id = $1",
      [place],
    );
    await expect(
      scene.database.asUser(anna, (client) => setStatus(client, id, "ACTIVE")),
    ).rejects.toThrow('destination "Short-lived" is switched off');
  });
});

describe("a destination that is withdrawn", () => {
  it("holds its campaigns up, and says why to the account too", async () => {
    const place = await insertDestination({
      name: "Withdrawn",
      account_ids: [anna.sub],
    });
    const id = await choose(place);
    const change = (set: string) =>
      scene.database.pool.query(
        `update destinations set ${set} where id = $1`,
        [place],
      );
    for (const [set, reason] of [
      ["is_active = false", "DESTINATION_INACTIVE"],
      [
        `account_ids = array['${berta.accountId}'::uuid]`,
        "DESTINATION_NOT_PERMITTED",
      ],
      [
        "account_ids = null, is_active = true, voice_node = 'second'",
        "DESTINATION_NODE",
      ],
    ] as const) {
      await change(set);
      expect(await reasons(id)).toEqual([reason]);
      expect(await reasons(id, anna)).toEqual([reason]);
    }
    await change("voice_node = 'default'");
    expect(await reasons(id, anna)).toEqual([]);
  });

  it("keeps no leads out of a campaign that they reopen", async () => {
    const place = await insertDestination({ name: "Closed for today" });
    const id = await choose(place);
    await scene.database.pool.query(
      "update campaigns set status = 'COMPLETED', completed_by = 'ENGINE' where id = $1",
      [id],
    );
    await scene.database.pool.query(
      "update destinations set is_active = false where id = $1",
      [place],
    );
    await scene.database.asUser(anna, (client) => insertLead(client, id));
    expect(await reasons(id)).toEqual(["DESTINATION_INACTIVE"]);
  });

  it("cannot be deleted while a campaign has it", async () => {
    const place = await insertDestination({ name: "In use" });
    await choose(place, { name: "Uses it" });
    const remove = () =>
      scene.database.asUser("service_role", (client) =>
        client.query("delete from destinations where id = $1", [place]),
      );
    await expect(remove()).rejects.toMatchObject({
      code: "23503",
      message:
        'destination "In use" cannot be deleted: 1 campaigns hand their calls to it, such as "Uses it"',
      hint: expect.stringContaining("is_active = false") as string,
    });
    await scene.database.pool.query(
      "update campaigns set destination_id = null",
    );
    await remove();
  });

  it("tells another account nothing, by the function that blockers ask", async () => {
    const asked = (account: string) =>
      scene.database.asUser(anna, (client) =>
        one(client, "select dialer_destination_flaw($1, $2) as flaw", [
          ids.bertas,
          account,
        ]),
      );
    expect(await asked(berta.accountId)).toEqual({ flaw: null });
    expect(await asked(anna.sub)).toEqual({
      flaw: "DESTINATION_NOT_PERMITTED",
    });
  });
});

it("a change of a destination asks for a pass of its campaigns", async () => {
  const place = await insertDestination({ name: "Wakes" });
  const id = await choose(place);
  const { pool } = scene.database;
  await pool.query("delete from graphile_worker._private_jobs");
  await pool.query("update destinations set extension = 'amd' where id = $1", [
    place,
  ]);
  const { rows } = await pool.query(
    "select campaign_id from dialer_jobs where task = 'schedule_campaign'",
  );
  expect(rows).toEqual([{ campaign_id: id }]);
});
