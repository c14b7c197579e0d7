/** What `npm run import` refuses as a whole. Numbers are fictitious. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { insertCampaign, one } from "../../schema/rows.ts";
import { failure, shareImportScene } from "./scene.ts";

const scene = shareImportScene();

describe("what cannot be imported is refused before anything is written", () => {
  it.each([
    ["an empty file", "", /is empty/],
    ["a file of blank lines", "\n \n\r\n", /no header line/],
    [
      "a binary file",
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1, 2]),
      /not a text file/,
    ],
    [
      "a workbook",
      Buffer.from([0x50, 0x4b, 3, 4, 20, 0]),
      /damaged or not complete/,
    ],
    [
      "a file without a phone column",
      "nome;idade\nAna;3\n",
      /no column holds the phone number; found: "nome", "idade"/,
    ],
    [
      "a broken header",
      '"nome;telefone\nAna;11987650001\n',
      /line 1, the header, cannot be read: a quote/,
    ],
  ])("%s", async (_what, content, message) => {
    expect(await failure(scene.runImport(await scene.fileOf(content)))).toMatch(
      message,
    );
    expect(await scene.leadCount()).toBe(0);
    expect(
      await one(
        scene.database.pool,
        "select count(*)::int as lists from lists where campaign_id = $1",
        [scene.campaignId],
      ),
    ).toEqual({ lists: 0 });
  });

  it("a missing file, a folder, an unknown country", async () => {
    expect(
      await failure(scene.runImport(join(scene.folder, "none.csv"))),
    ).toMatch(/there is no file/);
    expect(await failure(scene.runImport(scene.folder))).toMatch(
      /is not a file/,
    );
    const file = await scene.fileOf("phone\n1\n");
    expect(await failure(scene.runImport(file, { country: "XX" }))).toMatch(
      /"XX" is not a country/,
    );
    expect(await failure(scene.runImport(file, { rejects: file }))).toMatch(
      /would be overwritten/,
    );
  });

  it("an unknown campaign, with the nearest names", async () => {
    await insertCampaign(scene.database.pool, { name: "Renovação de maio" });
    const file = await scene.fileOf("phone\n11987650001\n");
    const message = await failure(
      scene.runImport(file, { campaign: "renovacao maio" }),
    );
    expect(message).toMatch(
      /no campaign is called "renovacao maio"; the nearest are: "Renovação de maio", /,
    );
  });

  it("a name that several campaigns have, until --account or the id tells which", async () => {
    const accountId = "00000000-0000-0000-0000-0000000000aa";
    const otherId = await insertCampaign(scene.database.pool, {
      name: scene.campaign,
      account_id: accountId,
    });
    const file = await scene.fileOf("phone\n11987650001\n");
    const message = await failure(scene.runImport(file));
    expect(message).toContain(otherId);
    expect(message).toMatch(/give --account, or the id/);
    expect(
      (await scene.runImport(file, { account: accountId })).tally.imported,
    ).toBe(1);
    expect(
      await one(
        scene.database.pool,
        "select campaign_id, account_id from leads where account_id = $1",
        [accountId],
      ),
    ).toEqual({ campaign_id: otherId, account_id: accountId });
    expect(
      (await scene.runImport(file, { campaign: scene.campaignId })).tally
        .imported,
    ).toBe(1);
  });
});
