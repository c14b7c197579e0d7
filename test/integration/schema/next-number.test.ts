/**
 * Which number of a lead is next, call after call, as the engine writes it (finish_leads). Time is shifted, never waited for.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finishLeads } from "../../../database/finished-leads.ts";
import { inTransaction } from "../../../database/pools.ts";
import { outcomeTraits } from "../../../dialing/outcome.ts";
import type { Outcome } from "../../../dialing/outcome.ts";
import { createTestDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { insertCampaign, insertLead, insertTrunk, one } from "./rows.ts";

let database: TestDatabase;
let trunk = "";
let campaigns = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  trunk = await insertTrunk(database.pool);
});
afterAll(() => database.drop());

const numberOf = (n: number) => `+55119800${String(n).padStart(5, "0")}`;

interface Rule {
  readonly result: Outcome | { readonly disposition: string };
  readonly delay: number;
  readonly tries: number;
  readonly next: "AT_ONCE" | "AFTER_DELAY" | "NEVER" | null;
}

/** A lead with so many numbers, in a campaign of its own with these rules. */
class Person {
  readonly campaign: string;
  readonly id: string;
  #calls = 0;

  private constructor(campaign: string, id: string) {
    this.campaign = campaign;
    this.id = id;
  }

  static async make(
    numbers: number,
    rules: readonly Rule[] = [],
    maxAttempts = 50,
  ): Promise<Person> {
    const { pool } = database;
    campaigns += 1;
    const campaign = await insertCampaign(pool, {
      name: `Numbers ${String(campaigns)}`,
      max_attempts: maxAttempts,
      max_dials: 60,
    });
    for (const { result, delay, tries, next } of rules)
      await pool.query(
        `insert into retry_rules (campaign_id, outcome, disposition, delay_seconds, max_tries, next_number)
         values ($1, $2, $3, $4, $5, $6)`,
        [
          campaign,
          typeof result === "string" ? result : null,
          typeof result === "string" ? null : result.disposition,
          delay,
          tries,
          next,
        ],
      );
    const id = await insertLead(pool, campaign, {
      phone: numberOf(1),
      phone_e164: numberOf(1),
      dial_timezone: "America/Sao_Paulo",
    });
    for (let n = 2; n <= numbers; n++)
      await pool.query(
        "insert into lead_phones (lead_id, phone) values ($1, $2)",
        [id, numberOf(n)],
      );
    return new Person(campaign, id);
  }

