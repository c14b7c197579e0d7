/** Calls of a campaign with a destination go there, and nowhere else. */
import { expect, test } from "vitest";

import {
  attempts,
  insertCampaign,
  insertLeads,
  insertTrunk,
  leads,
  shareRig,
  untilBlocked,
  untilFinal,
  untilStatus,
} from "../../support/running-engine.ts";
import { insertRow } from "../../support/dialing-rows.ts";
import { waitFor } from "../../support/wait-for.ts";

const shared = shareRig();

test("a destination goes before the campaign's own context and extension", async () => {
  const { sql } = await shared.fresh({ missingExtensions: ["nowhere"] });
  await insertTrunk(sql);
  const place = await insertRow(sql, "destinations", { name: "Message" });
  const campaign = await insertCampaign(sql, {
    dialplan_extension: "nowhere",
    destination_id: place,
  });
  await insertLeads(sql, campaign, 3);
  await untilFinal(sql, campaign);
  expect(await attempts(sql, "originate_at is null")).toEqual([]);
});

test("a destination that the PBX does not have pauses the campaign before its first call", async () => {
  const { sql } = await shared.fresh({ missingExtensions: ["nowhere"] });
  await insertTrunk(sql);
  const place = await insertRow(sql, "destinations", {
    name: "Lost",
    extension: "nowhere",
  });
  const campaign = await insertCampaign(sql, { destination_id: place });
  await insertLeads(sql, campaign, 10);
  await untilStatus(sql, campaign, "PAUSED");
  await untilBlocked(sql, campaign, "MISSING_EXTENSION");
  await waitFor(
    "what was claimed to be taken back",
    async () => (await attempts(sql, "end_at is null")).length === 0,
  );
  expect(await attempts(sql, "originate_at is not null")).toEqual([]);
  expect(await leads(sql, "attempts > 0 or dials > 0")).toEqual([]);
});

test("a campaign whose destination is switched off dials nobody, says so, and goes on when it is back", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql);
  const place = await insertRow(sql, "destinations", { name: "Queue" });
  const campaign = await insertCampaign(sql, { destination_id: place });
  await sql.query("update destinations set is_active = false");
  await insertLeads(sql, campaign, 3);
  await untilBlocked(sql, campaign, "DESTINATION_INACTIVE");
  expect(await attempts(sql)).toEqual([]);
  await sql.query("update destinations set is_active = true");
  await untilFinal(sql, campaign);
  await sql.query("update campaigns set destination_id = null");
  await sql.query("delete from destinations");
});

test("a destination in one PBX keeps its campaign to that PBX's trunks", async () => {
  const { sql } = await shared.fresh();
  await insertTrunk(sql, { name: "here" });
  const other = await insertTrunk(sql, {
    name: "there",
    voice_node: "other",
    priority: 1,
  });
  const place = await insertRow(sql, "destinations", {
    name: "Here only",
    voice_node: "default",
  });
  const campaign = await insertCampaign(sql, { destination_id: place });
  await insertLeads(sql, campaign, 3);
  await untilFinal(sql, campaign);
  expect(await attempts(sql, `trunk_id = '${other}'`)).toEqual([]);
});
