/** `npm run import`: files of people into a campaign, on a real database. Numbers are fictitious. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CommandError, explainError } from "../../../cli/command.ts";
import {
  importFile,
  type ImportOptions,
} from "../../../cli/import/import-file.ts";
import {
  readImportOptions,
  type ImportValues,
} from "../../../cli/import/options.ts";
import type { ImportTally } from "../../../cli/import/progress.ts";
import { createImportPool } from "../../../database/importing.ts";
import type { Database } from "../../../database/pools.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../../support/database.ts";
import { waitFor } from "../../support/wait-for.ts";
import { insertCampaign, jobs, one } from "../schema/rows.ts";

const program = fileURLToPath(
  new URL("../../../cli/import.ts", import.meta.url),
);

let database: TestDatabase;
let pool: Database;
let folder: string;
let campaignId: string;
let campaign: string;
let nth = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createImportPool({
    url: database.url,
    schema: "public",
    workerSchema: "graphile_worker",
    applicationName: "import-test",
  });
  folder = await mkdtemp(join(tmpdir(), "dialer-import-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  nth += 1;
  campaign = `Campaign ${nth}`;
  campaignId = await insertCampaign(database.pool, {
    name: campaign,
    timezone: "America/Manaus",
  });
});

function noTally(): ImportTally {
  return { read: 0, imported: 0, alreadyThere: 0, rejected: 0 };
}

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onUpdate?: (tally: Readonly<ImportTally>) => void;
}

async function runImport(
  file: string,
  values: ImportValues = {},
  run: RunOptions = {},
) {
  const options: ImportOptions = readImportOptions(file, {
    campaign,
    ...values,
  });
  const tally = noTally();
  const end = await importFile(pool, options, {
    signal: run.signal ?? new AbortController().signal,
    progress: {
      start: () => undefined,
      update: (_bytes, seen) => run.onUpdate?.(seen),
      stop: () => undefined,
    },
    tally,
    onStart: () => undefined,
  });
  expect(tally.imported + tally.alreadyThere + tally.rejected).toBe(tally.read);
  return { tally, ...end };
}

async function fileOf(
  content: string | Buffer,
  name = `people-${nth}.csv`,
): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** A mobile of São Paulo, each number once. */
function phone(index: number): string {
  return `(11) 9${String(80_000_000 + index).replace(/(\d{4})$/, "-$1")}`;
}

/** @param note repeated in every row */
async function bigFile(rows: number, name: string, note = ""): Promise<string> {
  const path = join(folder, name);
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

async function leads() {
  const { rows } = await database.pool.query<Record<string, unknown>>(
    `select lead.*, list.name as list from leads as lead left join lists as list on list.id = lead.list_id
     where lead.campaign_id = $1 order by lead.created_at`,
    [campaignId],
  );
  return rows;
}

async function leadCount(): Promise<number> {
  const row = await one(
    database.pool,
    "select count(*)::int as count from leads where campaign_id = $1",
    [campaignId],
  );
  return row["count"] as number;
}

/** Lines of a reject file without its byte order mark. */
async function rejectLines(path: string | null): Promise<string[]> {
  const text = await readFile(path ?? "", "utf8");
  expect(text.startsWith("\uFEFF")).toBe(true);
  return text.slice(1).trimEnd().split("\n");
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CommandError);
  return (error as CommandError).message;
}

function startProgram(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env["PATH"], DATABASE_URL: database.url, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream
      .setEncoding("utf8")
      .on("data", (text: string) => (output.text += text));
  }
  return { child, output, closed: once(child, "close") };
}

async function runProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
) {
  const { child, output, closed } = startProgram(args, env);
  await closed;
  return { code: child.exitCode, text: output.text };
}

async function kill(
  child: ChildProcess,
  closed: Promise<unknown>,
  signal: NodeJS.Signals,
) {
  child.kill(signal);
  await closed;
}

