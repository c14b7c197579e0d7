/** Imports that are repeated, cut short, killed or long. Numbers are fictitious. */
import { writeXlsx } from "hucre";
import { describe, expect, it } from "vitest";
import { waitFor } from "../../../support/wait-for.ts";
import { insertCampaign, one } from "../../schema/rows.ts";
import { phone, shareImportScene } from "./scene.ts";

const scene = shareImportScene();

describe("an import run again", () => {
  it("imports nothing twice and counts what is there; other campaigns are not concerned", async () => {
    const file = await scene.bigFile(2_500, "again.csv");
    expect((await scene.runImport(file)).tally).toMatchObject({
      imported: 2_500,
      alreadyThere: 0,
    });
    expect((await scene.runImport(file)).tally).toEqual({
      read: 2_500,
      imported: 0,
      alreadyThere: 2_500,
      rejected: 0,
    });
    expect(await scene.leadCount()).toBe(2_500);
    expect(
      await one(
        scene.database.pool,
        "select count(*)::int as lists from lists where campaign_id = $1",
        [scene.campaignId],
      ),
    ).toEqual({ lists: 1 });
    const otherId = await insertCampaign(scene.database.pool, {
      name: `Other ${scene.nth}`,
    });
    expect(
      (await scene.runImport(file, { campaign: otherId })).tally,
    ).toMatchObject({
      imported: 2_500,
    });
  });

  it("completes one that was stopped half-way, which wrote all it had read", async () => {
    const file = await scene.bigFile(6_000, "stopped.csv");
    const stop = new AbortController();
    const first = await scene.runImport(
      file,
      {},
      {
        signal: stop.signal,
        onUpdate: ({ read }) => read >= 2_000 && stop.abort(),
      },
    );
    expect(first.tally.imported).toBe(await scene.leadCount());
    expect(first.tally.imported).toBeLessThan(6_000);
    expect(first.stoppedAtLine).toBe(first.tally.read + 1);
    const second = await scene.runImport(file);
    expect(second.stoppedAtLine).toBeNull();
    expect(second.tally).toMatchObject({
      imported: 6_000 - first.tally.imported,
      alreadyThere: first.tally.imported,
    });
    expect(await scene.leadCount()).toBe(6_000);
  });

  it("completes one whose process was killed", async () => {
    const file = await scene.bigFile(20_000, "killed.csv");
    await scene.slowDown();
    const program = scene.startProgram([file, "--campaign", scene.campaign]);
    await waitFor("the first batch to be committed", () => scene.leadCount());
    program.kill("SIGKILL");
    await program.exited;
    await waitFor("the statement it left behind to end", async () => {
      const { sessions } = await one(
        scene.database.pool,
        "select count(*)::int as sessions from pg_stat_activity where datname = current_database() and application_name = 'dialer-import'",
      );
      return sessions === 0;
    });
    await scene.speedUp();
    const before = await scene.leadCount();
    expect(before).toBeLessThan(20_000);
    expect(before % 1_000).toBe(0);
    expect((await scene.runImport(file)).tally).toMatchObject({
      imported: 20_000 - before,
      alreadyThere: before,
    });
    expect(await scene.leadCount()).toBe(20_000);
  });
});

describe("a file of 50,000 rows", () => {
  it("is imported in a heap that could not hold it", async () => {
    const file = await scene.bigFile(50_000, "big.csv", "nota ".repeat(200));
    const { code, text } = await scene.runProgram(
      [file, "--campaign", scene.campaign],
      {
        NODE_OPTIONS: "--max-old-space-size=48",
      },
    );
    expect(text).toMatch(/Imported +50000\n/);
    expect(code).toBe(0);
    expect(await scene.leadCount()).toBe(50_000);
  });
});

describe("a workbook of 40,000 rows", () => {
  it("is imported in a heap that could not hold its texts", async () => {
    const rows = Array.from({ length: 40_000 }, (_, row) => [
      phone(row),
      `${String(row)} nota `.repeat(50),
    ]);
    const sheets = [{ name: "A", rows: [["telefone", "nota"], ...rows] }];
    const content = await writeXlsx({ sheets, stringMode: "shared" });
    const file = await scene.fileOf(Buffer.from(content), "big.xlsx");
    const { code, text } = await scene.runProgram(
      [file, "--campaign", scene.campaign],
      { NODE_OPTIONS: "--max-old-space-size=48" },
    );
    expect(text).toMatch(/Imported +40000\n/);
    expect(code).toBe(0);
  }, 180_000);
});
