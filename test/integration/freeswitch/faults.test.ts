/** FreeSWITCH goes away, comes back, falls silent or refuses, in the middle of a campaign. */
import { expect, test } from "vitest";

import { FAR_END } from "../../support/esl-server.ts";
import {
  attempts,
  insertCampaign,
  untilBlocked,
  untilFinal,
} from "../../support/running-engine.ts";
import { PATIENCE_MS, waitFor } from "../../support/wait-for.ts";
import {
  expectNobodyTwice,
  insertGateway,
  insertPeople,
  neverRetry,
  startScene,
} from "./scene.ts";
import type { Scene } from "./scene.ts";

const MIXED: readonly string[] = [
  FAR_END.answers,
  FAR_END.declines,
  FAR_END.answers,
  FAR_END.busy,
  FAR_END.rings,
  FAR_END.invalid,
];
/** A third of them answer: with twenty short talks the short-call breaker would take the hand-over for broken. */
const PEOPLE = 54;
const talking = { talkMs: 400 };

interface Started extends Scene {
  readonly campaignId: string;
}

async function startCampaign(
  options: Parameters<typeof startScene>[0] = {},
  { people = PEOPLE, endings = MIXED, cps = 30 } = {},
): Promise<Started> {
  const scene = await startScene({
    ...options,
    server: {
      ...options.server,
      pace: { ...talking, ...options.server?.pace },
    },
  });
  const { sql } = scene;
  await neverRetry(sql);
  await insertGateway(sql, "carrier");
  await sql.query("update trunk_config set cps_limit = $1", [cps]);
  const campaignId = await insertCampaign(sql, {
    status: "DRAFT",
    max_concurrent_calls: 50,
  });
  await insertPeople(sql, campaignId, people, endings);
  await sql.query("update campaigns set status = 'ACTIVE'");
  return { ...scene, campaignId };
}

async function untilDialled({ server }: Scene, count: number): Promise<void> {
  await waitFor(
    `${String(count)} originates`,
    () => server.originates().length >= count,
  );
}

/** Everybody has had his one call, none is up any more, and the rows know every one that reached the switch. */
async function expectAllDone(scene: Started): Promise<void> {
  const { sql, server, campaignId } = scene;
  await untilFinal(sql, campaignId, 2 * PATIENCE_MS);
  await waitFor("all calls to end", () => server.switch.legs.size === 0);
  await expectNobodyTwice(sql, server);
  expect(await attempts(sql, "end_at is null")).toEqual([]);
}

test("connections reset again and again: calls go on, nobody is dialled twice", async () => {
  const scene = await startCampaign();
  for (const count of [5, 15, 30, 45]) {
    await untilDialled(scene, count);
    scene.server.cut();
  }
  await expectAllDone(scene);
  expect(scene.server.accepted()).toBeGreaterThanOrEqual(5);
});

test.each([true, false])(
  "the switch closes the connection, notice first: %s",
  async (withNotice) => {
    const scene = await startCampaign();
    await untilDialled(scene, 20);
    scene.server.end(withNotice);
    await expectAllDone(scene);
    expect(scene.server.accepted()).toBeGreaterThanOrEqual(2);
  },
);

test("a silent switch: nothing more is sent, the blockers say so, and it recovers", async () => {
  const scene = await startCampaign();
  await untilDialled(scene, 20);
  scene.server.silence(true);
  await untilBlocked(scene.sql, scene.campaignId, "PBX_DISCONNECTED");
  const dialled = scene.server.originates().length;
  const before = scene.server.accepted();
  await waitFor(
    "another try to connect",
    () => scene.server.accepted() > before,
  );
  expect(scene.server.originates()).toHaveLength(dialled);
  scene.server.silence(false);
  await expectAllDone(scene);
});

