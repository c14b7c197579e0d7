/** People are erased one after the other while the engine dials their campaign: nobody is rung after that. */
import { expect, test } from "vitest";
import {
  insertCampaign,
  insertTrunk,
  setAccount,
  shareRig,
  untilFinal,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import { one } from "../schema/rows.ts";

const shared = shareRig();
const people = 60;
const numberOf = (n: number) => `+55119888870${String(n).padStart(2, "0")}`;

test("whoever is erased while passes and claims run is not dialled afterwards", async () => {
  const { sql, pbx } = await shared.fresh({
    shares: { answered: 0.5, busy: 0.5 },
  });
  await setAccount(sql);
  await sql.query(
    "update retry_rules set delay_seconds = 0, max_tries = 5 where outcome in ('BUSY', 'DECLINED')",
  );
  await insertTrunk(sql, { cps_limit: 40 });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 20 });
  await sql.query(
    "insert into leads (campaign_id, phone, first_name) select $1, number, 'Person' from unnest($2::text[]) as number",
    [campaign, Array.from({ length: people }, (_, n) => numberOf(n))],
  );
  /** Originates that the PBX had received of a number when it was known to be erased. */
  const dialled = (n: number) =>
    pbx
      .journal()
      .filter(({ number }) => numberOf(n).endsWith(number.slice(-10))).length;
  const known = new Map<number, number>();
  const refusals = new Set<unknown>();
  // From the end of the list: those are still to come, in the queue, or being claimed.
  await waitFor("everybody to be erased", async () => {
    for (let n = people - 1; n >= 0; n--) {
      if (known.has(n)) continue;
      await sql
        .query<{ calls_cancelled: number; leads_erased: number }>(
          "select * from erase_person($1)",
          [numberOf(n)],
        )
        .then(
          ({ rows }) => {
            expect(rows[0]?.leads_erased).toBe(1);
            known.set(n, dialled(n));
          },
          (error: unknown) => refusals.add((error as { code?: unknown }).code),
        );
    }
    return known.size === people;
  });
  await untilFinal(sql, campaign);
  // Nothing but a call that was under way has ever refused a request.
  expect([...refusals].filter((code) => code !== "55006")).toEqual([]);
  for (const [n, before] of known) expect(dialled(n), numberOf(n)).toBe(before);
  expect(
    await one(
      sql,
      `select (select count(*)::int from call_attempts where end_at is null or phone_e164 is not null) as left_over,
         (select count(*)::int from leads where erased_at is null or first_name is not null) as named,
         (select count(*)::int from find_number($1)) as found`,
      [numberOf(people - 1)],
    ),
  ).toEqual({ left_over: 0, named: 0, found: 0 });
  expect(pbx.journal().length).toBeGreaterThan(0);
});
