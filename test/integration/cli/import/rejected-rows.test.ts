/** Rows that cannot be leads, and the file they are written to. Numbers are fictitious. */
import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { phone, rejectLines, shareImportScene } from "./scene.ts";

const scene = shareImportScene();

describe("rejected rows", () => {
  it("are written with line, reason and all their columns, and no row is lost", async () => {
    const file = await scene.fileOf(
      [
        "nome;telefone;fuso;prioridade",
        "Ana;11987651000;;",
        "Bia;98765-1001;;",
        "Caio;;;",
        "Davi;11987651003;Marte/Base;",
        "Eva;11987651004;;alta",
        "Fabio;11987651005",
        '"Gil;11987651006;;',
        '"Helena";11987651007;;',
        '"Igor" Neto;11987651008;;',
        'Jo "Mana" Luz;11987651009;;',
        "Lia;11987651010;;;;",
      ].join("\n"),
    );
    const { tally, rejectFile } = await scene.runImport(file);
    expect(tally).toMatchObject({ read: 11, imported: 5, rejected: 6 });
    expect((await scene.leads()).map((lead) => lead["first_name"])).toEqual([
      "Ana",
      "Fabio",
      "Helena",
      'Jo "Mana" Luz',
      "Lia",
    ]);
    const lines = await rejectLines(rejectFile);
    expect(lines).toEqual([
      "rejected_line;rejected_reason;nome;telefone;fuso;prioridade",
      expect.stringMatching(
        /^3;the phone number lacks its area code \(DDD\);Bia;98765-1001;;$/,
      ),
      expect.stringMatching(/^4;the phone number is empty;Caio;;;$/),
      expect.stringMatching(
        /^5;"""Marte\/Base"" is not the name of a time zone.*";Davi;11987651003;Marte\/Base;$/,
      ),
      expect.stringMatching(
        /^6;"the priority ""alta"" is not a whole number";Eva;11987651004;;alta$/,
      ),
      expect.stringMatching(
        /^8;"a quote.*not closed properly";"""Gil;11987651006;;"$/,
      ),
      expect.stringMatching(
        /^10;"text follows a closing quote.*";"""Igor"" Neto;11987651008;;"$/,
      ),
    ]);
  });

  it("can be corrected in the reject file, which is imported as it is", async () => {
    const { rejectFile } = await scene.runImport(
      await scene.fileOf("phone,plan\n98765-1001,gold\n12,iron\n"),
    );
    const text = await readFile(rejectFile ?? "", "utf8");
    await writeFile(
      rejectFile ?? "",
      text.replace("98765-1001", "11 98765-1001"),
    );
    const again = await scene.runImport(rejectFile ?? "");
    expect(again.tally).toEqual({
      read: 2,
      imported: 1,
      alreadyThere: 0,
      rejected: 1,
    });
    expect(await scene.leads()).toMatchObject([
      { phone_e164: "+5511987651001", metadata: { plan: "gold" } },
    ]);
    expect((await rejectLines(again.rejectFile))[1]).toMatch(/^3,.*,12,iron$/);
  });

  it("include repeats inside the file, by number however it is written and by external id", async () => {
    const file = await scene.fileOf(
      "id,phone\n1,11987652000\n2,+55 11 98765-2000\n1,11987652001\n3,11987652002\n",
    );
    const { tally, rejectFile } = await scene.runImport(file);
    expect(tally).toEqual({
      read: 4,
      imported: 2,
      alreadyThere: 0,
      rejected: 2,
    });
    expect(await rejectLines(rejectFile)).toEqual([
      "rejected_line,rejected_reason,id,phone",
      "3,same number as line 2,2,+55 11 98765-2000",
      "4,same external id as line 2,1,11987652001",
    ]);
  });

  it("include an external id that the campaign knows with another number", async () => {
    await scene.runImport(await scene.fileOf("id,phone\n1,11987652100\n"));
    const { tally, rejectFile } = await scene.runImport(
      await scene.fileOf("id,phone\n1,11987652101\n9,11987652100\n"),
    );
    expect(tally).toMatchObject({ alreadyThere: 1, rejected: 1 });
    expect((await rejectLines(rejectFile))[1]).toBe(
      '2,"the campaign has this external id already, with another number",1,11987652101',
    );
    expect(await scene.leadCount()).toBe(1);
  });

  it("that only the database refuses do not take their batch with them", async () => {
    await scene.database.pool.query(
      "alter table leads add constraint no_rest check (first_name <> 'Refused')",
    );
    const file = await scene.fileOf(
      [
        "nome,fone",
        ...Array.from(
          { length: 40 },
          (_, row) => `${row === 17 ? "Refused" : "Ana"},${phone(row)}`,
        ),
      ].join("\n"),
    );
    const { tally, rejectFile } = await scene
      .runImport(file)
      .finally(() =>
        scene.database.pool.query("alter table leads drop constraint no_rest"),
      );
    expect(tally).toMatchObject({ imported: 39, rejected: 1 });
    expect((await rejectLines(rejectFile))[1]).toMatch(
      /^19,.*the database refused it.*no_rest/,
    );
  });
});
