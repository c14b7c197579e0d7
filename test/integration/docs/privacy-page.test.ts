/** Every statement of the page on personal data is run, in the order of the page, in both languages. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBlocks } from "../../support/page-blocks.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { insertRow } from "../../support/dialing-rows.ts";
import {
  insertCampaign,
  insertLead,
  insertTrunk,
  one,
} from "../schema/rows.ts";
import { clara, isSql, run, variables, type Row } from "./run-block.ts";

const pages = ["docs/privacy.md", "docs/pt-BR/privacidade.md"] as const;
const phone = "+5511999990123";

const sqlOf = async (page: string) => (await readBlocks(page)).filter(isSql);

/** Clara's campaign with a person who was called once, and another lead. */
async function insertPerson(database: TestDatabase): Promise<void> {
  const trunk = await insertTrunk(database.pool);
  const campaign = String(variables["campaign_id"]);
  await database.asUser(clara, async (client) => {
    await insertCampaign(client, { id: campaign });
    await insertLead(client, campaign, { id: variables["lead_id"] });
  });
  const lead = await insertLead(database.pool, campaign, {
    phone: "(11) 99999-0123",
    phone_e164: phone,
    first_name: "Ana",
    status: "DONE",
  });
  await insertRow(database.pool, "call_attempts", {
    account_id: clara.sub,
    campaign_id: campaign,
    lead_id: lead,
    attempt_number: 1,
    phone_e164: phone,
    state: "ENDED",
    outcome: "ANSWERED",
    trunk_id: trunk,
    voice_node: "default",
    originate_at: new Date(),
    end_at: new Date(),
  });
}

describe.each(pages)("%s", async (page) => {
  const blocks = await sqlOf(page);
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await insertPerson(database);
  });
  afterAll(() => database.drop());

  it("answers a person, erases one, proves it, and empties a campaign", async () => {
    const answers: (Row | undefined)[] = [];
    for (const block of blocks) answers.push((await run(database, block))[0]);
    expect(answers).toHaveLength(9);
    const [calls, , erased, byLead, byAdmin, proof, evidence, , emptied] =
      answers;
    expect(calls).toMatchObject({ outcome: "ANSWERED" });
    expect(erased).toMatchObject({
      leads_erased: 1,
      attempts_erased: 1,
      do_not_call_kept: 1,
    });
    expect(byLead).toMatchObject({ leads_erased: 1 });
    expect(byAdmin).toMatchObject({ leads_erased: 0 });
    expect(proof).toEqual({ columns: "0", rows_found: "0" });
    expect(evidence).toMatchObject({ scope: "PERSON" });
    expect(emptied).toMatchObject({ leads_left: "0" });
    expect(
      await one(
        database.pool,
        "select is_archived, emptied_at is null as open from campaigns",
      ),
    ).toEqual({ is_archived: true, open: false });
  });
});

it("both languages show the same statements", async () => {
  const [english, portuguese] = await Promise.all(pages.map(sqlOf));
  expect(portuguese?.map(({ info, text }) => [info, text])).toEqual(
    english?.map(({ info, text }) => [info, text]),
  );
});
