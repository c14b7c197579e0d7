/**
 * A disposition, a callback or a do-not-call entry means the same whenever it is given: while it rings, in the talk, after
 * the end, when the retry is queued already, or when it is claimed and then not sent. Property: of the same words at any
 * moments comes the same lead.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { claimOriginates } from "../../../database/originating.ts";
import type { Outcome } from "../../../dialing/outcome.ts";
import { cancelQueued } from "../../../dialing/call-state.ts";
import { settleAttempts } from "../../../engine/attempts/settlement.ts";
import { identity, shareConcurrencyScene } from "./concurrency-scene.ts";
import { addCampaign, only } from "./scene.ts";

const scene = shareConcurrencyScene();

const allMoments = [
  ...(["RINGING", "ANSWERED", "AFTER"] as const),
  ...(["RETRY_QUEUED", "RETRY_CLAIMED"] as const),
];
type Moment = (typeof allMoments)[number];
interface Words {
  readonly disposition: "SALE" | "OTHER" | null;
  readonly givenTo: "leads" | "call_attempts";
  /** Hours from now. */
  readonly callback: number | null;
  readonly doNotCall: boolean;
}
interface Case extends Words {
  readonly outcome: Outcome;
  /** Of SALE. */
  readonly rule: { readonly delay: number; readonly tries: number } | null;
  readonly earlierSales: number;
  readonly dials: number;
  readonly moments: Readonly<Record<"word" | "callback" | "entry", Moment>>;
}

const anyMoment = fc.constantFrom<Moment>(...allMoments);
const anyCase: fc.Arbitrary<Case> = fc.record({
  disposition: fc.constantFrom(
    "SALE" as const,
    "SALE" as const,
    "OTHER" as const,
    null,
  ),
  givenTo: fc.constantFrom("leads" as const, "call_attempts" as const),
  callback: fc.constantFrom(null, null, 5, -5),
  doNotCall: fc.constantFrom(false, false, true),
  outcome: fc.constantFrom<Outcome>(
    "ANSWERED",
    "ANSWERED",
    "NO_ANSWER",
    "DECLINED",
    "MACHINE",
    "BUSY",
    "ABANDONED",
    "INVALID_NUMBER",
    "ORPHANED",
    "CANCELLED",
  ),
  rule: fc.constantFrom(
    null,
    { delay: 0, tries: 0 },
    { delay: 600, tries: 0 },
    { delay: 600, tries: 1 },
    { delay: 0, tries: 3 },
  ),
  earlierSales: fc.constantFrom(0, 1),
  dials: fc.constantFrom(1, 14),
  moments: fc.record({
    word: anyMoment,
    callback: anyMoment,
    entry: anyMoment,
  }),
});

const callStates: Partial<Record<Outcome, string>> = {
  ANSWERED: "ENDED",
  MACHINE: "ENDED",
  FAX: "ENDED",
  NO_ANSWER: "NO_ANSWER",
  DECLINED: "BUSY",
  BUSY: "BUSY",
  ABANDONED: "ABANDONED",
  CANCELLED: "CANCELLED",
};

let nth = 0;

class Call {
  readonly #case: Case;
  readonly phone = `+55119${String(80_000_000 + nth++)}`;
  campaignId = "";
  leadId = "";
  attemptId = "";

  constructor(one: Case) {
    this.#case = one;
  }

