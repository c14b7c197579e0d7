/** What commands print is there in both languages, and --lang or the environment chooses. */
import { describe, expect, it } from "vitest";
import { adviceOn } from "../../../cli/call/advice.ts";
import { describeEnd as describeCall } from "../../../cli/call/describe-end.ts";
import { readCallOptions } from "../../../cli/call/options.ts";
import { CommandError, explainError } from "../../../cli/command.ts";
import { databaseHint } from "../../../cli/database-hints.ts";
import { blockerWords } from "../../../cli/doctor/messages/blockers.ts";
import { planColumns } from "../../../cli/import/columns.ts";
import { readImportOptions } from "../../../cli/import/options.ts";
import { phoneReason } from "../../../cli/import/phone-reasons.ts";
import { emptyTally } from "../../../cli/import/progress.ts";
import { countReason, rowReasons } from "../../../cli/import/reasons.ts";
import { describeEnd } from "../../../cli/import/summary.ts";
import { usage } from "../../../cli/import/usage.ts";
import { engineWords } from "../../../cli/demo/engine-words.ts";
import { plainLine } from "../../../cli/demo/plain-log.ts";
import { loadConfig } from "../../../config/reading.ts";
import {
  MigrationError,
  migrationFaults,
} from "../../../database/migrations/migration-error.ts";
import { normalisePhone } from "../../../dialing/phone-number.ts";
import { DatabaseUrlError } from "../../../realtime/database-url.ts";
import { englishWords } from "../../support/languages.ts";
import { warningsIn } from "../../support/source-texts.ts";

function errorOf(work: () => unknown): CommandError {
  try {
    work();
  } catch (error) {
    if (error instanceof CommandError) return error;
  }
  throw new Error("it should have been refused");
}

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("it should have been refused");
}

const databaseUrlProblems = [
  ...(["unreachable", "timeout", "certificate", "redirect"] as const),
  ...(["not-deployed", "wrong-key", "jwt-check", "paused"] as const),
  ...(["no-address", "not-supabase", "failing"] as const),
];

