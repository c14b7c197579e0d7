/** Where answered calls go does not exist: asked before the first call, and told rightly by calls that found out. */
import { expect, test } from "vitest";

import { EVENTS } from "../../../adapters/freeswitch-esl/handshake.ts";
import { FAR_END } from "../../support/esl-server.ts";
import type { EslServerOptions } from "../../support/esl-server.ts";
import {
  attempts,
  insertCampaign,
  leads,
  untilBlocked,
  untilStatus,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  expectNobodyTwice,
  insertGateway,
  insertPeople,
  startScene,
} from "./scene.ts";

/** May do all that the engine needs but read the dialplan. */
const blindUser = {
  name: "engine@dialer",
  password: "secret",
  events: [...EVENTS],
  api: "bgapi originate show status global_getvar uuid_exists uuid_dump uuid_getvar uuid_setvar uuid_kill".split(
    " ",
  ),
};
const blind = {
  server: { users: [blindUser] } satisfies EslServerOptions,
  password: "engine@dialer:secret",
};

/** The dialplan of docs/freeswitch as it was: its last extension, which says that none matched, is missing. */
const OLD = `<include><context name="old">
  <extension name="limit" continue="true">
    <condition field="\${DIALER_MAX_SECONDS}" expression="^([1-9]\\d*)$">
      <action application="sched_cancel"/>
      <action application="sched_hangup" data="+$1 ALLOTTED_TIMEOUT"/>
    </condition>
  </extension>
  <extension name="detect">
    <condition field="destination_number" expression="^detect$">
      <action application="no_such_application"/>
    </condition>
  </extension>
</context></include>`;

interface Missing {
  readonly dialplan_context?: string;
  readonly dialplan_extension: string;
}

async function expectNothingBurnt(sql: Sql, count: number): Promise<void> {
  expect(
    await leads(sql, "status in ('NEW', 'RETRY') and attempts = 0"),
  ).toHaveLength(count);
}

test.each<Missing>([
  { dialplan_extension: "nosuch" },
  { dialplan_context: "nosuchctx", dialplan_extension: "s" },
  { dialplan_context: "old", dialplan_extension: "s" },
])(
  "a hand-over that FreeSWITCH does not have: paused before anybody is called: %j",
  async (missing) => {
    const { sql, server } = await startScene({ server: { dialplan: OLD } });
    await insertGateway(sql, "carrier");
    const campaignId = await insertCampaign(sql, {
      max_concurrent_calls: 20,
      ...missing,
    });
    await insertPeople(sql, campaignId, 30, [FAR_END.answers]);
    await untilStatus(sql, campaignId, "PAUSED");
    await untilBlocked(sql, campaignId, "MISSING_EXTENSION");
    await waitFor(
      "what was claimed to be taken back",
      async () => (await attempts(sql, "end_at is null")).length === 0,
    );
    expect(server.originates()).toEqual([]);
    expect(await attempts(sql, "originate_at is not null")).toEqual([]);
    expect(await leads(sql, "dials > 0")).toEqual([]);
    await expectNothingBurnt(sql, 30);
    // Mended and started again, it dials without a restart.
    await sql.query(
      "update campaigns set dialplan_context = null, dialplan_extension = 's', status = 'ACTIVE'",
    );
    await waitFor("calls", () => server.originates().length > 5);
    await expectNobodyTwice(sql, server);
  },
);

test.each<Missing>([
  { dialplan_context: "nosuchctx", dialplan_extension: "s" },
  { dialplan_extension: "nosuch" },
  { dialplan_context: "old", dialplan_extension: "nosuch" },
  { dialplan_context: "old", dialplan_extension: "detect" },
])(
  "the switch tells only by calls, many of them under way: paused at the first, and no lead is burnt: %j",
  async (missing) => {
    const { sql, server } = await startScene({
      ...blind,
      // All are under way before the first of them answers, none of them has rung for too long by then, and nobody hangs up
      // before the switch has looked for the extension.
      server: {
        ...blind.server,
        dialplan: OLD,
        pace: { ringMs: 1_500, secondMs: 400, talkMs: 60_000 },
      },
    });
    await insertGateway(sql, "carrier");
    const campaignId = await insertCampaign(sql, {
      max_concurrent_calls: 15,
      ...missing,
    });
    await insertPeople(sql, campaignId, 40, [FAR_END.answers]);
    await untilStatus(sql, campaignId, "PAUSED");
    await untilBlocked(sql, campaignId, "MISSING_EXTENSION");
    await waitFor(
      "the calls that were under way to end",
      async () => (await attempts(sql, "end_at is null")).length === 0,
    );
    const answered = await attempts(sql, "answer_at is not null");
    expect(answered.length).toBeGreaterThan(1);
    expect(answered.length).toBeLessThan(40);
    expect(
      await attempts(
        sql,
        "answer_at is not null and outcome <> 'SWITCH_REFUSED'",
      ),
    ).toEqual([]);
    await expectNothingBurnt(sql, 40);
    await expectNobodyTwice(sql, server);
  },
);

test("a hand-over that is changed while the campaign dials is asked again", async () => {
  const { sql, server } = await startScene();
  await insertGateway(sql, "carrier");
  // Slow enough for the list not to be over before the change is made.
  await sql.query("update trunk_config set cps_limit = 10");
  const campaignId = await insertCampaign(sql, {
    max_concurrent_calls: 3,
    dialplan_extension: "s",
  });
  await insertPeople(sql, campaignId, 60, [FAR_END.busy]);
  await waitFor("calls", () => server.originates().length > 5);
  await sql.query("update campaigns set dialplan_extension = 'nosuch'");
  await untilStatus(sql, campaignId, "PAUSED");
  expect(
    server.originates().filter(({ extension }) => extension === "nosuch"),
  ).toEqual([]);
});
