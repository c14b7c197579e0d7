/**
 * Lists as programs write them: each file of test/files/lists, with the rows that must come of it beside it. People and
 * numbers are fictitious.
 */
import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ImportValues } from "../../../../cli/import/options.ts";
import { failure, shareImportScene } from "./scene.ts";

interface Expected {
  readonly options?: ImportValues;
  /** In the order of the file; a field that is not named may be anything. */
  readonly leads?: readonly {
    readonly phone_e164: string;
    readonly first_name: string | null;
    /** Further numbers and their kind. */
    readonly numbers?: readonly (readonly [string, string])[];
    readonly metadata?: Readonly<Record<string, string>>;
  }[];
  /** Rejected rows by reason. */
  readonly rejected?: Readonly<Record<string, number>>;
  /** Numbers that were left out, by reason. */
  readonly unread?: Readonly<Record<string, number>>;
  /** Part of what is said when the whole file is refused. */
  readonly error?: string;
}

const scene = shareImportScene();
const folder = fileURLToPath(new URL("../../../files/lists/", import.meta.url));
const names = (await readdir(folder)).filter((name) => !name.endsWith(".json"));

async function expectedOf(name: string): Promise<Expected> {
  const text = await readFile(join(folder, `${name}.json`), "utf8");
  return JSON.parse(text) as Expected;
}

/** In a folder of its own, where a reject file may come to lie beside it. */
async function copied(name: string): Promise<string> {
  const path = join(scene.folder, name);
  await copyFile(join(folder, name), path);
  return path;
}

async function importedLeads() {
  const { rows } = await scene.database.pool.query<Record<string, unknown>>(
    `select lead.*, coalesce((
         select jsonb_agg(jsonb_build_array(number.phone_e164, number.kind) order by number.position)
         from lead_phones as number where number.lead_id = lead.id), '[]') as numbers
     from leads as lead where lead.campaign_id = $1 order by lead.created_at`,
    [scene.campaignId],
  );
  return rows;
}

describe("the list", () => {
  it("samples are many", () => {
    expect(names.length).toBeGreaterThanOrEqual(35);
  });

  it.each(names)(
    "%s becomes the leads that are expected of it",
    async (name) => {
      const {
        options = {},
        leads = [],
        error,
        ...expected
      } = await expectedOf(name);
      const file = await copied(name);
      if (error !== undefined) {
        const message = await failure(scene.runImport(file, options));
        expect(message).toContain(error);
        expect(await scene.leadCount()).toBe(0);
        return;
      }
      const dry = await scene.runImport(file, { ...options, "dry-run": true });
      expect(await scene.leadCount()).toBe(0);
      const result = await scene.runImport(file, options);
      expect([dry.tally, dry.codes]).toEqual([result.tally, result.codes]);
      const found = await importedLeads();
      expect(found).toMatchObject(
        leads.map(({ metadata: _, ...lead }) => lead),
      );
      expect(found).toHaveLength(leads.length);
      for (const [at, { metadata }] of leads.entries())
        if (metadata !== undefined)
          expect(found[at]?.["metadata"]).toEqual(metadata);
      expect(result.codes).toEqual(expected.rejected ?? {});
      const unread = [...result.unreadNumbers].map(([code, { count }]) => [
        code,
        count,
      ]);
      expect(Object.fromEntries(unread)).toEqual(expected.unread ?? {});
    },
  );
});
