/** Upserts, updates of whole rows and bulk inserts of rows with different keys, as supabase-js sends them. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { supabaseClient } from "../../support/postgrest.ts";
import { anna, berta, shareAccounts } from "./accounts.ts";
import { one } from "./rows.ts";
import {
  insertAndRead,
  otherValues,
  settableColumns,
  writtenTables,
  type Row,
} from "./written-tables.ts";

const scene = shareAccounts();
let client: SupabaseClient;
let other: SupabaseClient;
let service: SupabaseClient;
let nobody: SupabaseClient;

// A lead has twenty further numbers at most.
beforeEach(() => scene.database.pool.query("delete from lead_phones"));
beforeAll(() => {
  client = supabaseClient(scene.database, anna);
  other = supabaseClient(scene.database, berta);
  service = supabaseClient(scene.database, "service_role");
  nobody = supabaseClient(scene.database, "anon");
});

const cases = writtenTables.map((table) => [table.name, table] as const);
const held = (table: string, id: unknown): Promise<Row> =>
  one(
    scene.database.pool,
    `select to_jsonb(t) as row from ${table} as t where id = $1`,
    [id],
  ).then(({ row }) => row as Row);

describe.each(cases)("%s", (name, table) => {
  const [extra, value] = table.extra;
  const insert = () =>
    insertAndRead(client, name, table.minimal(scene.campaignId, scene.leadId));

  it("takes one row, and gives all its columns back", async () => {
    const row = await insert();
    expect(row).toEqual(await held(name, row["id"]));
    expect(row["account_id"]).toBe(anna.sub);
  });

  it.each([true, false])(
    "takes rows with different keys, where what is missing is the default; defaultToNull: %s",
    async (defaultToNull) => {
      const plain = table.minimal(scene.campaignId, scene.leadId);
      const full = {
        ...table.minimal(scene.campaignId, scene.leadId),
        [extra]: value,
        id: crypto.randomUUID(),
        account_id: anna.sub,
      };
      if (name === "campaign_windows") plain["closes"] = "22:00";
      const { data, error } = await client
        .from(name)
        .insert([plain, full], { defaultToNull })
        .select();
      expect(error).toBeNull();
      expect(data).toHaveLength(2);
      const [first, second] = data as Row[];
      expect(second).toMatchObject({ [extra]: value, id: full.id });
      const alone = await insert();
      const defaults = Object.keys(alone).filter(
        (column) =>
          !(column in plain) &&
          !/^(id|position|phone_e164|.*_at)$/.test(column),
      );
      for (const column of defaults)
        expect(first?.[column], column).toEqual(alone[column]);
    },
  );

  it("takes a row back as it was read, with a change, by update and by upsert, twice", async () => {
    const row = await insert();
    const changed = { ...row, [extra]: value };
    for (const write of [
      () => client.from(name).update(changed).eq("id", row["id"]),
      () => client.from(name).upsert(changed),
      () => client.from(name).upsert([changed, changed].slice(1)),
    ]) {
      const { error } = await write();
      expect(error).toBeNull();
      expect(await held(name, row["id"])).toMatchObject({ [extra]: value });
    }
    // As a program does that keeps times as dates of JavaScript.
    const rounded = Object.fromEntries(
      Object.entries(row).map(([column, content]) => [
        column,
        column.endsWith("_at") && content !== null
          ? new Date(content as string).toISOString()
          : content,
      ]),
    );
    const { error } = await client.from(name).upsert(rounded);
    expect(error).toBeNull();
    expect((await held(name, row["id"]))["created_at"]).toBe(row["created_at"]);
  });

  it("takes an upsert that names only the key and what changes, beside new rows", async () => {
    const row = await insert();
    const fresh = {
      ...table.minimal(scene.campaignId, scene.leadId),
      id: crypto.randomUUID(),
    };
    const { error } = await client
      .from(name)
      .upsert([{ id: row["id"], [extra]: value }, fresh]);
    expect(error).toBeNull();
    const after = await held(name, row["id"]);
    expect(after[extra]).toEqual(value);
    // A missing key beside rows that have it is a null, which only a column that may be null can become.
    for (const column of Object.keys(
      table.minimal(scene.campaignId, scene.leadId),
    ))
      if (![extra, "external_id"].includes(column))
        expect(after[column], column).toEqual(row[column]);
    expect(await held(name, fresh.id)).toMatchObject({ id: fresh.id });
  });

  it("ignores duplicates when asked to", async () => {
    const row = await insert();
    const { error } = await client
      .from(name)
      .upsert({ ...row, [extra]: value }, { ignoreDuplicates: true });
    expect(error).toBeNull();
    expect(await held(name, row["id"])).toEqual(row);
  });

  it("refuses a real change of every column that is not a client's, by name, and changes nothing", async () => {
    const row = await insert();
    const settable = await settableColumns(scene.database.pool, name, "UPDATE");
    const values = await otherValues(scene.database.pool, name, row);
    const kept = Object.keys(row).filter((column) => !settable.has(column));
    expect(kept).toContain("account_id");
    for (const column of kept) {
      const changed = { [column]: values[column] };
      const updated = await client
        .from(name)
        .update(changed)
        .eq("id", row["id"]);
      expect(updated.error, column).toMatchObject({ code: "42501" });
      expect(updated.error?.message).toContain(column);
      expect(updated.error?.hint).not.toBe("");
      if (column === "id") continue;
      const whole = { ...row, ...changed, [extra]: value };
      const upserted = await client.from(name).upsert(whole);
      expect(upserted.error, column).not.toBeNull();
      expect(upserted.error?.message).toContain(column);
    }
    expect(await held(name, row["id"])).toEqual(row);
  });

  it("refuses a new row that sets what is not a client's, by name", async () => {
    const settable = await settableColumns(scene.database.pool, name, "INSERT");
    const row = await insert();
    const values = await otherValues(scene.database.pool, name, row);
    for (const column of Object.keys(row).filter(
      (known) => !settable.has(known),
    )) {
      const { error } = await client.from(name).insert({
        ...table.minimal(scene.campaignId, scene.leadId),
        [column]: values[column],
      });
      expect(error, column).toMatchObject({ code: "42501" });
      expect(error?.message, column).toContain(column);
    }
  });

  it("is another account's: no idiom reads or changes a row of it", async () => {
    const row = await insert();
    const before = await held(name, row["id"]);
    const mine = Object.fromEntries(
      Object.keys(table.minimal(scene.campaignId, scene.leadId)).map(
        (column) => [column, row[column]],
      ),
    );
    const seen = await other.from(name).select().eq("id", row["id"]);
    expect(seen.data).toEqual([]);
    const updated = await other
      .from(name)
      .update({ ...row, [extra]: value })
      .eq("id", row["id"])
      .select();
    expect(updated.data ?? []).toEqual([]);
    for (const attempt of [
      other.from(name).upsert({ ...row, [extra]: value }),
      other.from(name).upsert({ ...mine, id: row["id"], [extra]: value }),
      other.from(name).insert({ ...mine, account_id: anna.sub }),
    ])
      expect((await attempt).error).not.toBeNull();
    await other.from(name).delete().eq("id", row["id"]);
    expect(await held(name, row["id"])).toEqual(before);
  });

  it("is nothing to who is not signed in", async () => {
    const row = await insert();
    for (const attempt of [
      nobody.from(name).select(),
      nobody.from(name).insert(table.minimal(scene.campaignId, scene.leadId)),
      nobody.from(name).upsert(row),
      nobody.from(name).update(row).eq("id", row["id"]),
      nobody.from(name).delete().eq("id", row["id"]),
    ]) {
      const { error, status } = await attempt;
      expect(error).toMatchObject({ code: "42501" });
      expect(status).toBe(401);
    }
    expect(await held(name, row["id"])).toEqual(row);
  });

  it("takes the same from an administrator's service key", async () => {
    const row = await insert();
    for (const write of [
      service
        .from(name)
        .update({ ...row, [extra]: value })
        .eq("id", row["id"]),
      service.from(name).upsert({ ...row, [extra]: value }),
      service.from(name).upsert([{ id: row["id"], [extra]: value }]),
    ])
      expect((await write).error).toBeNull();
    const settable = await settableColumns(
      scene.database.pool,
      name,
      "UPDATE",
      "service_role",
    );
    const values = await otherValues(scene.database.pool, name, row);
    const kept = Object.keys(row).filter((column) => !settable.has(column));
    for (const column of settable.size === 0 ? [] : kept) {
      const changed = { [column]: values[column] };
      for (const write of [
        service.from(name).update(changed).eq("id", row["id"]),
        ...(column === "id"
          ? []
          : [service.from(name).upsert({ ...row, ...changed })]),
      ])
        expect((await write).error?.message, column).toContain(column);
    }
  });

  it("goes when it is deleted", async () => {
    const row = await insert();
    const { data, error } = await client
      .from(name)
      .delete()
      .eq("id", row["id"])
      .select();
    expect(error).toBeNull();
    expect(data).toEqual([row]);
  });
});

describe.each(cases.filter(([, table]) => table.naturalKey !== undefined))(
  "the natural key of %s",
  (name, table) => {
    const [extra, value] = table.extra;
    const insert = () =>
      insertAndRead(
        client,
        name,
        table.minimal(scene.campaignId, scene.leadId),
      );

    it("takes an upsert on it, with and without ids", async () => {
      const row = await insert();
      const fresh = table.minimal(scene.campaignId, scene.leadId);
      const keys = (table.naturalKey ?? []).filter(
        (key) => key !== "account_id",
      );
      const natural = Object.fromEntries(keys.map((key) => [key, row[key]]));
      const onConflict = (table.naturalKey ?? []).join(",");
      const rest = Object.fromEntries(
        Object.keys(fresh).map((column) => [column, row[column]]),
      );
      for (const rows of [
        [{ ...rest, ...natural, [extra]: value }],
        [{ ...rest, ...natural, [extra]: value }, fresh],
        [
          { ...row, [extra]: value },
          { ...table.minimal(scene.campaignId, scene.leadId) },
        ],
      ]) {
        const { data, error } = await client
          .from(name)
          .upsert(rows, { onConflict })
          .select();
        expect(error).toBeNull();
        expect(data?.[0]).toMatchObject({ id: row["id"], [extra]: value });
      }
    });
  },
);