  async #run(text: string, values: unknown[] = []) {
    const { rows } = await scene.database.pool.query<Record<string, unknown>>(
      text,
      values,
    );
    return rows;
  }

  async begin(): Promise<void> {
    const { rule, earlierSales, dials } = this.#case;
    this.campaignId = await addCampaign(scene.state, { concurrent: 5 });
    if (rule !== null)
      await this.#run(
        "insert into retry_rules (campaign_id, disposition, delay_seconds, max_tries) values ($1, 'SALE', $2, $3)",
        [this.campaignId, rule.delay, rule.tries],
      );
    const [lead] = await this.#run(
      `insert into leads (campaign_id, phone, phone_e164, dial_timezone, status, dials)
       values ($1, $2, $2, 'UTC', 'IN_PROGRESS', $3) returning id`,
      [this.campaignId, this.phone, dials],
    );
    this.leadId = String(lead?.["id"]);
    for (let earlier = 0; earlier < earlierSales; earlier++)
      await this.#attempt(
        "state, outcome, disposition, originate_at, answer_at, end_at, queued_at",
        `'ENDED', 'ANSWERED', 'SALE', now() - interval '1 d', now() - interval '1 d', now() - interval '1 d', now() - interval '1 d'`,
      );
    this.attemptId = await this.#attempt(
      "state, originate_at, ring_at, queued_at",
      "'RINGING', clock_timestamp(), clock_timestamp(), clock_timestamp() - interval '1 s'",
    );
  }

  async #attempt(columns: string, values: string): Promise<string> {
    const [row] = await this.#run(
      `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, trunk_id, voice_node, ${columns})
       select account_id, campaign_id, id, 1, phone_e164, (select id from trunk_config limit 1), 'default', ${values}
       from leads where id = $1 returning id`,
      [this.leadId],
    );
    return String(row?.["id"]);
  }

  async say(moment: Moment): Promise<void> {
    const { moments, disposition, givenTo, callback, doNotCall } = this.#case;
    if (moments.word === moment && disposition !== null)
      await this.#run(`update ${givenTo} set disposition = $2 where id = $1`, [
        givenTo === "leads" ? this.leadId : this.attemptId,
        disposition,
      ]);
    if (moments.callback === moment && callback !== null)
      await this.#run(
        "update leads set callback_at = clock_timestamp() + $2 * interval '1 h' where id = $1",
        [this.leadId, callback],
      );
    if (moments.entry === moment && doNotCall)
      await this.#run("insert into dnc_entries (phone_e164) values ($1)", [
        this.phone,
      ]);
  }

  async answer(): Promise<void> {
    await this.#run(
      "update call_attempts set state = 'ANSWERED', answer_at = clock_timestamp() where id = $1",
      [this.attemptId],
    );
  }

  async end(): Promise<void> {
    const { outcome } = this.#case;
    const settled = await settleAttempts(
      scene.state,
      [this.attemptId],
      [],
      (row) => ({
        facts: {
          ...row,
          state: (callStates[outcome] ?? "FAILED") as typeof row.state,
          outcome,
          endAt: new Date().toISOString(),
        },
      }),
      { settleMs: 2_000, agentTimeoutMs: 1_000, random: () => 0.5 },
    );
    expect(settled.ended).toHaveLength(1);
  }

  /** A pass has queued the retry; the claim takes back what is not to be called now. */
  async queueRetry(): Promise<string | null> {
    const queued = await this.#run(
      "update leads set status = 'IN_PROGRESS' where id = $1 and status = 'RETRY' returning id",
      [this.leadId],
    );
    if (queued.length === 0) return null;
    return this.#attempt("slot_at", "clock_timestamp()");
  }

  /** @returns whether nothing spoke against the call */
  async claim(id: string): Promise<boolean> {
    await claimOriginates(scene.state, identity, [id]);
    const [row] = await this.#run(
      "select state from call_attempts where id = $1",
      [id],
    );
    return row?.["state"] === "ORIGINATING";
  }

  /** As if it had not been queued: it was, long before it was due. */
  async unclaim(id: string): Promise<void> {
    await this.#run(
      "update call_attempts set state = 'QUEUED', originate_at = null where id = $1",
      [id],
    );
    await this.#run("update leads set dials = dials - 1 where id = $1", [
      this.leadId,
    ]);
    await this.#run("select dialer_cancel_queued(array[$1]::uuid[])", [id]);
  }

  /** The line went away, or the node: the claimed call is never written. */
  async notSent(id: string): Promise<void> {
    const settled = await settleAttempts(
      scene.state,
      [id],
      [],
      (row) => ({
        facts: cancelQueued(row, new Date().toISOString()),
        neverSent: true,
      }),
      { settleMs: 2_000, agentTimeoutMs: 1_000, random: () => 0.5 },
    );
    expect(settled.ended).toHaveLength(1);
  }

  async lead() {
    const rows = await this.#run(
      `select status, disposition,
         case when status in ('DONE', 'FAILED', 'INVALID', 'DNC') then status_reason end as reason,
         case when status_reason = 'CALLBACK' then 'CALLBACK' when status = 'RETRY'
           then round(extract(epoch from next_attempt_at - last_end_at))::text end as delay
       from leads where id = $1`,
      [this.leadId],
    );
    return only(rows);
  }
}

