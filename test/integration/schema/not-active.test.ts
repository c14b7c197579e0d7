/** dialing_blockers answers for every campaign that does not dial, and says who stopped it. */
import type pg from "pg";
import { describe, expect, it } from "vitest";
import { anna, shareAccounts } from "./accounts.ts";
import { insertCampaign, insertLead, one, setStatus } from "./rows.ts";

const scene = shareAccounts();
type Client = Pick<pg.PoolClient, "query">;

const rowsOf = async (
  campaignId: string,
  client: Client = scene.database.pool,
) =>
  (
    await client.query<Record<string, unknown>>(
      `select reason, count::int, detail, changed_by, changed_at is not null as dated
       from dialing_blockers where campaign_id = $1 order by reason`,
      [campaignId],
    )
  ).rows;

const ofAnna = (values: Readonly<Record<string, unknown>>): Promise<string> =>
  scene.database.asUser(anna, (client) => insertCampaign(client, values));
/** As PostgREST tells the database of a user who signed in with an e-mail address. */
const asBoss = async (sql: string, values: unknown[]): Promise<void> => {
  await scene.database.asUser(anna, async (client) => {
    await client.query(
      `select set_config('request.jwt.claims',
         (current_setting('request.jwt.claims')::jsonb || '{"email": "boss@example.com"}')::text, true)`,
    );
    await client.query(sql, values);
  });
};
const notActive = (detail: string, who: string) => ({
  reason: "NOT_ACTIVE",
  count: 1,
  detail,
  changed_by: who,
  dated: true,
});

describe("a campaign that is not to dial", () => {
  it("and was never started says DRAFT", async () => {
    const id = await ofAnna({ status: "DRAFT" });
    expect(await rowsOf(id)).toEqual([notActive("DRAFT", anna.sub)]);
  });

  it("and was paused says by whom: e-mail address, id, service key or database role", async () => {
    const id = await ofAnna({});
    const pause = "update campaigns set status = 'PAUSED' where id = $1";
    await asBoss(pause, [id]);
    expect(await rowsOf(id)).toEqual([notActive("PAUSED", "boss@example.com")]);
    for (const [who, name] of [
      [anna, anna.sub],
      ["service_role", "service_role"],
    ] as const) {
      await setStatus(scene.database.pool, id, "ACTIVE");
      await scene.database.asUser(who, (client) => client.query(pause, [id]));
      expect(await rowsOf(id)).toEqual([notActive("PAUSED", name)]);
    }
    await setStatus(scene.database.pool, id, "ACTIVE");
    await setStatus(scene.database.pool, id, "PAUSED");
    expect(await rowsOf(id)).toEqual([notActive("PAUSED", "postgres")]);
  });

  it("and was paused by the engine says the engine's reason, until a person pauses it", async () => {
    const id = await ofAnna({});
    await scene.database.pool.query(
      "update campaigns set status = 'PAUSED', pause_reason = 'BRAKE' where id = $1",
      [id],
    );
    expect(await rowsOf(id)).toEqual([
      { ...notActive("PAUSED", "ENGINE"), reason: "BRAKE" },
    ]);
    await setStatus(scene.database.pool, id, "COMPLETED");
    await asBoss("update campaigns set status = 'PAUSED' where id = $1", [id]);
    expect(await rowsOf(id)).toEqual([notActive("PAUSED", "boss@example.com")]);
  });

  it("and is over says how, and that it was put away", async () => {
    for (const status of ["COMPLETED", "CANCELLED"]) {
      const id = await ofAnna({});
      await asBoss("update campaigns set status = $2 where id = $1", [
        id,
        status,
      ]);
      expect(await rowsOf(id)).toEqual([notActive(status, "boss@example.com")]);
      // Who puts it away changes no status.
      await scene.database.pool.query(
        "update campaigns set is_archived = true, status_by = 'somebody' where id = $1",
        [id],
      );
      expect(await rowsOf(id)).toEqual([
        notActive("ARCHIVED", "boss@example.com"),
      ]);
    }
  });

  it("and was completed by the engine says so", async () => {
    const id = await ofAnna({});
    await scene.database.pool.query(
      `set dialer.engine = 'on';
       update campaigns set status = 'COMPLETED', completed_by = 'ENGINE' where id = '${id}';
       reset dialer.engine`,
    );
    expect(await rowsOf(id)).toEqual([notActive("COMPLETED", "ENGINE")]);
  });

  it("as its account is switched off says so beside the account's own reason", async () => {
    const id = await ofAnna({});
    const { pool } = scene.database;
    const flaws = async () =>
      (await rowsOf(id)).filter(({ reason }) =>
        /NOT_ACTIVE|ACCOUNT/.test(String(reason)),
      );
    expect(await flaws()).toEqual([]);
    await pool.query("update accounts set is_active = false");
    const none = { count: 1, changed_by: null, dated: false };
    expect(await flaws()).toEqual([
      { reason: "ACCOUNT_INACTIVE", detail: null, ...none },
      { reason: "NOT_ACTIVE", detail: "ACCOUNT_INACTIVE", ...none },
    ]);
    await pool.query("update accounts set is_active = true");
  });

  it("is told to its own account only", async () => {
    const id = await ofAnna({ status: "DRAFT" });
    const stranger = { sub: "57a26e00-0000-4000-8000-000000000001" };
    expect(
      await scene.database.asUser(stranger, (client) => rowsOf(id, client)),
    ).toEqual([]);
    expect(
      await scene.database.asUser(anna, (client) => rowsOf(id, client)),
    ).toEqual([notActive("DRAFT", anna.sub)]);
  });

  it.each(["status_by", "status_at"])(
    "takes no %s from a client",
    async (column) => {
      expect(
        await scene.denied(anna, `update campaigns set ${column} = null`),
      ).toBe("42501");
    },
  );
});

it("there is a row for every campaign that is not ACTIVE, whatever its status", async () => {
  expect(
    await one(
      scene.database.pool,
      `select count(*)::int as missing from campaigns where status <> 'ACTIVE'
       and not exists (select from dialing_blockers where campaign_id = campaigns.id)`,
    ),
  ).toEqual({ missing: 0 });
});

it("LIST_INACTIVE counts the leads that wait in lists that are switched off", async () => {
  const { pool } = scene.database;
  const id = await insertCampaign(pool);
  const list = async (isActive: boolean, statuses: readonly string[]) => {
    const { id: listId } = await one(
      pool,
      "insert into lists (campaign_id, name, is_active) values ($1, 'L', $2) returning id",
      [id, isActive],
    );
    for (const [n, status] of statuses.entries())
      await insertLead(pool, id, {
        list_id: listId,
        status,
        phone: `${String(listId)} ${String(n)}`,
      });
  };
  const told = async () =>
    (await rowsOf(id)).find(({ reason }) => reason === "LIST_INACTIVE")?.[
      "count"
    ];
  await list(true, ["NEW", "NEW"]);
  await list(false, ["DONE"]);
  expect(await told()).toBeUndefined();
  await list(false, ["NEW", "RETRY", "DONE"]);
  await list(false, ["NEW"]);
  expect(await told()).toBe(3);
  await pool.query("update lists set is_active = true");
  expect(await told()).toBeUndefined();
});