  /** Its next number is dialled, and the call ends so. @returns the number's place, from 1 */
  async call(outcome: Outcome, disposition: string | null = null) {
    const { pool } = database;
    this.#calls += 1;
    const { id, number } = await one(
      pool,
      `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, lead_phone_id, state, outcome,
         trunk_id, voice_node, queued_at, originate_at, end_at, disposition, disposition_at)
       select lead.account_id, lead.campaign_id, lead.id, $2, coalesce(number.phone_e164, lead.phone_e164), number.id,
         outcomes.terminal_state, outcomes.code, $4, 'default', clock_timestamp(), clock_timestamp(), clock_timestamp(), $5::text,
         case when $5::text is not null then clock_timestamp() end
       from leads as lead left join lead_phones as number on number.id = lead.dial_phone_id
       join outcomes on outcomes.code = $3
       where lead.id = $1 returning id, right(phone_e164, 5)::int as number`,
      [this.id, this.#calls, outcome, trunk, disposition],
    );
    await pool.query(
      "update leads set status = 'IN_PROGRESS', dials = dials + 1 where id = $1",
      [this.id],
    );
    await inTransaction(pool, (transaction) =>
      finishLeads(transaction, [
        {
          id: this.id,
          attempt_id: String(id),
          status: null,
          reason: null,
          counted: outcomeTraits[outcome].countsAsAttempt ? 1 : 0,
          outcome,
          next_attempt_at: null,
          moves: false,
          never_sent: false,
        },
      ]),
    );
    return number;
  }

  /** Where it is: the number that is next, and in how many seconds since the end of the last call. */
  async now() {
    return one(
      database.pool,
      `select lead.status, lead.status_reason as reason, coalesce(right(number.phone_e164, 5)::int, 1) as next,
         extract(epoch from lead.next_attempt_at - lead.last_end_at)::float8 as seconds,
         array(select state from (
           select 0 as place, lead.phone_state as state
           union all select position, state from lead_phones where lead_id = lead.id order by 1) as numbers) as states
       from leads as lead left join lead_phones as number on number.id = lead.dial_phone_id where lead.id = $1`,
      [this.id],
    );
  }

  /** Time passes until it is due. */
  async wait(): Promise<void> {
    await database.pool.query(
      `with lead as (select next_attempt_at - clock_timestamp() as time from leads where id = $1 and next_attempt_at > clock_timestamp()),
         numbers as (update lead_phones set next_attempt_at = next_attempt_at - lead.time from lead where lead_id = $1)
       update leads set next_attempt_at = next_attempt_at - lead.time, phone_next_attempt_at = phone_next_attempt_at - lead.time
       from lead where id = $1`,
      [this.id],
    );
  }
}

const dayRule = { delay: 86_400, tries: 3, next: null } as const;

describe("the next number", () => {
  it.each<[Outcome, number]>([
    ["NO_ANSWER", 2],
    ["BUSY", 2],
    ["UNREACHABLE", 2],
    ["REJECTED", 2],
    ["MACHINE", 2],
    ["INVALID_NUMBER", 2],
    ["FAX", 2],
    ["DECLINED", 1],
    ["ABANDONED", 1],
    ["ORPHANED", 1],
    ["NETWORK_CONGESTION", 1],
    ["TRUNK_FAULT", 1],
    ["SWITCH_REFUSED", 1],
    ["SYSTEM_ERROR", 1],
    ["CANCELLED", 1],
  ])(
    "after %s is the %i., where no rule says otherwise",
    async (outcome, next) => {
      const person = await Person.make(3, [{ result: outcome, ...dayRule }]);
      await person.call(outcome);
      const now = await person.now();
      expect(now).toMatchObject({ status: "RETRY", reason: outcome, next });
      if (next === 2) expect(now["seconds"]).toBe(0);
      else if (outcome !== "CANCELLED")
        expect(now["seconds"]).toBeGreaterThanOrEqual(86_400);
    },
  );

  it("is nobody's after an answer", async () => {
    const person = await Person.make(2);
    await person.call("ANSWERED");
    expect(await person.now()).toMatchObject({ status: "DONE", next: 1 });
  });

  it("comes after the rule's delay where the rule says so, and never where it says never", async () => {
    const rule = { result: "BUSY", delay: 600, tries: 3 } as const;
    const later = await Person.make(2, [{ ...rule, next: "AFTER_DELAY" }]);
    await later.call("BUSY");
    const now = await later.now();
    expect(now).toMatchObject({ next: 2 });
    expect(now["seconds"]).toBeGreaterThanOrEqual(600);
    const never = await Person.make(2, [{ ...rule, next: "NEVER" }]);
    await never.call("BUSY");
    expect(await never.now()).toMatchObject({ status: "RETRY", next: 1 });
  });

  it("is the one that may be rung first when all have been tried", async () => {
    const person = await Person.make(3, [
      { result: "NO_ANSWER", delay: 3_000, tries: 5, next: null },
      { result: "BUSY", delay: 300, tries: 5, next: null },
      { result: "UNREACHABLE", delay: 7_000, tries: 5, next: null },
    ]);
    expect(await person.call("UNREACHABLE")).toBe(1);
    expect(await person.call("BUSY")).toBe(2);
    expect(await person.call("NO_ANSWER")).toBe(3);
    const now = await person.now();
    expect(now).toMatchObject({ status: "RETRY", next: 2 });
    expect(now["seconds"]).toBeGreaterThan(290);
    expect(now["seconds"]).toBeLessThan(340);
  });

  it("is one of those that exist; with the last the lead ends", async () => {
    const person = await Person.make(3);
    expect(await person.call("INVALID_NUMBER")).toBe(1);
    expect(await person.call("FAX")).toBe(2);
    expect(await person.now()).toMatchObject({ status: "RETRY", next: 3 });
    expect(await person.call("INVALID_NUMBER")).toBe(3);
    expect(await person.now()).toMatchObject({
      status: "INVALID",
      reason: "INVALID_NUMBER",
      states: ["INVALID", "INVALID", "INVALID"],
    });
  });

  it("is called when the last one waits for its own time, not for that of an invalid number", async () => {
    const person = await Person.make(2, [
      { result: "NO_ANSWER", delay: 3_600, tries: 3, next: null },
    ]);
    await person.call("NO_ANSWER");
    await person.call("INVALID_NUMBER");
    const now = await person.now();
    expect(now).toMatchObject({ status: "RETRY", next: 1 });
    expect(now["seconds"]).toBeGreaterThan(3_500);
  });

  it("does not get past max_attempts, which is the lead's", async () => {
    const person = await Person.make(5, [], 2);
    await person.call("BUSY");
    await person.call("BUSY");
    expect(await person.now()).toMatchObject({
      status: "FAILED",
      reason: "MAX_ATTEMPTS",
    });
  });

  it("goes by a disposition that has a rule, before the outcome", async () => {
    const wrong = { disposition: "WRONG_NUMBER" };
    const person = await Person.make(2, [
      { result: wrong, delay: 0, tries: 0, next: "AT_ONCE" },
      { result: { disposition: "LATER" }, delay: 60, tries: 2, next: null },
    ]);
    await person.call("ANSWERED", "WRONG_NUMBER");
    expect(await person.now()).toMatchObject({
      status: "RETRY",
      reason: "WRONG_NUMBER",
      next: 2,
      states: ["SPENT", "NEW"],
    });
    await person.call("ANSWERED", "LATER");
    expect(await person.now()).toMatchObject({ reason: "LATER", next: 2 });
    await person.call("ANSWERED", "WRONG_NUMBER");
    expect(await person.now()).toMatchObject({
      status: "DONE",
      reason: "WRONG_NUMBER",
    });
  });

  it("is found again when the word on the call is changed", async () => {
    const person = await Person.make(3, [
      { result: { disposition: "LATER" }, delay: 600, tries: 2, next: null },
      {
        result: { disposition: "NO_INTEREST" },
        delay: 0,
        tries: 0,
        next: null,
      },
    ]);
    await person.call("BUSY");
    const { seconds: _, ...before } = await person.now();
    expect(before).toMatchObject({ next: 2, states: ["TRIED", "NEW", "NEW"] });
    const say = (word: string | null) =>
      database.pool.query("update leads set disposition = $2 where id = $1", [
        person.id,
        word,
      ]);
    await say("LATER");
    expect(await person.now()).toMatchObject({ status: "RETRY", next: 1 });
    await say("NO_INTEREST");
    expect(await person.now()).toMatchObject({ status: "DONE", next: 1 });
    await say(null);
    expect(await person.now()).toMatchObject(before);
  });

  it("is not another one when the person who was reached is on do-not-call", async () => {
    const bar = (person: Person) =>
      database.pool.query(
        "insert into dnc_entries (phone_e164, campaign_id) values ($1, $2)",
        [numberOf(1), person.campaign],
      );
    const asked = await Person.make(2, [
      { result: { disposition: "AGAIN" }, delay: 60, tries: 2, next: null },
    ]);
    await bar(asked);
    await asked.call("ANSWERED", "AGAIN");
    expect(await asked.now()).toMatchObject({ status: "DNC", reason: "DNC" });
    const unreached = await Person.make(2, [
      { result: "TRUNK_FAULT", ...dayRule },
    ]);
    await bar(unreached);
    await unreached.call("TRUNK_FAULT");
    expect(await unreached.now()).toMatchObject({ status: "RETRY", next: 2 });
  });
});

describe("any sequence of calls", () => {
  const outcomes = [
    "NO_ANSWER",
    "BUSY",
    "INVALID_NUMBER",
    "DECLINED",
    "MACHINE",
    "TRUNK_FAULT",
    "CANCELLED",
    "FAX",
    "UNREACHABLE",
  ] as const satisfies Outcome[];
  const next = fc.constantFrom("AT_ONCE", "AFTER_DELAY", "NEVER", null);

  it("rings no number that is none or is used up, none too soon, each as often as its rules let it, and ends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.tuple(
          ...outcomes.map((result) =>
            fc.record({
              result: fc.constant(result),
              delay: fc.integer({ min: 0, max: 90_000 }),
              tries: fc.integer({ min: 0, max: 2 }),
              next,
            }),
          ),
        ),
        fc.array(fc.constantFrom(...outcomes), {
          minLength: 40,
          maxLength: 40,
        }),
        async (numbers, rules, script) => {
          const person = await Person.make(numbers, rules);
          const tries = new Map<string, number>();
          let status: unknown = "NEW";
          for (const outcome of script) {
            const before = await person.now();
            const states = before["states"] as string[];
            const number = (await person.call(outcome)) as number;
            expect(["NEW", "TRIED"]).toContain(states[number - 1]);
            const key = `${outcome} ${String(number)}`;
            tries.set(key, (tries.get(key) ?? 0) + 1);
            const after = await person.now();
            status = after["status"];
            if (status !== "RETRY") break;
            expect(after["seconds"]).toBeGreaterThanOrEqual(0);
            const rule = rules.find(({ result }) => result === outcome);
            if (outcome !== "CANCELLED" && after["next"] === number)
              expect(after["seconds"]).toBeGreaterThanOrEqual(rule?.delay ?? 0);
            if (rule?.next === "NEVER") expect(after["next"]).toBe(number);
            await person.wait();
          }
          for (const [key, count] of tries) {
            const [outcome] = key.split(" ");
            const rule = rules.find(({ result }) => result === outcome);
            if (outcome !== "CANCELLED")
              expect(count, key).toBeLessThanOrEqual((rule?.tries ?? 0) + 1);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("zones that are closed", () => {
  it("let a number that may be called now go first, else the one whose zone opens first, whatever times the numbers have", async () => {
    const zones = ["America/Sao_Paulo", "America/Manaus", "Europe/Lisbon"];
    const zone = fc.constantFrom(...zones, null);
    const seconds = fc.integer({ min: -100, max: 100 });
    const number = fc.record({ zone, at: fc.option(seconds) });
    const opens = fc.dictionary(fc.constantFrom(...zones), seconds);
    const { pool } = database;
    await fc.assert(
      fc.asyncProperty(
        fc.array(number, { minLength: 1, maxLength: 4 }),
        opens,
        async (numbers, closed) => {
          const person = await Person.make(numbers.length);
          const now = 1_800_000_000;
          for (const [n, { zone: name, at }] of numbers.entries()) {
            const time = at === null ? null : now + at;
            const sql =
              n === 0
                ? "update leads set dial_timezone = $2, phone_next_attempt_at = to_timestamp($3) where id = $1"
                : "update lead_phones set dial_timezone = $2, next_attempt_at = to_timestamp($3) where lead_id = $1 and position = $4";
            const values = [person.id, name, time];
            await pool.query(sql, n === 0 ? values : [...values, n]);
          }
          const next = await one(
            pool,
            `select coalesce(right(number.phone_e164, 5)::int, 1) as place, extract(epoch from next.next_at)::float8 as at
             from dialer_next_number($1, null, null, (select phone_next_attempt_at from leads where id = $1),
               to_timestamp($2), $3) as next left join lead_phones as number on number.id = next.phone_id`,
            [
              person.id,
              now,
              JSON.stringify(
                Object.fromEntries(
                  Object.entries(closed).map(([name, at]) => [name, now + at]),
                ),
              ),
            ],
          );
          const times = numbers.map(({ zone: name, at }) =>
            Math.max(0, at ?? -Infinity, closed[name ?? ""] ?? -Infinity),
          );
          const first = Math.min(...times);
          const at = times[(next["place"] as number) - 1];
          expect(at).toBe(first);
          if (next["at"] !== null)
            expect(Math.max(0, (next["at"] as number) - now)).toBe(first);
        },
      ),
      { numRuns: 60 },
    );
  });
});
