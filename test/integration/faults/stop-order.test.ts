/** A stop gives the node up before its jobs are done, and waits for nobody without limit. */
import { expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/adapter.ts";
import { MockPbx } from "../../../adapters/mock/pbx.ts";
import type { VoiceAdapter } from "../../../adapters/port.ts";
import {
  insertCampaign,
  insertLead,
  insertTrunk,
  must,
  quickScenario,
  setAccount,
  startEngine,
  testDatabase,
  untilAttempts,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const env = {
  LEASE_DURATION_MS: "5000",
  LEASE_RENEW_MS: "200",
  // Longer than any test waits: a stop that takes so long has been held up.
  SHUTDOWN_TIMEOUT_MS: "80000",
};

/** An adapter whose question does not get its answer before `release`. */
function hanging(
  question: "isAlive" | "listLiveCalls",
  pbx: MockPbx,
): {
  adapter: (installationId: string) => VoiceAdapter;
  asked: () => boolean;
  release: () => void;
} {
  const answer = Promise.withResolvers<undefined>();
  let asked = false;
  return {
    asked: () => asked,
    release: () => {
      answer.resolve(undefined);
    },
    adapter: (installationId) => {
      const real = createMockAdapter({ installationId, pbx });
      return new Proxy(real, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== "function") return value;
          const call = (...values: unknown[]) =>
            Reflect.apply(value, target, values) as unknown;
          if (name !== question) return call;
          return async (...values: unknown[]) => {
            asked = true;
            await answer.promise;
            return call(...values);
          };
        },
      });
    },
  };
}

test("a standby takes the node while the one that stops still has a job to finish", async () => {
  const pbx = new MockPbx({
    scenario: { ...quickScenario, talkMs: 60_000 },
  });
  const database = await testDatabase();
  const sql = database.pool;
  const hold = hanging("isAlive", pbx);
  const first = await startEngine(database, {
    env,
    pbx,
    adapter: hold.adapter,
  });
  const second = await startEngine(database, { env, pbx, awaitLease: false });
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLead(sql, campaign);
  const [call] = await untilAttempts(sql, 1, "state = 'ANSWERED'");
  await sql.query("update call_attempts set deadline_at = clock_timestamp()");
  await sql.query(
    "select graphile_worker.add_job('fire_call_timer:default', json_build_object('attemptId', $1::uuid))",
    [must(call).id],
  );
  await waitFor("a timer to ask the PBX", hold.asked);
  let stopped = false;
  const stopping = first.stop().then(() => {
    stopped = true;
  });
  await waitFor("the standby to hold the node", async () => {
    const { rowCount } = await sql.query(
      "select from voice_nodes where lease_holder = $1",
      [second.running.engine.id],
    );
    return rowCount === 1;
  });
  expect(stopped).toBe(false);
  // Its jobs are still its own: nobody may take it for dead.
  const { rowCount } = await sql.query("select from engines where id = $1", [
    first.running.engine.id,
  ]);
  expect(rowCount).toBe(1);
  hold.release();
  await stopping;
  await second.stop();
  pbx.close();
});

test("a comparison with the PBX that gets no answer does not hold up a stop", async () => {
  const pbx = new MockPbx({ scenario: quickScenario });
  const database = await testDatabase();
  const hold = hanging("listLiveCalls", pbx);
  const engine = await startEngine(database, {
    // Half of it is waited for the comparison.
    env: { ...env, SHUTDOWN_TIMEOUT_MS: "12000" },
    pbx,
    adapter: hold.adapter,
  });
  await waitFor("the comparison to ask the PBX", hold.asked);
  // Comes to its end before the answer does.
  await engine.stop();
  hold.release();
  pbx.close();
});
