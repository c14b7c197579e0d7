/** A set-up time that is shorter than what an attempt may wait in the queue. */
import { expect, test } from "vitest";

import {
  insertCampaign,
  insertLead,
  insertTrunk,
  must,
  startRig,
  untilAttempts,
} from "../../support/running-engine.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";

test("a call about which no event comes is hung up when its set-up time is over, not when the queue's is", async () => {
  const rig = await startRig({
    scenario: { shares: { silent: 1 }, timeoutScale: 1 },
  });
  await insertTrunk(rig.sql);
  const campaign = await insertCampaign(rig.sql, { setup_timeout_seconds: 5 });
  await insertLead(rig.sql, campaign);
  const [sent] = await untilAttempts(rig.sql, 1, "deadline_type = 'ORIGINATE'");
  const until = must(sent)["deadline_at"] as Date;
  const { rows: jobs } = await rig.sql.query<{ at: Date }>(
    "select run_at as at from dialer_jobs where attempt_id = $1 and task like 'fire_call_timer%'",
    [must(sent).id],
  );
  // The queue's time would be over fifteen seconds later, and its job would come then.
  expect(jobs.map(({ at }) => at)).toEqual([until]);
  const ended = await waitFor(
    "the call to end",
    async () => {
      const { rows } = await rig.sql.query<{
        outcome: string;
        hangup_requested: string;
        seconds: number;
      }>(
        `select outcome, hangup_requested, extract(epoch from end_at - originate_at)::float8 as seconds
         from call_attempts where end_at is not null`,
      );
      return rows[0];
    },
    { timeoutMs: 2 * PATIENCE_MS },
  );
  expect(ended).toMatchObject({
    outcome: "NETWORK_CONGESTION",
    hangup_requested: "SETUP",
  });
  expect(ended.seconds).toBeGreaterThan(4.9);
});