describe("in Portuguese", () => {
  it("the import sums up, with totals per reason", () => {
    const tally = {
      ...emptyTally(),
      read: 4,
      imported: 1,
      updated: 1,
      rejected: 2,
    };
    countReason(tally.reasons, rowReasons.sameNumber(2));
    countReason(tally.reasons, rowReasons.sameNumber(9));
    const end = {
      rejectFile: "a.rejects.csv",
      stoppedAtLine: null,
      dryRun: false,
    };
    expect(describeEnd(tally, end, 2_000, "pt-BR")).toBe(
      [
        "Lidas          4  em 2,0 s, 2 linhas/s",
        "Importadas     1",
        "Atualizadas    1",
        "Já existiam    0",
        "Rejeitadas     2  veja a.rejects.csv",
        "        2  mesmo número de uma linha anterior do arquivo",
      ].join("\n"),
    );
  });

  it.each([
    "",
    "98765-0001",
    "11 98765-0001 ramal 2",
    "x@g.us",
    "0800 123 4567",
    "1,1E10",
    "11 3555-0100/1",
  ])("the reason why %j is no number is told", (written) => {
    const read = normalisePhone(written, "BR");
    if (read.ok) throw new Error("it should not be a number");
    const { text } = phoneReason(read);
    expect(text.en).toBe(read.message);
    expect(text["pt-BR"]).toMatch(/\b(?:o|a|falta|são|números|há|esse)\b/i);
    expect(text["pt-BR"]).not.toBe(text.en);
  });

  it.each([
    [
      () => planColumns(["nome"]),
      /nenhuma coluna tem o telefone; encontradas: "nome"/,
    ],
    [() => readImportOptions("f", {}), /qual campanha\?/],
    [
      () => readImportOptions("f", { campaign: "x", priority: "y" }),
      /esperado: um número inteiro/,
    ],
    [() => readCallOptions({}), /falta --to: dê o número a chamar/],
    [
      () => readCallOptions({ to: "1", trunk: "a", timeout: "99" }),
      /esperado: 15 a 60 segundos/,
    ],
  ])("mistakes are told too (%#)", (work, message) => {
    const error = errorOf(work);
    expect(explainError(error, "pt-BR")).toMatch(message);
    expect(explainError(error)).toBe(error.message);
    expect(error.message).not.toMatch(message);
  });

  it("what keeps the database away is explained", () => {
    expect(databaseHint("ECONNREFUSED", "")?.["pt-BR"]).toBe(
      "ninguém responde no endereço de DATABASE_URL",
    );
    expect(databaseHint("constructor", "x")).toBeUndefined();
  });

  it("a test call is reported, and what to do about each blocker", () => {
    const attempt = {
      outcome: null,
      description: null,
      inPortuguese: null,
      cause: null,
      causeCode: null,
      sipStatus: null,
      sipReason: null,
      hangupSource: null,
      callerId: null,
      ringMs: 1_500,
      answeredMs: null,
    } as unknown as Parameters<typeof describeCall>[0];
    expect(describeCall(attempt, "pt-BR").join("\n")).toMatch(
      /Resultado +desconhecido\nCausa +não informado pelo PABX\n[^]*Tocou por +1.5 s/,
    );
    for (const reason of blockerWords.keys()) {
      const { text } = adviceOn(reason);
      expect(text["pt-BR"]).not.toBe(text.en);
    }
  });

  it("the help names the same options", () => {
    const options = (text: string) =>
      [...new Set(text.match(/--[a-z-]+/g))].toSorted();
    expect(options(usage["pt-BR"])).toEqual(options(usage.en));
  });

  it("the engine's warnings are shown in the demo", () => {
    const warnings = warningsIn([
      "{adapters,database,dialing,engine,health,realtime,tasks}/**/*.ts",
    ]);
    expect(warnings.length).toBeGreaterThan(50);
    expect(warnings.filter((one) => !engineWords.has(one))).toEqual([]);
    expect([...engineWords.values()].flatMap(englishWords)).toEqual([]);
    const line = JSON.stringify({ name: "Worker", msg: "A job failed" });
    expect(plainLine(line, "pt-BR")).toBe("  ! Worker: Um job falhou\n");
    expect(plainLine(line)).toBe("  ! Worker: A job failed\n");
  });

  it("what is wrong with the variables is explained, with the doctor's texts", () => {
    const error = thrown(() =>
      loadConfig({ DATABASE_URL: "https://x", VOICE_ADAPTER: "sip" }),
    );
    const text = explainError(error, "pt-BR");
    expect(text).toMatch(/^A configuração não está completa:\n/);
    expect(text).toContain("DATABASE_URL não começa com postgresql://");
    expect(text).toContain(
      'VOICE_ADAPTER tem um valor inválido "sip". O valor deve ser',
    );
    expect(englishWords(text)).toEqual([]);
    expect(explainError(error)).toBe((error as Error).message);
  });

  it.each(databaseUrlProblems)(
    "that the project returns no database (%s) is explained",
    (problem) => {
      const error = new DatabaseUrlError(problem, "https://x.test", "HTTP 500");
      expect(englishWords(explainError(error, "pt-BR"))).toEqual([]);
      expect(explainError(error)).toBe(error.message);
    },
  );

  it("every reason not to migrate is explained, with its values", () => {
    const values = Object.fromEntries(
      "version schema name file found applied needed recorded worker owner tasks reason example"
        .split(" ")
        .map((name) => [name, `<${name}>`]),
    );
    for (const fault of migrationFaults) {
      const error = new MigrationError(fault, values);
      const text = explainError(error, "pt-BR");
      const said = (one: string) => one.match(/<\w+>/g)?.toSorted();
      expect(said(text), fault).toEqual(said(error.message));
      expect(englishWords(text), text).toEqual([]);
      expect(`${text}${error.message}`).not.toContain("{");
    }
  });
});
