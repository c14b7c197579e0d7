/** What a PBX, a dialplan or a bot says that no table can keep: it costs the one event at most. */
import { randomUUID } from "node:crypto";

import { onTestFinished, test } from "vitest";

import {
  insertCampaign,
  insertLeads,
  insertTrunk,
  must,
  setAccount,
  shareRig,
  untilAttempts,
} from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();

const odd: readonly [string, Record<string, unknown>][] = [
  [
    "a disposition longer than the table takes",
    { kind: "DISPOSITION", disposition: "x".repeat(81) },
  ],
  [
    "a disposition with a line break",
    { kind: "DISPOSITION", disposition: "A\nB" },
  ],
  ["a NUL in a note", { kind: "NOTED", note: "a\u0000b" }],
  ["half a surrogate pair in a note", { kind: "NOTED", note: "a\ud800b" }],
  [
    "a cause beyond four bytes",
    {
      kind: "ORIGINATE_FAILED",
      timedOut: false,
      cause: 99_999_999_999,
      causeName: "\u0000",
      sipStatus: 1.5,
      sipReason: null,
    },
  ],
  ["a time in the year 0", { kind: "RINGING", at: "0000-01-01T00:00:00Z" }],
];

test.each(odd)("%s holds back no other event", async (_name, event) => {
  const { sql } = await shared.fresh({ talkMs: 20_000 });
  onTestFinished(async () => {
    await sql.query(
      "select hangup_attempt(id) from call_attempts where end_at is null",
    );
  });
  await setAccount(sql);
  await insertTrunk(sql);
  const campaign = await insertCampaign(sql);
  await insertLeads(sql, campaign, 2);
  const [one, two] = await untilAttempts(sql, 2, "answer_at is not null");
  const at = new Date().toISOString();
  const events = [
    { attemptId: must(one).id, at, dedupKey: randomUUID(), ...event },
    {
      attemptId: must(two).id,
      at,
      dedupKey: randomUUID(),
      kind: "DISPOSITION",
      disposition: "FINE",
    },
  ];
  await sql.query(
    "select graphile_worker.add_job('apply_call_events', $1::json)",
    [JSON.stringify({ events })],
  );
  await untilAttempts(sql, 1, "call_attempts.disposition = 'FINE'");
  await waitFor("the job to be done", async () => {
    const { rowCount } = await sql.query(
      `select from graphile_worker._private_jobs as job join graphile_worker._private_tasks as task on task.id = task_id
       where task.identifier = 'apply_call_events' and job.attempts > 0`,
    );
    return rowCount === 0;
  });
});
