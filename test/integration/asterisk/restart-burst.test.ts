/** A real Asterisk restarts, and its carrier has not answered OPTIONS yet: one call finds that out, not seventy. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { FAR_END, startAsterisk } from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import {
  attempts,
  leads,
  must,
  setRetry,
  untilFinal,
} from "../../support/dialing-rows.ts";
import type { Sql } from "../../support/dialing-rows.ts";
import { QUICK_TIMINGS } from "../../support/engine-process.ts";
import { startRig } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import { adapterFor } from "../adapters/asterisk-ami/real-line.ts";
import { dial, phoneFor, setTheScene } from "./campaign-scene.ts";

const TEST_TIMEOUT_MS = 300_000;
const patience = { timeoutMs: 60_000 };
const PEOPLE = 40;

let lab: AsteriskLab;

beforeAll(async () => {
  lab = await startAsterisk();
});
afterAll(() => lab.stop());

async function trunkOf(sql: Sql) {
  const { rows } = await sql.query<{
    health: string;
    reason: string | null;
    awaySeconds: number | null;
  }>(
    `select health, disabled_reason as reason,
       extract(epoch from disabled_until - clock_timestamp())::float8 as "awaySeconds"
     from trunk_config`,
  );
  return must(rows[0]);
}

test(
  "the trunk is out for seconds after a handful of calls, and all are called once the carrier answers",
  async () => {
    const { sql, logs } = await startRig({
      env: QUICK_TIMINGS,
      adapter: (installationId) =>
        adapterFor(lab.account("dialer"), installationId),
    });
    await setTheScene(sql, { cps_limit: 50 });
    await setRetry(sql, { delaySeconds: 0, maxTries: 10 }, "TRUNK_FAULT");
    await lab.carrier.stop();
    await lab.cli("core restart now");
    await waitFor(
      "the new Asterisk",
      () =>
        logs.some(
          (line) =>
            line.msg === "Connected to the PBX" && line["restarted"] === true,
        ),
      patience,
    );
    // Asterisk has asked for itself by now, or does so here: nobody answers.
    await waitFor(
      "the carrier to be known as away",
      async () => {
        await lab.cli("pjsip qualify carrier");
        return /carrier\/.* Unavail /.test(
          await lab.cli("pjsip show contacts"),
        );
      },
      patience,
    );
    expect((await trunkOf(sql)).reason).toBe("PBX_RESTARTED");
    const phones = Array.from({ length: PEOPLE }, () =>
      phoneFor(FAR_END.declines),
    );
    const campaign = await dial(sql, phones);
    await waitFor(
      "the trunk to be out",
      async () => (await trunkOf(sql)).health === "OUT",
      patience,
    );
    const out = await trunkOf(sql);
    expect(out.reason).toBe("PBX_RESTARTED");
    expect(out.awaySeconds).toBeLessThan(10.5);
    // One at a time, for as long as it takes until a fault counts: a fifth of a second, and what the machine adds.
    const { rows: together } = await sql.query(
      `select from call_attempts as a join call_attempts as b on b.id <> a.id
         and b.originate_at <= a.originate_at and coalesce(b.end_at, 'infinity') > a.originate_at`,
    );
    expect(together).toEqual([]);
    const burst = await attempts(sql, "outcome = 'TRUNK_FAULT'");
    expect(burst.length).toBeLessThan(PEOPLE);
    await lab.carrier.start();
    await waitFor(
      "the carrier to answer",
      async () => {
        await lab.cli("pjsip qualify carrier");
        return /carrier\/.* Avail /.test(await lab.cli("pjsip show contacts"));
      },
      patience,
    );
    await untilFinal(sql, campaign, 90_000);
    expect(await attempts(sql, "outcome = 'DECLINED'")).toHaveLength(PEOPLE);
    expect(await leads(sql, "attempts <> 1")).toEqual([]);
    expect(await trunkOf(sql)).toMatchObject({
      health: "HEALTHY",
      reason: null,
    });
    const numbers = (await lab.carrier.calls()).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(PEOPLE);
    expect(numbers).toHaveLength(PEOPLE);
  },
  TEST_TIMEOUT_MS,
);