/** Whether something new is said then: a callback that is over already is none. */
function saysAny(one: Case, moment: Moment): boolean {
  const { moments, disposition, callback, doNotCall } = one;
  return (
    (moments.word === moment && disposition !== null) ||
    (moments.callback === moment && (callback ?? 0) > 0) ||
    (moments.entry === moment && doNotCall)
  );
}

async function run(one: Case) {
  const call = new Call(one);
  await call.begin();
  await call.say("RINGING");
  await call.answer();
  await call.say("ANSWERED");
  await call.end();
  await call.say("AFTER");
  const retry = await call.queueRetry();
  await call.say("RETRY_QUEUED");
  const isClaimed = retry !== null && (await call.claim(retry));
  await call.say("RETRY_CLAIMED");
  if (isClaimed && saysAny(one, "RETRY_CLAIMED")) await call.notSent(retry);
  else if (isClaimed) await call.unclaim(retry);
  return call.lead();
}

/** The jitter of a retry is the call's own, and here it is another call's: up to five minutes. */
const mostJitterSeconds = 301;

test("the same words at any moment of a call make the same lead", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async (one) => {
      const during = {
        word: "ANSWERED",
        callback: "ANSWERED",
        entry: "ANSWERED",
      } as const;
      const expected = await run({ ...one, moments: during });
      const found = await run(one);
      const { delay, ...rest } = found;
      expect(rest).toEqual({ ...expected, delay: undefined });
      const apart = Math.abs(Number(delay) - Number(expected["delay"]));
      if (delay !== expected["delay"])
        expect(apart).toBeLessThanOrEqual(mostJitterSeconds);
    }),
    { numRuns: 150, seed: 4 },
  );
});

const plain: Case = {
  disposition: "SALE",
  givenTo: "call_attempts",
  callback: null,
  doNotCall: false,
  outcome: "ANSWERED",
  rule: { delay: 600, tries: 0 },
  earlierSales: 0,
  dials: 1,
  moments: { word: "ANSWERED", callback: "ANSWERED", entry: "ANSWERED" },
};

test.each<[string, Partial<Case>, Record<string, unknown>]>([
  ["SALE, never again", {}, { status: "DONE", reason: "SALE" }],
  ["no rule", { rule: null }, { status: "DONE", reason: "ANSWERED" }],
  [
    "again in ten minutes",
    { rule: { delay: 600, tries: 1 } },
    { status: "RETRY", delay: "600" },
  ],
  [
    "tries used up",
    { rule: { delay: 600, tries: 1 }, earlierSales: 1 },
    { status: "FAILED", reason: "MAX_TRIES" },
  ],
  [
    "a callback before all",
    { callback: 5 },
    { status: "RETRY", delay: "CALLBACK" },
  ],
  [
    "a callback that was served",
    { callback: -5 },
    { status: "DONE", reason: "SALE" },
  ],
  [
    "on the list, and to be called again",
    { callback: 5, doNotCall: true },
    { status: "DNC", reason: "DNC" },
  ],
  [
    "on the list, and done",
    { doNotCall: true },
    { status: "DONE", reason: "SALE" },
  ],
  [
    "no such number",
    { outcome: "INVALID_NUMBER", callback: 5 },
    { status: "INVALID", reason: "INVALID_NUMBER" },
  ],
])("%s, whenever it is said", async (_what, given, expected) => {
  for (const moment of allMoments)
    for (const givenTo of ["leads", "call_attempts"] as const) {
      const moments = { word: moment, callback: moment, entry: moment };
      expect(
        await run({ ...plain, ...given, givenTo, moments }),
        `${moment} ${givenTo}`,
      ).toMatchObject(expected);
    }
});
