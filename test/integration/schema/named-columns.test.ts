/** That all columns may be named, and only a client's can be changed, holds for every table and way in, not only for the usual. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { beforeAll, describe, expect, it } from "vitest";
import { supabaseClient } from "../../support/postgrest.ts";
import { waitFor } from "../../support/wait-for.ts";
import { anna, shareAccounts } from "./accounts.ts";
import { one } from "./rows.ts";
import { otherValues, settableColumns, type Row } from "./written-tables.ts";

const scene = shareAccounts();
let client: SupabaseClient;
let service: SupabaseClient;

beforeAll(() => {
  client = supabaseClient(scene.database, anna);
  service = supabaseClient(scene.database, "service_role");
});

const read = async (who: SupabaseClient, table: string): Promise<Row> => {
  const { data, error } = await who
    .from(table)
    .select()
    .not(table === "accounts" ? "id" : "created_at", "is", null)
    .limit(1)
    .single<Row>();
  if (error !== null) throw new Error(error.message);
  return data;
};

describe("an attempt", () => {
  it("takes its disposition by whole row, by upsert and by upsert of two columns", async () => {
    const row = await read(client, "call_attempts");
    const writes = [
      () =>
        client
          .from("call_attempts")
          .update({ ...row, disposition: "A" })
          .eq("id", row["id"]),
      () => client.from("call_attempts").upsert({ ...row, disposition: "B" }),
      () =>
        client
          .from("call_attempts")
          .upsert([{ id: row["id"], disposition: "C" }]),
    ];
    for (const [index, write] of writes.entries()) {
      expect((await write()).error).toBeNull();
      const { disposition, state } = await read(client, "call_attempts");
      expect({ disposition, state }).toEqual({
        disposition: "ABC"[index],
        state: row["state"],
      });
    }
  });

  it.each(["client", "service"])(
    "changes in nothing else, whoever asks: %s",
    async (kind) => {
      const who = kind === "client" ? client : service;
      const row = await read(client, "call_attempts");
      const values = await otherValues(
        scene.database.pool,
        "call_attempts",
        row,
      );
      for (const column of Object.keys(row).filter(
        (name) => name !== "disposition",
      )) {
        const { error } = await who
          .from("call_attempts")
          .update({ [column]: values[column] })
          .eq("id", row["id"]);
        expect(error, column).toMatchObject({ code: "42501" });
        expect(error?.message).toContain(column);
        if (column === "id") continue;
        const upsert = await who
          .from("call_attempts")
          .upsert({ ...row, [column]: values[column] });
        expect(upsert.error?.message, column).toContain(column);
      }
      expect(await read(client, "call_attempts")).toEqual(row);
    },
  );

  it("is made by the engine only", async () => {
    const { id: _, ...row } = await read(client, "call_attempts");
    for (const who of [client, service])
      for (const given of [row, { ...row, id: crypto.randomUUID() }, {}]) {
        for (const write of [
          who.from("call_attempts").insert(given),
          who.from("call_attempts").upsert(given),
        ])
          expect((await write).error).toMatchObject({
            code: "42501",
            message: expect.stringContaining("only the engine") as string,
          });
      }
  });
});

describe("settings of an account", () => {
  it("are upserted without a key, with it, and as they were read", async () => {
    const all: Row[] = [
      { min_gap_seconds: 61 },
      { account_id: anna.sub, min_gap_seconds: 61 },
      { ...(await read(client, "account_settings")), min_gap_seconds: 61 },
    ];
    for (const given of all) {
      await client
        .from("account_settings")
        .update({ min_gap_seconds: 0 })
        .eq("account_id", anna.sub);
      const { data, error } = await client
        .from("account_settings")
        .upsert(given)
        .select()
        .single<Row>();
      expect(error).toBeNull();
      expect(data?.["min_gap_seconds"]).toBe(61);
    }
  });

  it("take a null as the default", async () => {
    const { data } = await client
      .from("account_settings")
      .update({ min_gap_seconds: null, timezone: null })
      .eq("account_id", anna.sub)
      .select()
      .single<Row>();
    expect(data).toMatchObject({
      min_gap_seconds: 3600,
      timezone: "America/Sao_Paulo",
    });
  });

  it("are told to need an account, where the user has none", async () => {
    const stranger = supabaseClient(scene.database, {
      sub: "5e5e5e5e-0000-4000-8000-00000000005e",
      isAccount: false,
    });
    const all: Row[] = [
      { min_gap_seconds: 1 },
      { account_id: null, min_gap_seconds: 1 },
    ];
    for (const given of all) {
      const { error } = await stranger.from("account_settings").upsert(given);
      expect(error).toMatchObject({
        code: "42501",
        message: expect.stringContaining("has no account") as string,
      });
    }
    const asAnother = await stranger
      .from("account_settings")
      .upsert({ account_id: anna.sub, min_gap_seconds: 1 });
    expect(asAnother.error).toMatchObject({
      message: expect.stringContaining("is not your account") as string,
    });
  });
});

describe.each(["trunk_config", "accounts"])("a row of %s", (table) => {
  it("comes back whole from an administrator, who cannot change what the engine keeps", async () => {
    const row = await read(service, table);
    const changed = { ...row, name: "carrier-x" };
    for (const write of [
      service.from(table).update(changed).eq("id", row["id"]),
      service.from(table).upsert(changed),
      service.from(table).upsert([{ id: row["id"], name: "carrier-y" }]),
    ])
      expect((await write).error).toBeNull();
    const settable = await settableColumns(
      scene.database.pool,
      table,
      "UPDATE",
      "service_role",
    );
    const values = await otherValues(scene.database.pool, table, row);
    for (const column of Object.keys(row).filter(
      (name) => !settable.has(name),
    )) {
      const { error } = await service
        .from(table)
        .update({ [column]: values[column] })
        .eq("id", row["id"]);
      expect(error?.message, column).toContain(column);
    }
  });

  it("is no client's to write", async () => {
    const { error } = await client
      .from(table)
      .upsert({ id: crypto.randomUUID(), name: "mine" });
    expect(error).toMatchObject({ code: "42501" });
  });
});

describe("a row that goes while it is upserted", () => {
  it("is not made anew with what the engine keeps", async () => {
    const [row] = (
      await client
        .from("leads")
        .insert({ campaign_id: scene.campaignId, phone: "11 3555-0911" })
        .select()
    ).data as Row[];
    const { pool } = scene.database;
    await pool.query("update leads set attempts = 3 where id = $1", [
      row?.["id"],
    ]);
    const rival = await pool.connect();
    try {
      await rival.query("begin");
      await rival.query("delete from leads where id = $1", [row?.["id"]]);
      const upsert = client
        .from("leads")
        .upsert({ ...row, attempts: 3 })
        .then((answer) => answer);
      await waitFor("the upsert to wait for the delete", async () => {
        const { rowCount } = await pool.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rowCount === 1;
      });
      await rival.query("commit");
      expect((await upsert).error).toMatchObject({
        code: "40001",
        hint: "Send the request again.",
      });
    } finally {
      rival.release();
    }
  });
});

describe("a statement that PostgREST does not send", () => {
  it("cannot delete a row and insert it again with what the engine keeps", async () => {
    const sql = `with gone as (delete from leads where id = $1 returning id)
      insert into leads (id, campaign_id, phone, status, attempts) select id, $2, '11 3555-0100', 'DONE', 9 from gone`;
    expect(
      await scene.denied(anna, sql, [scene.leadId, scene.campaignId]),
    ).toBe("42501");
  });

  it("changes nothing that is not a client's after an upsert in the same transaction, nor with forged settings", async () => {
    const before = await one(
      scene.database.pool,
      "select status, attempts from leads where id = $1",
      [scene.leadId],
    );
    for (const forged of [
      `{"at": "now", "held": "leads:${scene.leadId}", "changed": {}}`,
      `{"at": "2001-01-01", "new": "leads:${scene.leadId}"}`,
    ])
      await scene.database
        .asUser(anna, async (user) => {
          await user.query(
            `insert into leads (id, campaign_id, phone) values ($1, $2, null) on conflict (id) do update set first_name = 'x'`,
            [scene.leadId, scene.campaignId],
          );
          await user.query("select set_config('dialer.upsert', $1, true)", [
            forged,
          ]);
          await user.query(
            "update leads set attempts = 9, status = 'DONE' where id = $1",
            [scene.leadId],
          );
        })
        .catch((error: unknown) => {
          expect(error).toMatchObject({ code: "42501" });
        });
    expect(
      await one(
        scene.database.pool,
        "select status, attempts from leads where id = $1",
        [scene.leadId],
      ),
    ).toEqual(before);
  });
});

describe("the catalogue", () => {
  it("lets a client name every column of each table that it may write", async () => {
    const { rows } = await scene.database.pool.query(
      `select relname, attname from pg_class as class join pg_attribute on attrelid = class.oid and attnum > 0 and not attisdropped
       where relnamespace = 'public'::regnamespace and relkind = 'r'
         and has_any_column_privilege('authenticated', class.oid, 'update')
         and (attgenerated <> '' or not has_column_privilege('authenticated', class.oid, attnum, 'insert')
           or not has_column_privilege('authenticated', class.oid, attnum, 'update')
           or not has_column_privilege('authenticated', class.oid, attnum, 'select'))`,
    );
    expect(rows).toEqual([]);
  });

  it("has a guard that knows every column it keeps, on each table that an API role may name all columns of", async () => {
    const { rows } = await scene.database.pool.query<{
      table: string;
      role: string;
      guarded: string | null;
      kept: string;
    }>(
      `select class.relname as table, role, encode(tgargs, 'escape') as guarded,
         array_to_string(dialer_kept_columns(class.oid, role, 'UPDATE'), ' ') as kept
       from pg_class as class cross join unnest(array['authenticated', 'service_role']) as role
       left join pg_trigger on tgrelid = class.oid
         and tgname = format('accept_a_%s_update', case role when 'authenticated' then 'client' else 'service' end)
       where class.relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'installation'
         and has_any_column_privilege(role, class.oid, 'update')`,
    );
    expect(rows.length).toBeGreaterThan(15);
    for (const { table, role, guarded, kept } of rows)
      expect(guarded?.split("\\000")[2], `${role} ${table}`).toBe(kept);
  });
});