describe("rows", () => {
  it("become leads with number, zone, names, priority and metadata, in file order, in a list named after the file", async () => {
    const file = await fileOf(
      "\uFEFFid,phone,first_name,last_name,timezone,priority,plan\n" +
        'A1,11 98765-4321,Ana,"Souza, Lima",,5,gold\n' +
        "A2,+1 212 555 2368,Bob,Jones,,,\n" +
        'A3,(92) 98765-4321,Caio,,America/Rio_Branco,,"two\nlines"\n',
    );
    const { tally, rejectFile } = await runImport(file);
    expect(tally).toEqual({
      read: 3,
      imported: 3,
      alreadyThere: 0,
      rejected: 0,
    });
    expect(rejectFile).toBeNull();
    const common = { status: "NEW", list: `people-${nth}` };
    expect(await leads()).toMatchObject([
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
    const file = await fileOf(Buffer.from(text, "latin1"));
    expect((await runImport(file)).tally).toMatchObject({
      read: 1,
      imported: 1,
    });
    expect(await leads()).toMatchObject([
      {
        external_id: "7",
        first_name: "João",
        phone_e164: "+5511987650001",
        metadata: { Observação: "não ligar à tarde" },
      },
    ]);
  });

  it("are taken from tab-separated UTF-16, as Excel writes Unicode text", async () => {
    const file = await fileOf(
      Buffer.from("\uFEFFfone\tnome\r\n11987650002\tÍris\r\n", "utf16le"),
    );
    expect((await runImport(file)).tally).toMatchObject({ imported: 1 });
    expect(await leads()).toMatchObject([{ first_name: "Íris" }]);
  });

  it("wake an ACTIVE campaign", async () => {
    const before = (await jobs(database.pool, "schedule_campaign")).length;
    await runImport(await fileOf("phone\n11987650003\n"));
    const added = (await jobs(database.pool, "schedule_campaign")).slice(
      before,
    );
    expect(added.at(-1)?.payload).toEqual({ campaignId });
  });

  it("are read with --country and go to --list, whose facts are kept", async () => {
    const file = await fileOf("phone\n(212) 555-2368\n");
    await runImport(file, {
      country: "us",
      list: "May",
      source: "fair",
      "legal-basis": "consent",
      priority: "3",
    });
    expect(await leads()).toMatchObject([
      { phone_e164: "+12125552368", list: "May" },
    ]);
    expect(
      await one(
        database.pool,
        "select source, legal_basis, priority from lists where campaign_id = $1",
        [campaignId],
      ),
    ).toEqual({
      source: "fair",
      legal_basis: "consent",
      priority: 3,
    });
  });
});

describe("rejected rows", () => {
  it("are written with line, reason and all their columns, and no row is lost", async () => {
    const file = await fileOf(
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
    const { tally, rejectFile } = await runImport(file);
    expect(tally).toMatchObject({ read: 11, imported: 4, rejected: 7 });
    expect((await leads()).map((lead) => lead["first_name"])).toEqual([
      "Ana",
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
      "7;it has 2 columns, the header has 4;Fabio;11987651005",
      expect.stringMatching(
        /^8;"a quote.*not closed properly";"""Gil;11987651006;;"$/,
      ),
      expect.stringMatching(
        /^10;"text follows a closing quote.*";"""Igor"" Neto;11987651008;;"$/,
      ),
    ]);
  });

  it("can be corrected in the reject file, which is imported as it is", async () => {
    const { rejectFile } = await runImport(
      await fileOf("phone,plan\n98765-1001,gold\n12,iron\n"),
    );
    const text = await readFile(rejectFile ?? "", "utf8");
    await writeFile(
      rejectFile ?? "",
      text.replace("98765-1001", "11 98765-1001"),
    );
    const again = await runImport(rejectFile ?? "");
    expect(again.tally).toEqual({
      read: 2,
      imported: 1,
      alreadyThere: 0,
      rejected: 1,
    });
    expect(await leads()).toMatchObject([
      { phone_e164: "+5511987651001", metadata: { plan: "gold" } },
    ]);
    expect((await rejectLines(again.rejectFile))[1]).toMatch(/^3,.*,12,iron$/);
  });

  it("include repeats inside the file, by number however it is written and by external id", async () => {
    const file = await fileOf(
      "id,phone\n1,11987652000\n2,+55 11 98765-2000\n1,11987652001\n3,11987652002\n",
    );
    const { tally, rejectFile } = await runImport(file);
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
    await runImport(await fileOf("id,phone\n1,11987652100\n"));
    const { tally, rejectFile } = await runImport(
      await fileOf("id,phone\n1,11987652101\n9,11987652100\n"),
    );
    expect(tally).toMatchObject({ alreadyThere: 1, rejected: 1 });
    expect((await rejectLines(rejectFile))[1]).toBe(
      '2,"the campaign has this external id already, with another number",1,11987652101',
    );
    expect(await leadCount()).toBe(1);
  });

  it("that only the database refuses do not take their batch with them", async () => {
    await database.pool.query(
      "alter table leads add constraint no_rest check (first_name <> 'Refused')",
    );
    const file = await fileOf(
      [
        "nome,fone",
        ...Array.from(
          { length: 40 },
          (_, row) => `${row === 17 ? "Refused" : "Ana"},${phone(row)}`,
        ),
      ].join("\n"),
    );
    const { tally, rejectFile } = await runImport(file).finally(() =>
      database.pool.query("alter table leads drop constraint no_rest"),
    );
    expect(tally).toMatchObject({ imported: 39, rejected: 1 });
    expect((await rejectLines(rejectFile))[1]).toMatch(
      /^19,.*the database refused it.*no_rest/,
    );
  });
});

describe("an import run again", () => {
  it("imports nothing twice and counts what is there; other campaigns are not concerned", async () => {
    const file = await bigFile(2_500, "again.csv");
    expect((await runImport(file)).tally).toMatchObject({
      imported: 2_500,
      alreadyThere: 0,
    });
    expect((await runImport(file)).tally).toEqual({
      read: 2_500,
      imported: 0,
      alreadyThere: 2_500,
      rejected: 0,
    });
    expect(await leadCount()).toBe(2_500);
    expect(
      await one(
        database.pool,
        "select count(*)::int as lists from lists where campaign_id = $1",
        [campaignId],
      ),
    ).toEqual({ lists: 1 });
    const otherId = await insertCampaign(database.pool, {
      name: `Other ${nth}`,
    });
    expect((await runImport(file, { campaign: otherId })).tally).toMatchObject({
      imported: 2_500,
    });
  });

  it("completes one that was stopped half-way, which wrote all it had read", async () => {
    const file = await bigFile(6_000, "stopped.csv");
    const stop = new AbortController();
    const first = await runImport(
      file,
      {},
      {
        signal: stop.signal,
        onUpdate: ({ read }) => read >= 2_000 && stop.abort(),
      },
    );
    expect(first.tally.imported).toBe(await leadCount());
    expect(first.tally.imported).toBeLessThan(6_000);
    expect(first.stoppedAtLine).toBe(first.tally.read + 1);
    const second = await runImport(file);
    expect(second.stoppedAtLine).toBeNull();
    expect(second.tally).toMatchObject({
      imported: 6_000 - first.tally.imported,
      alreadyThere: first.tally.imported,
    });
    expect(await leadCount()).toBe(6_000);
  });

  it("completes one whose process was killed", async () => {
    const file = await bigFile(20_000, "killed.csv");
    const { child, closed } = startProgram([file, "--campaign", campaign]);
    await waitFor(
      "the first batch to be committed",
      async () => (await leadCount()) > 0,
      { timeoutMs: 30_000 },
    );
    await kill(child, closed, "SIGKILL");
    await waitFor("the statement it left behind to end", async () => {
      const { sessions } = await one(
        database.pool,
        "select count(*)::int as sessions from pg_stat_activity where datname = current_database() and application_name = 'dialer-import'",
      );
      return sessions === 0;
    });
    const before = await leadCount();
    expect(before).toBeLessThan(20_000);
    expect(before % 1_000).toBe(0);
    expect((await runImport(file)).tally).toMatchObject({
      imported: 20_000 - before,
      alreadyThere: before,
    });
    expect(await leadCount()).toBe(20_000);
  });
});

describe("a file of 50,000 rows", () => {
  it("is imported in a heap that could not hold it", async () => {
    const file = await bigFile(50_000, "big.csv", "nota ".repeat(200));
    const { code, text } = await runProgram([file, "--campaign", campaign], {
      NODE_OPTIONS: "--max-old-space-size=48",
    });
    expect(text).toMatch(/Imported +50000\n/);
    expect(code).toBe(0);
    expect(await leadCount()).toBe(50_000);
  }, 180_000);
});

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
      /workbook.*save it as "CSV UTF-8"/,
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
    expect(await failure(runImport(await fileOf(content)))).toMatch(message);
    expect(await leadCount()).toBe(0);
    expect(
      await one(
        database.pool,
        "select count(*)::int as lists from lists where campaign_id = $1",
        [campaignId],
      ),
    ).toEqual({ lists: 0 });
  });

  it("a missing file, a folder, an unknown country", async () => {
    expect(await failure(runImport(join(folder, "none.csv")))).toMatch(
      /there is no file/,
    );
    expect(await failure(runImport(folder))).toMatch(/is not a file/);
    const file = await fileOf("phone\n1\n");
    expect(await failure(runImport(file, { country: "XX" }))).toMatch(
      /"XX" is not a country/,
    );
    expect(await failure(runImport(file, { rejects: file }))).toMatch(
      /would be overwritten/,
    );
  });

  it("an unknown campaign, with the nearest names", async () => {
    await insertCampaign(database.pool, { name: "Renovação de maio" });
    const file = await fileOf("phone\n11987650001\n");
    const message = await failure(
      runImport(file, { campaign: "renovacao maio" }),
    );
    expect(message).toMatch(
      /no campaign is called "renovacao maio"; the nearest are: "Renovação de maio", /,
    );
  });

  it("a name that several campaigns have, until --account or the id tells which", async () => {
    const accountId = "00000000-0000-0000-0000-0000000000aa";
    const otherId = await insertCampaign(database.pool, {
      name: campaign,
      account_id: accountId,
    });
    const file = await fileOf("phone\n11987650001\n");
    const message = await failure(runImport(file));
    expect(message).toContain(otherId);
    expect(message).toMatch(/give --account, or the id/);
    expect((await runImport(file, { account: accountId })).tally.imported).toBe(
      1,
    );
    expect(
      await one(
        database.pool,
        "select campaign_id, account_id from leads where account_id = $1",
        [accountId],
      ),
    ).toEqual({ campaign_id: otherId, account_id: accountId });
    expect(
      (await runImport(file, { campaign: campaignId })).tally.imported,
    ).toBe(1);
  });
});

