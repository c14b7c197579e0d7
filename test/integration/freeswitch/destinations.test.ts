/** Destinations before a scripted FreeSWITCH: what the commands on the wire say of where the answered person goes. */
import { expect, test } from "vitest";

import { FAR_END } from "../../support/esl-server.ts";
import type { EslServer } from "../../support/esl-server.ts";
import {
  attempts,
  insertCampaign,
  insertLead,
  insertRow,
  leads,
  phone,
  untilBlocked,
  untilStatus,
} from "../../support/running-engine.ts";
import type { Sql } from "../../support/running-engine.ts";
import { waitFor } from "../../support/wait-for.ts";
import {
  expectNobodyTwice,
  insertGateway,
  insertPeople,
  neverRetry,
  startScene,
} from "./scene.ts";

/** A context beside that of docs/freeswitch. */
const SALES = `<include><context name="sales">
  <extension name="desk">
    <condition field="destination_number" expression="^desk$">
      <action application="answer"/>
      <action application="park"/>
    </condition>
  </extension>
</context></include>`;

async function start() {
  const scene = await startScene({ server: { dialplan: SALES } });
  await neverRetry(scene.sql);
  await insertGateway(scene.sql, "carrier");
  return scene;
}

/** Where each originate so far sends its person, as written. */
const targets = (server: EslServer) =>
  server
    .originates()
    .map(({ context, extension }) => `${context},${extension}`);

const numberOf = (n: number) => phone(n * 1_000 + Number(FAR_END.talks));

async function untilOriginated(server: EslServer, count: number) {
  await waitFor(
    `${String(count)} originates`,
    () => server.originates().length >= count,
  );
}

async function hangUpAll(sql: Sql): Promise<void> {
  await sql.query(
    "select hangup_attempt(id) from call_attempts where end_at is null",
  );
  await waitFor(
    "all calls to end",
    async () => (await attempts(sql, "end_at is null")).length === 0,
  );
}

test("context and extension are the destination's, not the campaign's own", async () => {
  const { sql, server } = await start();
  const destination_id = await insertRow(sql, "destinations", {
    name: "Desk",
    context: "sales",
    extension: "desk",
  });
  const campaign = await insertCampaign(sql, {
    dialplan_extension: "queue",
    destination_id,
  });
  await insertPeople(sql, campaign, 3, [FAR_END.talks]);
  await untilOriginated(server, 3);
  expect(targets(server)).toEqual(["sales,desk", "sales,desk", "sales,desk"]);
  await hangUpAll(sql);
  await expectNobodyTwice(sql, server);
});

test("without a context it is the engine's own", async () => {
  const { sql, server } = await start();
  const destination_id = await insertRow(sql, "destinations", {
    name: "Message",
    extension: "message",
  });
  const campaign = await insertCampaign(sql, { destination_id });
  await insertLead(sql, campaign, { phone: numberOf(1) });
  await untilOriginated(server, 1);
  expect(targets(server)).toEqual(["dialer,message"]);
  await hangUpAll(sql);
});

test.each([
  ["context", { context: "nowhere", extension: "desk" }],
  ["extension", { context: null, extension: "nosuch" }],
])(
  "one whose %s does not exist pauses the campaign, and no originate is written",
  async (_, place) => {
    const { sql, server } = await start();
    const destination_id = await insertRow(sql, "destinations", {
      name: "Lost",
      ...place,
    });
    const campaign = await insertCampaign(sql, { destination_id });
    await insertPeople(sql, campaign, 5, [FAR_END.talks]);
    await untilStatus(sql, campaign, "PAUSED");
    await untilBlocked(sql, campaign, "MISSING_EXTENSION");
    await waitFor(
      "what was claimed to be taken back",
      async () => (await attempts(sql, "end_at is null")).length === 0,
    );
    expect(server.originates()).toEqual([]);
    expect(await leads(sql, "attempts > 0 or dials > 0")).toEqual([]);
  },
);

test("a change between two calls holds for the next", async () => {
  const { sql, server } = await start();
  const first = await insertRow(sql, "destinations", {
    name: "First",
    extension: "s",
  });
  const campaign = await insertCampaign(sql, {
    destination_id: first,
    auto_complete: false,
  });
  await insertLead(sql, campaign, { phone: numberOf(1) });
  await untilOriginated(server, 1);
  // The administrator moves the place.
  await sql.query(
    "update destinations set context = 'sales', extension = 'desk' where id = $1",
    [first],
  );
  await insertLead(sql, campaign, { phone: numberOf(2) });
  await untilOriginated(server, 2);
  // The client chooses another.
  const other = await insertRow(sql, "destinations", {
    name: "Other",
    extension: "queue",
  });
  await sql.query("update campaigns set destination_id = $1", [other]);
  await insertLead(sql, campaign, { phone: numberOf(3) });
  await untilOriginated(server, 3);
  expect(targets(server)).toEqual(["dialer,s", "sales,desk", "dialer,queue"]);
  await hangUpAll(sql);
});
