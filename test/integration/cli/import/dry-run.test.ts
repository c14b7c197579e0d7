/** A dry run says what the import does; a second import may renew what is there. Numbers are fictitious. */
import { access } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { insertCampaign, one } from "../../schema/rows.ts";
import { shareImportScene } from "./scene.ts";

const scene = shareImportScene();

const cell = (...values: readonly string[]) => fc.constantFrom(...values);
/** Few values, so that rows repeat one another. */
const anyRow = fc
  .tuple(
    cell("", "1", "2", "3", "4"),
    cell("Ana", "Bia", ""),
    cell(
      "11987650001",
      "+55 11 98765-0001",
      "11 8765-0001",
      "11987650002",
      "11987650003",
      "11987650004",
      "+54 11 4555 0100",
      "+54 9 11 4555 0100",
      "98765-0001",
      "",
      "x",
    ),
    cell("1135550001", "1135550002", "", "y"),
    cell("", "5", "high"),
    cell("", "gold", "iron"),
  )
  .map((cells) => cells.join(";"));
const anyFile = fc
  .array(anyRow, { minLength: 1, maxLength: 25 })
  .map((rows) =>
    ["id;nome;telefone;celular;prioridade;plano", ...rows].join("\n"),
  );

/** Everything that an import may write. */
async function written(campaignId: string) {
  const { rows } = await scene.database.pool.query<{ row: object }>(
    `select to_jsonb(lead) as row from leads as lead where campaign_id = $1
     union all select to_jsonb(list) from lists as list where campaign_id = $1
     union all select to_jsonb(number) from lead_phones as number where campaign_id = $1
     order by 1`,
    [campaignId],
  );
  return rows;
}

describe("a dry run", () => {
  it("counts and gives reasons as the import does, on top of any other, with --update and without, and writes nothing", async () => {
    let nth = 0;
    await fc.assert(
      fc.asyncProperty(
        anyFile,
        anyFile,
        fc.boolean(),
        async (first, second, update) => {
          nth += 1;
          const name = `Dry ${scene.nth}.${nth}`;
          const id = await insertCampaign(scene.database.pool, { name });
          for (const content of [first, second]) {
            const file = await scene.fileOf(content, `dry-${nth}.csv`);
            const values = {
              campaign: name,
              update,
              rejects: `${file}.rejects`,
            };
            const before = await written(id);
            const dry = await scene.runImport(file, {
              ...values,
              "dry-run": true,
            });
            expect(await written(id)).toEqual(before);
            const real = await scene.runImport(file, values);
            expect([dry.tally, dry.updated, dry.codes]).toEqual([
              real.tally,
              real.updated,
              real.codes,
            ]);
            expect((await written(id)).length).toBeGreaterThanOrEqual(
              before.length + real.tally.imported,
            );
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("writes no list, no reject file, and says so", async () => {
    const file = await scene.fileOf("phone\n11987650001\n98765-0001\n3555\n");
    const { code, text } = await scene.runProgram([
      file,
      "--campaign",
      scene.campaign,
      "--dry-run",
    ]);
    expect(text).toContain("this is a dry run: nothing is written");
    expect(text).toMatch(/To import +1\nAlready there +0\nRejected +2\n/);
    expect(text).toContain("1  the phone number lacks its area code (DDD)\n");
    expect(text).not.toContain(".rejects.csv");
    expect(code).toBe(3);
    await expect(
      access(file.replace(".csv", ".rejects.csv")),
    ).rejects.toThrow();
    expect(await written(scene.campaignId)).toEqual([]);
  });
});

describe("--update", () => {
  const list = (name: string, plan: string, priority: string, id = "A1") =>
    `id;nome;sobrenome;telefone;prioridade;plano\n${id};${name};;11987651000;${priority};${plan}\n`;

  it("renews names, metadata and priority, keeps what the file leaves empty, and nothing else", async () => {
    const first = await scene.fileOf(
      "id;nome;sobrenome;telefone;cidade\nA1;Ana;Prado;11987651000;Osasco\n",
    );
    await scene.runImport(first);
    const [before] = await scene.leads();
    const again = await scene.fileOf(list("Ana Maria", "gold", "5"));
    expect(await scene.runImport(again)).toMatchObject({
      updated: 0,
      tally: { alreadyThere: 1 },
    });
    const result = await scene.runImport(again, { update: true });
    expect(result).toMatchObject({ updated: 1, tally: { imported: 0 } });
    const [lead] = await scene.leads();
    expect(lead).toEqual({
      ...before,
      first_name: "Ana Maria",
      priority: 5,
      metadata: { cidade: "Osasco", plano: "gold" },
      updated_at: lead?.["updated_at"],
    });
    expect(await scene.runImport(again, { update: true })).toMatchObject({
      updated: 0,
      tally: { alreadyThere: 1 },
    });
  });

  it.each(["DONE", "FAILED", "DNC", "INVALID"])(
    "does not revive a lead that is %s",
    async (status) => {
      await scene.runImport(await scene.fileOf(list("Ana", "iron", "")));
      await scene.database.pool.query(
        `update leads set status = $2, status_reason = 'TEST', dials = 3, attempts = 2, last_outcome = 'BUSY'
         where campaign_id = $1`,
        [scene.campaignId, status],
      );
      const file = await scene.fileOf(
        list("Bia", "gold", "9")
          .replace("plano", "plano;celular")
          .replace("gold", "gold;1135550001"),
      );
      expect(await scene.runImport(file, { update: true })).toMatchObject({
        updated: 1,
      });
      expect(await scene.leads()).toMatchObject([
        {
          status,
          status_reason: "TEST",
          dials: 3,
          attempts: 2,
          first_name: "Bia",
        },
      ]);
      expect(
        await one(
          scene.database.pool,
          "select count(*)::int as numbers from lead_phones where campaign_id = $1",
          [scene.campaignId],
        ),
      ).toEqual({ numbers: 0 });
    },
  );

  it("takes nobody for another: one number with two external ids is rejected", async () => {
    await scene.runImport(await scene.fileOf(list("Ana", "iron", "")));
    const file = await scene.fileOf(list("Bia", "gold", "", "B2"));
    expect(await scene.runImport(file, { update: true })).toMatchObject({
      updated: 0,
      codes: { OTHER_ID: 1 },
    });
    expect(await scene.leads()).toMatchObject([{ first_name: "Ana" }]);
  });
});
