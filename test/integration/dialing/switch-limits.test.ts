/** Limits that the switch tells of itself (FreeSWITCH does): kept below, and named where they are what limits. */
import { expect, test } from "vitest";

import { createMockAdapter } from "../../../adapters/mock/adapter.ts";
import { MockPbx } from "../../../adapters/mock/pbx.ts";
import type { SwitchLimits } from "../../../adapters/port.ts";
import {
  insertCampaign,
  insertLeads,
  insertTrunk,
  quickScenario,
  startRig,
  untilBlocked,
  untilDialled,
  untilPass,
} from "../../support/running-engine.ts";
import type { Rig } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

/** An engine before a PBX that says this of itself, and goes on saying it. */
async function rigWith(
  limits: () => SwitchLimits,
  scenario = {},
): Promise<Rig> {
  const pbx = new MockPbx({
    scenario: { ...quickScenario, shares: { invalid: 1 }, ...scenario },
  });
  return startRig({
    pbx,
    adapter: (installationId) => {
      const adapter = createMockAdapter({ installationId, pbx });
      adapter.limits = limits;
      return adapter;
    },
  });
}

test("the switch's calls per second hold over all trunks together, are used, and are named", async () => {
  const { sql, pbx, httpUrl } = await rigWith(() => ({
    sessionsPerSecond: 11,
    maxSessions: 1_000,
    sessions: 0,
    sessionsAt: new Date(),
  }));
  for (const name of ["north", "south"])
    await insertTrunk(sql, { name, cps_limit: 50 });
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 100 });
  await insertLeads(sql, campaign, 250);
  await untilBlocked(sql, campaign, "SWITCH_CPS");
  const status = (await (await fetch(`${httpUrl}/status`)).json()) as {
    pbx: unknown;
  };
  expect(status.pbx).toMatchObject({
    limits: { sessionsPerSecond: 11, maxSessions: 1_000 },
    pace: { callsPerSecond: 5 },
  });
  const worst = () => {
    const times = pbx.journal().map(({ receivedAtMs }) => receivedAtMs);
    return Math.max(
      0,
      ...times.map(
        (end) => times.filter((at) => at > end - 1_000 && at <= end).length,
      ),
    );
  };
  // Some second has all of them, and none has more: when the first such second comes is the machine's affair.
  await waitFor("a second with five calls", () => worst() >= 5);
  await untilDialled(pbx, 25);
  expect(worst()).toBe(5);
});

test("no more calls are added than the switch has room for, until it says that there is more", async () => {
  let said: Omit<SwitchLimits, "sessionsPerSecond" | "maxSessions"> = {
    sessions: 91,
    sessionsAt: new Date(),
  };
  const { sql, pbx } = await rigWith(
    () => ({ sessionsPerSecond: null, maxSessions: 100, ...said }),
    { shares: { no_answer: 1 }, noAnswerRingMs: 60_000, timeoutScale: 1 },
  );
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql, { max_concurrent_calls: 100 });
  await insertLeads(sql, campaign, 6);
  await untilBlocked(sql, campaign, "SWITCH_SESSIONS");
  // (95 % of 100 less 91) at two sessions a call.
  await untilDialled(pbx, 2);
  await insertLeads(sql, campaign, 1, { first: 50 });
  await untilPass(sql, campaign);
  await untilBlocked(sql, campaign, "SWITCH_SESSIONS");
  expect(pbx.journal()).toHaveLength(2);
  said = { sessions: 10, sessionsAt: new Date() };
  await untilDialled(pbx, 7);
});
