/** Rows of a file become leads of a campaign, on a real database. Numbers are fictitious. */
import { describe, expect, it } from "vitest";
import { jobs, one } from "../../schema/rows.ts";
import { shareImportScene } from "./scene.ts";

const scene = shareImportScene();

describe("rows", () => {
  it("become leads with number, zone, names, priority and metadata, in file order, in a list named after the file", async () => {
    const file = await scene.fileOf(
      "\uFEFFid,phone,first_name,last_name,timezone,priority,plan\n" +
        'A1,11 98765-4321,Ana,"Souza, Lima",,5,gold\n' +
        "A2,+1 212 555 2368,Bob,Jones,,,\n" +
        'A3,(92) 98765-4321,Caio,,America/Rio_Branco,,"two\nlines"\n',
    );
    const { tally, rejectFile } = await scene.runImport(file);
    expect(tally).toEqual({
      read: 3,
      imported: 3,
      alreadyThere: 0,
      rejected: 0,
    });
    expect(rejectFile).toBeNull();
    const common = { status: "NEW", list: `people-${scene.nth}` };
    expect(await scene.leads()).toMatchObject([
      {
        ...common,
        external_id: "A1",
        phone: "11 98765-4321",
        phone_e164: "+5511987654321",
        dial_timezone: "America/Sao_Paulo",
        timezone: null,
        first_name: "Ana",
        last_name: "Souza, Lima",
        priority: 5,
        metadata: { plan: "gold" },
      },
      {
        ...common,
        external_id: "A2",
        phone_e164: "+12125552368",
        dial_timezone: "America/Manaus",
        priority: 100,
        metadata: {},
      },
      {
        ...common,
        external_id: "A3",
        phone_e164: "+5592987654321",
        dial_timezone: "America/Rio_Branco",
        timezone: "America/Rio_Branco",
        last_name: null,
        metadata: { plan: "two\nlines" },
      },
    ]);
  });

  it("of a Brazilian Excel export (latin1, semicolons, sep= line) keep their accents", async () => {
    const text =
      "sep=;\r\nCódigo;Nome;Telefone;Observação\r\n7;João;11987650001;não ligar à tarde\r\n;;;\r\n";
    const file = await scene.fileOf(Buffer.from(text, "latin1"));
    expect((await scene.runImport(file)).tally).toMatchObject({
      read: 1,
      imported: 1,
    });
    expect(await scene.leads()).toMatchObject([
      {
        external_id: "7",
        first_name: "João",
        phone_e164: "+5511987650001",
        metadata: { Observação: "não ligar à tarde" },
      },
    ]);
  });

  it("are taken from tab-separated UTF-16, as Excel writes Unicode text", async () => {
    const file = await scene.fileOf(
      Buffer.from("\uFEFFfone\tnome\r\n11987650002\tÍris\r\n", "utf16le"),
    );
    expect((await scene.runImport(file)).tally).toMatchObject({ imported: 1 });
    expect(await scene.leads()).toMatchObject([{ first_name: "Íris" }]);
  });

  it("wake an ACTIVE campaign", async () => {
    const before = (await jobs(scene.database.pool, "schedule_campaign"))
      .length;
    await scene.runImport(await scene.fileOf("phone\n11987650003\n"));
    const added = (await jobs(scene.database.pool, "schedule_campaign")).slice(
      before,
    );
    expect(added.at(-1)?.payload).toEqual({ campaignId: scene.campaignId });
  });

  it("are read with --country and go to --list, whose facts are kept", async () => {
    const file = await scene.fileOf("phone\n(212) 555-2368\n");
    await scene.runImport(file, {
      country: "us",
      list: "May",
      source: "fair",
      "legal-basis": "consent",
      priority: "3",
    });
    expect(await scene.leads()).toMatchObject([
      { phone_e164: "+12125552368", list: "May" },
    ]);
    expect(
      await one(
        scene.database.pool,
        "select source, legal_basis, priority from lists where campaign_id = $1",
        [scene.campaignId],
      ),
    ).toEqual({
      source: "fair",
      legal_basis: "consent",
      priority: 3,
    });
  });
});
