/** Who was on do-not-call stays so after being erased: a list that brings the number back is not dialled. */
import { expect, test } from "vitest";
import {
  attempts,
  insertCampaign,
  insertLead,
  insertTrunk,
  setAccount,
  shareRig,
  untilFinal,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import { one } from "../schema/rows.ts";

const shared = shareRig();
const mobile = "+5511988887777";

test.each([
  "(11) 98888-7777",
  "11 8888-7777",
  "0 15 11 98888-7777",
  "+55 11 8888 7777",
  "5511988887777",
])("a lead that comes later as %s is not dialled", async (phone) => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  await sql.query("insert into dnc_entries (phone_e164) values ($1)", [mobile]);
  expect(
    await one(sql, "select do_not_call_kept from erase_person($1)", [mobile]),
  ).toEqual({ do_not_call_kept: 1 });
  expect(await one(sql, "select count(*)::int as n from dnc_entries")).toEqual({
    n: 0,
  });
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone });
  await untilFinal(sql, campaign);
  expect(await one(sql, "select status, status_reason from leads")).toEqual({
    status: "DNC",
    status_reason: "DNC",
  });
  expect(await attempts(sql)).toEqual([]);
});

test("an entry with an end forbids until then, one of a campaign in that campaign only", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  const forbidden = await insertCampaign(sql);
  await sql.query(
    "insert into dnc_entries (phone_e164, campaign_id) values ($1, $2)",
    [mobile, forbidden],
  );
  await sql.query(
    "insert into dnc_entries (phone_e164, expires_at) values ('+5511988887778', now() + interval '1 hour'), ('+5511988887779', now() - interval '1 hour')",
  );
  for (const last of [7, 8, 9])
    await sql.query("select from erase_person($1)", [
      `+551198888777${String(last)}`,
    ]);
  const allowed = await insertCampaign(sql);
  await insertLead(sql, forbidden, { phone: mobile, external_id: "no" });
  await insertLead(sql, allowed, { phone: mobile, external_id: "yes" });
  await insertLead(sql, allowed, {
    phone: "+5511988887778",
    external_id: "later",
  });
  await insertLead(sql, allowed, {
    phone: "+5511988887779",
    external_id: "over",
  });
  await untilFinal(sql, forbidden);
  const left = await waitFor("all but one lead to be final", async () => {
    const { rows } = await sql.query<{ key: string; status: string }>(
      "select external_id as key, status from leads order by external_id",
    );
    return rows.filter(
      ({ status }) => status === "NEW" || status === "IN_PROGRESS",
    ).length === 1 && rows.every(({ status }) => status !== "IN_PROGRESS")
      ? Object.fromEntries(rows.map(({ key, status }) => [key, status]))
      : null;
  });
  expect(left).toEqual({ no: "DNC", yes: "DONE", later: "NEW", over: "DONE" });
  expect(
    await one(
      sql,
      "select status_reason, next_attempt_at > now() + interval '50 minutes' as waits from leads where external_id = 'later'",
    ),
  ).toEqual({ status_reason: "DNC", waits: true });
});

test("with do_not_call whoever is erased is not called again", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  await insertTrunk(sql);
  await sql.query("select from erase_person($1, do_not_call => true)", [
    mobile,
  ]);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign, { phone: mobile });
  await untilFinal(sql, campaign);
  expect(await attempts(sql)).toEqual([]);
});

test("a call that a pass has queued is refused by the claim", async () => {
  const { sql } = await shared.fresh();
  await setAccount(sql);
  const trunk = await insertTrunk(sql, { is_active: true });
  await sql.query("select from erase_person($1, do_not_call => true)", [
    mobile,
  ]);
  const campaign = await insertCampaign(sql);
  await sql.query("update campaigns set status = 'PAUSED' where id = $1", [
    campaign,
  ]);
  const lead = await insertLead(sql, campaign, {
    phone: mobile,
    phone_e164: mobile,
  });
  await sql.query("update leads set status = 'IN_PROGRESS' where id = $1", [
    lead,
  ]);
  await sql.query("update campaigns set status = 'ACTIVE' where id = $1", [
    campaign,
  ]);
  // As a pass would write it that read the list before the person was on it.
  const { rows } = await sql.query<{ id: string }>(
    `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, trunk_id, voice_node, slot_at, deadline_at, deadline_type)
     select account_id, campaign_id, id, 1, phone_e164, $2, 'default', now(), now() + interval '15 s', 'QUEUE' from leads where id = $1 returning id`,
    [lead, trunk],
  );
  await sql.query(
    "select graphile_worker.add_job('originate_call:default', json_build_object('attemptId', $1::uuid, 'trunkId', $2::uuid))",
    [rows[0]?.id, trunk],
  );
  const ended = await waitFor("the claim to refuse it", async () => {
    const [attempt] = await attempts(sql, "end_at is not null");
    return attempt ?? null;
  });
  expect(ended["state"]).toBe("CANCELLED");
  expect(ended["originate_at"]).toBeNull();
});

test("what is kept says nothing without the account's secret", async () => {
  const { sql } = await shared.fresh();
  await sql.query("insert into dnc_entries (phone_e164) values ($1)", [mobile]);
  await sql.query("select from erase_person($1)", [mobile]);
  const { hash, secret } = await one(
    sql,
    `select encode(phone_hash, 'hex') as hash, (select octet_length(secret) from erasure_secrets) as secret from erased_do_not_call`,
  );
  expect(secret).toBe(32);
  const { rows } = await sql.query<{ plain: string }>(
    `select encode(sha256(convert_to(spelling, 'UTF8')), 'hex') as plain
     from unnest(array['+5511988887777', '5511988887777', '11988887777']) as spelling`,
  );
  expect(rows.map(({ plain }) => plain)).not.toContain(hash);
  for (const table of ["erased_do_not_call", "erasure_secrets"])
    for (const role of ["anon", "authenticated", "service_role"])
      expect(
        await one(
          sql,
          "select has_table_privilege($1, $2, 'select') or has_any_column_privilege($1, $2, 'select') as reads",
          [role, table],
        ),
      ).toEqual({ reads: false });
});