describe("the command", () => {
  it("prints a summary and ends with 0 when every row is in the campaign", async () => {
    const file = await fileOf("phone\n11987650001\n");
    const { code, text } = await runProgram([file, "--campaign", campaign]);
    expect(text).toMatch(
      /Read +1 .*\nImported +1\nAlready there +0\nRejected +0\n/,
    );
    expect(code).toBe(0);
  });

  it("ends with 3 and names the reject file when rows were rejected", async () => {
    const file = await fileOf("phone\n123\n");
    const { code, text } = await runProgram([file, "--campaign", campaign]);
    expect(text).toContain(file.replace(".csv", ".rejects.csv"));
    expect(code).toBe(3);
  });

  it("stops at Ctrl-C after the running batch, even if the key arrives twice, and says where", async () => {
    const file = await bigFile(40_000, "ctrl-c.csv");
    const { child, output, closed } = startProgram([
      file,
      "--campaign",
      campaign,
    ]);
    await waitFor(
      "the first batch to be committed",
      async () => (await leadCount()) > 0,
      { timeoutMs: 30_000 },
    );
    child.kill("SIGINT");
    await kill(child, closed, "SIGINT");
    expect(output.text).toMatch(
      /Stopped after line \d+\. Run the same command again/,
    );
    expect(output.text).toContain(`Imported       ${await leadCount()}\n`);
    expect(child.exitCode).toBe(130);
  });

  it("tells a mistake in a line: password, address, options", async () => {
    const file = await fileOf("phone\n11987650001\n");
    const nowhere = {
      DATABASE_URL: "postgresql://someone:secret@127.0.0.1:1/db",
    };
    const refused = await runProgram([file, "--campaign", campaign], nowhere);
    expect(refused).toMatchObject({
      code: 1,
      text: expect.stringMatching(
        /^import: nothing answers at the address in DATABASE_URL \(.*\)\n$/,
      ),
    });
    const unset = await runProgram([file, "--campaign", campaign], {
      DATABASE_URL: "",
    });
    expect(unset).toMatchObject({
      code: 1,
      text: expect.stringContaining("DATABASE_URL"),
    });
    const unknown = await runProgram([file, "--campain", campaign]);
    expect(unknown).toMatchObject({
      code: 1,
      text: expect.stringMatching(/Unknown option '--campain'[^]*See --help/),
    });
    const noFile = await runProgram(["--campaign", campaign]);
    expect(noFile).toMatchObject({
      code: 1,
      text: expect.stringContaining("npm run import -- FILE.csv"),
    });
    expect(`${refused.text}${unset.text}`).not.toMatch(/secret|    at /);
  });

  it("says that the tables are missing", async () => {
    const error = await pool
      .query("select from no_such_table")
      .catch((reason: unknown) => reason);
    expect(explainError(error)).toMatch(/run npm run migrate first/);
  });

  it("explains itself", async () => {
    const { code, text } = await runProgram(["--help"], { DATABASE_URL: "" });
    expect(text).toContain("npm run import -- FILE.csv --campaign NAME");
    expect(code).toBe(0);
  });
});
