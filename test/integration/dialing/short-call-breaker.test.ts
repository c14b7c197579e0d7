/** The short-call circuit breaker on a running engine: a broken hand-over stops its campaign, a healthy one never. */
import { expect, test } from "vitest";

import { createMockAdapter } from "../../../adapters/mock/adapter.ts";
import { MockPbx } from "../../../adapters/mock/pbx.ts";
import type { CallEvent, VoiceAdapter } from "../../../adapters/port.ts";
import { statement } from "../../../database/sql.ts";
import {
  attempts,
  insertCampaign,
  insertLeads,
  insertTrunk,
  quickScenario,
  shareRig,
  startRig,
  untilAttempts,
  untilBlocked,
  untilStatus,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();
const hourMs = 3_600_000;

test("while the first conversations last, the few that hung up at once stop nothing", async () => {
  const { sql } = await shared.fresh({
    talkMs: 120_000,
    suffixes: { 0: { outcome: "answered", talkMs: 20 } },
  });
  await insertTrunk(sql, { cps_limit: 200, max_channels: 400 });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 400 });
  await insertLeads(sql, campaign, 300);
  const short = await untilAttempts(sql, 30, "end_at is not null");
  expect(short.every(({ outcome }) => outcome === "ANSWERED")).toBe(true);
  await untilAttempts(sql, 270, "answer_at is not null and end_at is null");
  await untilBlocked(sql, campaign, "NO_LEADS");
  await untilStatus(sql, campaign, "ACTIVE");
  await sql.query(
    "select hangup_attempt(id) from call_attempts where end_at is null",
  );
  // Hung up by us: no sign of a broken hand-over either, though each had lasted a moment only.
  await waitFor("the calls to end", async () => {
    const live = await attempts(sql, "end_at is null");
    return live.length === 0;
  });
  const { rows } = await sql.query("select pause_reason from campaigns");
  expect(rows).toEqual([{ pause_reason: null }]);
});

/** Has no more leads than it may take: how many calls go out until a look that comes late is the machine's affair. */
async function expectStoppedWithin25(sql: Sql): Promise<void> {
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    auto_complete: false,
    max_concurrent_calls: 5,
  });
  await insertLeads(sql, campaign, 25);
  await untilStatus(sql, campaign, "PAUSED");
  await untilBlocked(sql, campaign, "BRAKE");
}

test("a broken hand-over stops its campaign within 25 answered calls", async () => {
  const { sql } = await shared.fresh({ talkMs: 30 });
  await expectStoppedWithin25(sql);
});

/** The same PBX with its clock set wrong by so much. */
function withClockOff(adapter: VoiceAdapter, byMs: number): VoiceAdapter {
  const off = (text: string) => new Date(Date.parse(text) + byMs).toISOString();
  const shifted = (event: CallEvent): CallEvent => {
    const at = off(event.at);
    if (event.kind !== "ENDED") return { ...event, at };
    const times = Object.entries(event.history).map(
      ([name, value]: [string, string | null]) => [
        name,
        name.endsWith("At") && value !== null ? off(value) : value,
      ],
    );
    return {
      ...event,
      at,
      history: Object.fromEntries(times) as typeof event.history,
    };
  };
  return new Proxy(adapter, {
    get(target, name) {
      if (name === "connect")
        return (listener: Parameters<VoiceAdapter["connect"]>[0]) =>
          target.connect({
            onConnection: (event) => {
              listener.onConnection(event);
            },
            onCallEvent: (event) => {
              listener.onCallEvent(shifted(event));
            },
          });
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function"
        ? (value.bind(target) as unknown)
        : value;
    },
  });
}

test.each([
  ["behind", -hourMs],
  ["ahead", hourMs],
])(
  "with the PBX's clock an hour %s a broken hand-over stops its campaign all the same",
  async (_which, byMs) => {
    const pbx = new MockPbx({ scenario: { ...quickScenario, talkMs: 30 } });
    const { sql } = await startRig({
      pbx,
      adapter: (installationId) =>
        withClockOff(createMockAdapter({ installationId, pbx }), byMs),
    });
    await expectStoppedWithin25(sql);
  },
);

test("the breaker reads as many rows as it looks at, however many calls a campaign has had", async () => {
  const { sql } = await shared.fresh();
  const trunk = await insertTrunk(sql);
  const campaign = await insertCampaign(sql, {
    status: "PAUSED",
    activated_at: new Date(0),
  });
  await insertLeads(sql, campaign, 6_000, { status: "DONE" });
  await sql.query(
    `insert into call_attempts (account_id, campaign_id, lead_id, attempt_number, phone_e164, state, outcome, trunk_id,
       voice_node, answer_at, end_at, hand_over_at)
     select account_id, campaign_id, id, 1, '+55119' || lpad((row_number() over ())::text, 8, '0'), 'ENDED', 'ANSWERED', $1,
       'default', now() - interval '1 h', now(), now() - row_number() over () * interval '1 s'
     from leads`,
    [trunk],
  );
  await sql.query("analyze call_attempts");
  const { text } = statement("attempts/last_hand_overs", [campaign, 25]);
  const { rows } = await sql.query<Record<string, unknown>>(
    `explain (analyze, format json) ${text}`,
    [campaign, 25],
  );
  const nodes = scansOf(rows[0]?.["QUERY PLAN"]);
  expect(nodes.map((node) => node["Index Name"])).toEqual([
    "call_attempts_hand_overs",
    "call_attempts_hand_overs",
  ]);
  const read = nodes.reduce((n, node) => n + Number(node["Actual Rows"]), 0);
  expect(read).toBeLessThanOrEqual(30);
});

/** The nodes of a plan that read `call_attempts`, as `explain (format json)` gives them. */
function scansOf(plan: unknown): Record<string, unknown>[] {
  if (Array.isArray(plan)) return plan.flatMap(scansOf);
  if (typeof plan !== "object" || plan === null) return [];
  const node = plan as Record<string, unknown>;
  const own = node["Relation Name"] === "call_attempts" ? [node] : [];
  return [...own, ...scansOf(node["Plan"] ?? node["Plans"])];
}
