/** docs/sql.md knows every reason that dialing_blockers can give, and no other. */
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { one } from "../schema/rows.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe("docs/sql.md", () => {
  it("explains every reason that the engine and the view can give", async () => {
    const text = await readFile(
      new URL("../../../docs/sql.md", import.meta.url),
      "utf8",
    );
    const table = text.slice(text.indexOf("## Reasons in dialing_blockers"));
    const explained = [
      ...table.matchAll(/`([A-Z_]+)`(?=[^|]*\|[^|]*\|[^|]*\|$)/gm),
    ].map((match) => match[1]);
    const words = await wordsOfPasses();
    const given = [...words].filter((word) => !notReasons.has(word));
    expect(given.length).toBeGreaterThan(20);
    expect(explained.toSorted()).toEqual(given.toSorted());
  });
});

/** Other words in capitals of the same files. A new word is either a reason, to be explained on the page, or one of these. */
const notReasons = new Set([
  "ACTIVE",
  "ANSWERED",
  "BUSY",
  "DECLINED",
  "PAUSED",
  "ARCHIVED",
  "FAILED",
  "HEALTHY",
  "DEGRADED",
  "OUT",
  "REJECTED",
  "TRUNK_FAULT",
  "PBX_RESTARTED",
  "SYSTEM_ERROR",
  "NO_SUCH_EXTENSION",
  "DEFAULT_COUNTRY",
  "NEVER",
  "BAD_PATTERN",
  "UNSAFE_PATTERN",
]);

/** Quoted words in capitals, of the code of passes and of what pauses a campaign, of the view, and what functions pause with. */
async function wordsOfPasses(): Promise<Set<string>> {
  const root = new URL("../../../", import.meta.url);
  const passes = await readdir(new URL("engine/scheduling/", root));
  const files = [
    "engine/attempts/post-call-effects.ts",
    "dialing/blockers.ts",
    "dialing/capacity.ts",
    "dialing/capacity-shares.ts",
    "dialing/lead-eligibility.ts",
    "dialing/scan-cursor.ts",
    "dialing/trunk-capacity.ts",
    "dialing/trunk-choice.ts",
    ...passes.map((name) => `engine/scheduling/${name}`),
  ];
  const texts = await Promise.all(
    files.map((name) => readFile(new URL(name, root), "utf8")),
  );
  const { definition } = await one(
    database.pool,
    "select pg_get_viewdef('dialing_blockers'::regclass) as definition",
  );
  const quoted = `${texts.join("\n")}\n${String(definition)}`.matchAll(
    /["']([A-Z][A-Z_]{2,})["']/g,
  );
  const { sources } = await one(
    database.pool,
    "select string_agg(prosrc, ' ') as sources from pg_proc where prosrc like '%pause_reason%'",
  );
  const paused = String(sources).matchAll(/pause_reason = '([A-Z_]+)'/g);
  return new Set([...quoted, ...paused].flatMap((match) => match[1] ?? []));
}