/** Five talk with their agent and five ring: whoever answered and waits yet would be abandoned by what comes next. */
async function untilTalkingAndRinging(sql: Scene["sql"]): Promise<void> {
  await waitFor("five to talk and five to ring", async () => {
    const live = await attempts(sql, "ring_at is not null and end_at is null");
    return (
      live.length === 10 &&
      live.filter((one) => one["bridge_at"] !== null).length === 5
    );
  });
}

test("killed and started again: its calls are lost, the rest of the campaign is dialled", async () => {
  const scene = await startCampaign(
    { server: { pace: { talkMs: 60_000, secondMs: 1_000 } } },
    { people: 10, endings: [FAR_END.answers, FAR_END.rings] },
  );
  const { sql, server } = scene;
  await untilTalkingAndRinging(sql);
  const before = server.switch.coreUuid;
  server.restart();
  expect(server.switch.coreUuid).not.toBe(before);
  await expectAllDone(scene);
  const ended = await attempts(sql, "outcome <> 'CANCELLED'");
  const outcomes = ended.map(({ outcome }) => outcome).sort();
  expect(outcomes).toEqual([
    ...Array<string>(5).fill("ANSWERED"),
    ...Array<string>(5).fill("ORPHANED"),
  ]);
});

test("shut down by the operator: it sends the ends of all calls, and is found again", async () => {
  const scene = await startCampaign(
    { server: { pace: { talkMs: 60_000, secondMs: 1_000 } } },
    { people: 10, endings: [FAR_END.answers, FAR_END.rings] },
  );
  const { sql, server } = scene;
  await untilTalkingAndRinging(sql);
  server.shutdown();
  await expectAllDone(scene);
  const ended = await attempts(sql, "outcome <> 'CANCELLED'");
  expect(ended).toHaveLength(10);
  for (const attempt of ended) {
    expect(attempt["hangup_cause"]).toBe("SYSTEM_SHUTDOWN");
  }
  expect(ended.filter(({ outcome }) => outcome === "ANSWERED")).toHaveLength(5);
});

test.each([
  [
    "a wrong password",
    ({ server }: Scene) => server.setPassword("changed"),
    ({ server }: Scene) => server.setPassword("ClueCon"),
    /refused the password/,
  ],
  [
    "an address that is no longer in the access list",
    ({ server }: Scene) => server.reject(true),
    ({ server }: Scene) => server.reject(false),
    /apply-inbound-acl/,
  ],
])(
  "%s: explained, and tried again until it is right",
  async (_name, wrong, right, words) => {
    const scene = await startCampaign();
    await untilDialled(scene, 10);
    wrong(scene);
    scene.server.cut();
    await untilBlocked(scene.sql, scene.campaignId, "PBX_DISCONNECTED");
    await waitFor("the status page to say why", async () => {
      const response = await fetch(`${scene.httpUrl}/status`);
      return words.test(await response.text());
    });
    right(scene);
    await expectAllDone(scene);
  },
);

test("originates that the switch refuses itself cost nobody an attempt", async () => {
  const scene = await startCampaign({}, { people: 12 });
  const { sql, server, campaignId } = scene;
  await sql.query("update campaigns set auto_complete = false");
  await sql.query(
    "update retry_rules set delay_seconds = 0, max_tries = 50 where outcome = 'SWITCH_REFUSED'",
  );
  await untilDialled(scene, 10);
  for (let refusals = 1; refusals <= 3; refusals += 1) {
    server.switch.limits.refusesNext = 1;
    // Whatever was dialled while nobody looked: one of these is refused.
    await insertPeople(sql, campaignId, 14, MIXED, 14 * refusals - 2);
    await waitFor("a refusal", async () => {
      const refused = await attempts(sql, "outcome = 'SWITCH_REFUSED'");
      return refused.length >= refusals;
    });
  }
  await untilFinal(sql, campaignId, 2 * PATIENCE_MS);
  const refused = await attempts(sql, "outcome = 'SWITCH_REFUSED'");
  const ids = new Set(refused.map(({ id }) => id));
  const made = server.originates().filter(({ uuid }) => !ids.has(uuid));
  const numbers = made.flatMap(({ urls }) => urls);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers).toHaveLength(PEOPLE);
  const { rows } = await sql.query<{ n: number }>(
    "select count(*)::int as n from leads where attempts > 1",
  );
  expect(rows[0]?.n).toBe(0);
});

