/** What becomes of people who answered: machine detection, waiting, agents, dispositions; in the attempt and in the lead. */
import { beforeAll, describe, expect, test } from "vitest";

import {
  attempts,
  digitsOf,
  insertCampaign,
  insertLead,
  insertLeads,
  insertRow,
  insertTrunk,
  leads,
  must,
  phone,
  shareRig,
  untilAttempts,
} from "../../support/running-engine.ts";
import type {
  AttemptRow,
  LeadRow,
  Rig,
  Sql,
} from "../../support/running-engine.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";
import { cases, FOR_EVER, person, quick } from "./agent-cases.ts";
import type { Case } from "./agent-cases.ts";

const shared = shareRig();

/** Each case is a campaign of its name, with an extension and a person of its own. */
async function place(
  { sql, pbx }: Rig,
  cases: readonly Pick<Case, "name" | "person" | "handOver">[],
) {
  pbx.setScenario({
    ...{ setupMs: 10, ringMs: 20, talkMs: 60, timeoutScale: 0.5, chaos: 0 },
    orders: { legsCross: 0.5 },
    numbers: Object.fromEntries(
      cases.map((one, index) => [digitsOf(index + 1), one.person]),
    ),
    extensions: Object.fromEntries(
      cases.map(({ handOver }, index) => [`case-${String(index)}`, handOver]),
    ),
  });
  await insertTrunk(sql);
  for (const [index, { name }] of cases.entries()) {
    const id = await insertCampaign(sql, {
      name,
      dialplan_extension: `case-${String(index)}`,
    });
    await insertLead(sql, id, { phone: phone(index + 1) });
  }
}

const of = "campaign_id = (select id from campaigns where name = $1)";

/** By the PBX's time; of the same millisecond in the order given. */
async function kindsOf(
  sql: Sql,
  attemptId: string,
  order: readonly string[] = [],
): Promise<string[]> {
  const { rows } = await sql.query<{ kind: string }>(
    `select kind from call_attempt_events where attempt_id = $1 order by at, array_position($2::text[], kind)`,
    [attemptId, order],
  );
  return rows.map(({ kind }) => kind);
}

describe("a live call shows where its person is", () => {
  const queue = { agents: ["1001"], pickUpMs: 10, limitMs: FOR_EVER };
  test.each([
    ["AMD_PROCESSING", "AMD", { amdMs: FOR_EVER, queue }, null, "ANSWERED"],
    [
      "WAITING_AGENT",
      "AGENT_ASSIGN",
      { queue: { ...queue, busyMs: FOR_EVER } },
      null,
      "ABANDONED",
    ],
    [
      "AGENT_RINGING",
      "AGENT_RING",
      { queue: { ...queue, pickUpMs: FOR_EVER } },
      "1001",
      "ABANDONED",
    ],
    ["BRIDGED", "MAX_DURATION", { queue }, "1001", "ANSWERED"],
  ] as const)(
    "%s, with the deadline %s",
    async (state, deadline, handOver, agentId, outcome) => {
      const rig = await shared.fresh();
      const { sql } = rig;
      await place(rig, [
        { name: "live", person: person({ talkMs: FOR_EVER }), handOver },
      ]);
      const [call] = await untilAttempts(sql, 1, "state = $1", [state]);
      const { id } = must(call);
      expect(call).toMatchObject({
        outcome: null,
        agent_id: agentId,
        agent_channel:
          agentId === null ? null : expect.stringMatching(/^MOCK\/1001-/),
        deadline_type: deadline,
        end_at: null,
      });
      expect(must(call)["bridge_at"] !== null).toBe(state === "BRIDGED");
      await sql.query("select hangup_attempt($1)", [id]);
      const [ended] = await untilAttempts(sql, 1, "end_at is not null");
      expect(ended).toMatchObject({
        outcome,
        hangup_source: "SYSTEM",
        agent_id: agentId,
      });
    },
  );
});

describe("what becomes of a person who", () => {
  let sql: Sql;
  beforeAll(async () => {
    const rig = await shared.fresh();
    sql = rig.sql;
    await insertRow(sql, "retry_rules", {
      ...{ disposition: "LATER", delay_seconds: 600, max_tries: 3 },
      account_id: null,
    });
    await place(rig, cases);
    await untilAttempts(sql, cases.length, "end_at is not null");
  });

  test.each(cases)("$name", async ({ name, kinds, ...expected }) => {
    const told = ["RINGING", ...kinds];
    const [attempt, ...more] = await waitFor("all of the call", async () => {
      // The events first: of a call that was read before them the last ones are still missing.
      const [call] = await attempts(sql, of, [name]);
      const seen = await kindsOf(sql, must(call).id);
      return (
        told.every((kind) => seen.includes(kind)) && attempts(sql, of, [name])
      );
    });
    expect(more).toEqual([]);
    expect(attempt).toMatchObject(expected.attempt);
    const [lead] = await leads(sql, of, [name]);
    expect(lead).toMatchObject({ dials: 1, ...expected.lead });
    expectNextTry(must(lead), must(attempt), expected.seconds);
    const followed = kinds.includes("ENDED") ? told : [...told, "ENDED"];
    const seen = await kindsOf(sql, must(attempt).id, followed);
    expect(seen.filter((kind) => kind !== "EARLY_MEDIA")).toEqual(followed);
    expectTimes(must(attempt));
  });

  test("a disposition says when it was given", async () => {
    const given = await attempts(sql, "disposition is not null");
    expect(given).toHaveLength(3);
    for (const row of given) expect(row["disposition_at"]).not.toBeNull();
  });
});

