/** What the tests of `npm run import` share: a database, a folder of files, and a campaign for each test. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { CommandError } from "../../../../cli/command.ts";
import {
  importFile,
  type ImportOptions,
} from "../../../../cli/import/import-file.ts";
import {
  readImportOptions,
  type ImportValues,
} from "../../../../cli/import/options.ts";
import {
  emptyTally,
  type ImportTally,
} from "../../../../cli/import/progress.ts";
import type { Language } from "../../../../cli/language.ts";
import { createImportPool } from "../../../../cli/import/queries.ts";
import type { Database } from "../../../../database/pools.ts";
import { startCommand } from "../../../support/command-process.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../../support/database.ts";
import { insertCampaign, one } from "../../schema/rows.ts";

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly language?: Language;
  readonly onUpdate?: (tally: Readonly<ImportTally>) => void;
}

class ImportScene {
  database!: TestDatabase;
  pool!: Database;
  folder = "";
  /** Of the campaign of this test, which is ACTIVE and in Manaus. */
  campaign = "";
  campaignId = "";
  /** Counts the tests of the file. */
  nth = 0;

  async open(): Promise<void> {
    this.database = await createTestDatabase();
    this.pool = createImportPool({
      url: this.database.url,
      schema: "public",
      workerSchema: "graphile_worker",
      applicationName: "import-test",
    });
    this.folder = await mkdtemp(join(tmpdir(), "dialer-import-"));
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await this.pool.end();
    await this.database.drop();
  }

  async nextCampaign(): Promise<void> {
    this.nth += 1;
    this.campaign = `Campaign ${this.nth}`;
    this.campaignId = await insertCampaign(this.database.pool, {
      name: this.campaign,
      timezone: "America/Manaus",
    });
  }

  /** The import in this process; its counts must add up. */
  async runImport(
    file: string,
    values: ImportValues = {},
    run: RunOptions = {},
  ) {
    const options: ImportOptions = readImportOptions(file, {
      campaign: this.campaign,
      ...values,
    });
    const whole = emptyTally();
    const end = await importFile(this.pool, options, {
      signal: run.signal ?? new AbortController().signal,
      progress: {
        start: () => undefined,
        update: (_bytes, seen) => run.onUpdate?.(seen),
        stop: () => undefined,
      },
      tally: whole,
      language: run.language ?? "en",
      onStart: () => undefined,
    });
    const { reasons, unreadNumbers, updated, ...tally } = whole;
    expect(tally.imported + updated + tally.alreadyThere + tally.rejected).toBe(
      tally.read,
    );
    const codes = Object.fromEntries(
      [...reasons].map(([code, { count }]) => [code, count]),
    );
    return { tally, updated, codes, unreadNumbers, ...end };
  }

  /** Each batch takes half a second and more, until `speedUp`: whoever looks after the first finds the import under way. */
  async slowDown(): Promise<void> {
    await this.database.pool.query(`
      create function slow_batch() returns trigger language plpgsql as 'begin perform pg_sleep(0.5); return null; end';
      create trigger slow_batch after insert on leads for each statement execute function slow_batch()`);
  }

  async speedUp(): Promise<void> {
    await this.database.pool.query("drop function slow_batch() cascade");
  }

  /** The import as a process of its own. */
  startProgram(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    return startCommand("import.ts", args, {
      DATABASE_URL: this.database.url,
      ...env,
    });
  }

  async runProgram(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    const { exited, output } = this.startProgram(args, env);
    const code = await exited;
    return { code, text: output.stdout + output.stderr };
  }

  async fileOf(
    content: string | Buffer,
    name = `people-${this.nth}.csv`,
  ): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, content);
    return path;
  }

  /** @param note repeated in every row */
  async bigFile(rows: number, name: string, note = ""): Promise<string> {
    const path = join(this.folder, name);
    const stream = createWriteStream(path);
    stream.write("external_id;nome;telefone;cidade;nota\r\n");
    for (let from = 0; from < rows; from += 1_000) {
      const block = Array.from(
        { length: Math.min(1_000, rows - from) },
        (_, index) => {
          const row = from + index;
          return `C${row};Pessoa ${row};${phone(row)};"Ribeirão; Preto";${note}\r\n`;
        },
      );
      if (!stream.write(block.join(""))) await once(stream, "drain");
    }
    stream.end();
    await finished(stream);
    return path;
  }

  async leads() {
    const { rows } = await this.database.pool.query<Record<string, unknown>>(
      `select lead.*, list.name as list from leads as lead left join lists as list on list.id = lead.list_id
       where lead.campaign_id = $1 order by lead.created_at`,
      [this.campaignId],
    );
    return rows;
  }

  async leadCount(): Promise<number> {
    const row = await one(
      this.database.pool,
      "select count(*)::int as count from leads where campaign_id = $1",
      [this.campaignId],
    );
    return row["count"] as number;
  }
}

/** One database and folder for all tests of a file, a new campaign for each. */
export function shareImportScene(): ImportScene {
  const scene = new ImportScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(() => scene.nextCampaign());
  return scene;
}

/** A mobile of São Paulo, each number once. */
export function phone(index: number): string {
  return `(11) 9${String(80_000_000 + index).replace(/(\d{4})$/, "-$1")}`;
}

/** Lines of a reject file without its byte order mark. */
export async function rejectLines(path: string | null): Promise<string[]> {
  const text = await readFile(path ?? "", "utf8");
  expect(text.startsWith("\uFEFF")).toBe(true);
  return text.slice(1).trimEnd().split("\n");
}

/** The message of the `CommandError` that the work must end with. */
export async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CommandError);
  return (error as CommandError).message;
}