test("a thousand events of strangers in one burst, and events that are none, change nothing", async () => {
  const scene = await startCampaign();
  await untilDialled(scene, 20);
  const { server } = scene;
  const [known] = server.originates();
  for (let n = 0; n < 1_000; n += 1) {
    server.publish([
      [
        "Event-Name",
        n % 2 === 0 ? "CHANNEL_HANGUP_COMPLETE" : "CHANNEL_ANSWER",
      ],
      ["Core-UUID", server.switch.coreUuid],
      ["Event-Sequence", String(900_000 + n)],
      ["Unique-ID", `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`],
      ["Channel-Name", "sofia/lab/1555000200"],
      ["Hangup-Cause", "NORMAL_CLEARING"],
      ["variable_note", "x".repeat(4_000)],
    ]);
  }
  server.publish([["Event-Name", "CHANNEL_HANGUP_COMPLETE"]]);
  server.publish([
    ["Event-Name", "BACKGROUND_JOB"],
    ["Job-UUID", known?.uuid ?? ""],
    ["_body", "-ERR USER_BUSY\n"],
  ]);
  await expectAllDone(scene);
  const outcomes = (await attempts(scene.sql)).map(({ outcome }) => outcome);
  expect([...new Set(outcomes)].sort()).toEqual(
    expect.arrayContaining(["ANSWERED", "BUSY", "DECLINED", "INVALID_NUMBER"]),
  );
  for (const outcome of new Set(outcomes))
    expect(outcome).toMatch(
      /^(?:ANSWERED|DECLINED|BUSY|NO_ANSWER|INVALID_NUMBER|CANCELLED)$/,
    );
});

test("a call whose further events are lost, even its end, is closed and not taken for a failure of its number", async () => {
  const scene = await startScene({ server: { pace: talking } });
  const { sql, server } = scene;
  await neverRetry(sql);
  await insertGateway(sql, "carrier");
  const campaignId = await insertCampaign(sql, {
    status: "DRAFT",
    setup_timeout_seconds: 5,
    ring_timeout_seconds: 15,
  });
  await insertPeople(sql, campaignId, 4, [FAR_END.busy, FAR_END.invalid]);
  server.switch.weather.lose = () => true;
  await sql.query("update campaigns set status = 'ACTIVE'");
  await untilFinal(sql, campaignId, 2 * PATIENCE_MS);
  for (const attempt of await attempts(sql, "outcome <> 'CANCELLED'"))
    expect(attempt).toMatchObject({ outcome: "ORPHANED" });
  await expectNobodyTwice(sql, server);
});

test("ninety talks that end in one moment", async () => {
  const scene = await startCampaign(
    { server: { pace: { talkMs: 600_000, secondMs: 1_000 } } },
    { people: 90, endings: [FAR_END.answersAtOnceAndStays], cps: 100 },
  );
  const { sql, server } = scene;
  await sql.query(
    "update campaigns set max_concurrent_calls = 100, dialplan_extension = '1001'",
  );
  await waitFor(
    "all to talk to agents",
    async () => (await attempts(sql, "state = 'BRIDGED'")).length === 90,
  );
  for (const leg of [...server.switch.legs.values()]) {
    if (leg.kind === "carrier") leg.hangup("NORMAL_CLEARING", "far_end");
  }
  await expectAllDone(scene);
  const ended = await attempts(sql, "outcome = 'ANSWERED'");
  expect(ended).toHaveLength(90);
  for (const attempt of ended) {
    expect(attempt["bridge_at"]).not.toBeNull();
    expect(attempt["agent_channel"]).toBe("sofia/lab/1001");
  }
});