function expectNextTry(
  lead: LeadRow,
  attempt: AttemptRow,
  seconds: number | undefined,
): void {
  if (seconds === undefined) {
    expect(lead.next_attempt_at).toBeNull();
    return;
  }
  const end = attempt["end_at"] as Date;
  const waits = (must(lead.next_attempt_at).getTime() - end.getTime()) / 1_000;
  // Jitter adds at most a tenth, and never more than five minutes; writing takes a moment, on a busy machine a long one.
  expect(waits).toBeGreaterThan(seconds - 2);
  expect(waits).toBeLessThan(
    seconds + Math.min(seconds / 10, 300) + PATIENCE_MS / 1_000,
  );
}

function expectTimes(attempt: AttemptRow): void {
  const times = ["ring_at", "answer_at", "bridge_at", "end_at"]
    .map((column) => attempt[column] as Date | null)
    .filter((time) => time !== null)
    .map((time) => time.getTime());
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const { bridge_at: bridge, end_at: end } = attempt;
  expect(attempt["talk_duration_ms"]).toBe(
    bridge === null
      ? null
      : (end as Date).getTime() - (bridge as Date).getTime(),
  );
}

test.each([{ tellsHistory: true }, { tellsHistory: false }])(
  "calls whose events come in any order, late and twice, end as the PBX made them end: %j",
  async ({ tellsHistory }) => {
    const rig = await shared.fresh();
    const { sql, pbx } = rig;
    pbx.setScenario({
      ...{ setupMs: 5, ringMs: [5, 30], talkMs: [1, 20], timeoutScale: 0.5 },
      ...{ shares: { answered: 4, busy: 1, declined: 1 }, patienceMs: [5, 80] },
      ...{ chaos: 0.7, tellsHistory, orders: { legsCross: 0.6, gapMs: 20 } },
      extensions: {
        queue: {
          amdMs: [1, 10],
          queue: {
            ...quick,
            ...{ busyMs: [0, 40], giveUpMs: 5, limitMs: 60 },
            ...{ ignores: 0.4, transfers: 0.3 },
          },
        },
      },
    });
    await insertTrunk(sql);
    // Few calls each: a campaign of short calls is paused by the short-call breaker.
    for (const first of [1, 16, 31]) {
      const id = await insertCampaign(sql, { dialplan_extension: "queue" });
      await insertLeads(sql, id, 15, { first });
    }
    await untilAttempts(sql, 45, "end_at is not null");
    await untilAllToldAndWritten(rig);
    const ended = await attempts(sql, "end_at is not null");
    expect(pbx.stats().duplicates).toBe(0);
    const outcomes = new Set<string | null>();
    for (const row of ended) {
      const said = new Set(await kindsOf(sql, row.id));
      outcomes.add(row.outcome);
      expect(row.outcome).toBe(outcomeOf(row, said));
      expect(row["bridge_at"] !== null).toBe(said.has("BRIDGED"));
      expect(row["agent_id"] !== null || !said.has("BRIDGED")).toBe(true);
    }
    for (const outcome of ["ANSWERED", "ABANDONED", "MACHINE", "BUSY"])
      expect(outcomes).toContain(outcome);
  },
);

/** Until each call is over at the PBX, and each row is as its events say: a row that was read before its last event is not. */
async function untilAllToldAndWritten({ sql, pbx }: Rig): Promise<void> {
  await waitFor("all events to be sent and written", async () => {
    const { rows } = await sql.query<{ whole: boolean }>(
      `select bool_and(end_at is not null and (bridge_at is not null) = exists (
         select from call_attempt_events where attempt_id = call_attempts.id and kind = 'BRIDGED')) as whole
       from call_attempts`,
    );
    return pbx.stats().live === 0 && rows[0]?.whole === true;
  });
}

/** By the events that the PBX told, whenever they came. */
function outcomeOf(row: AttemptRow, said: ReadonlySet<string>): string {
  if (!said.has("ANSWERED")) return said.has("RINGING") ? "DECLINED" : "BUSY";
  if (said.has("BRIDGED")) return "ANSWERED";
  if (row["amd_result"] === "MACHINE") return "MACHINE";
  return said.has("WAITING_AGENT") ? "ABANDONED" : "ANSWERED";
}
