/** With a Portuguese LANG a person reads no English from a command, whatever is wrong. People and numbers are fictitious. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startCommand } from "../../support/command-process.ts";
import { createEmptyDatabase } from "../../support/database.ts";
import { englishWords } from "../../support/languages.ts";
import { insertTrunk } from "../../support/dialing-rows.ts";
import { shareImportScene } from "./import/scene.ts";

const scene = shareImportScene();
const portuguese = { LC_ALL: "", LC_MESSAGES: "", LANG: "pt_BR.UTF-8" };
const nowhere = "postgresql://someone:secret@127.0.0.1:1/db";

/** @returns what was printed, of which not a word is English */
async function read(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { exited, output } = startCommand(file, args, {
    ...portuguese,
    ...env,
  });
  const code = await exited;
  const text = output.stdout + output.stderr;
  expect(englishWords(text), text).toEqual([]);
  expect(text).not.toMatch(/^ {4}at /m);
  return { code, text };
}

const commands = ["import.ts", "call.ts", "demo.ts", "doctor.ts", "migrate.ts"];

describe.each(commands)("%s", (file) => {
  it("explains itself, and says what is wrong with its options", async () => {
    expect((await read(file, ["--help"])).text).toMatch(/Código de saída|Lê /);
    const wrong = [
      [["--nada"], /não tem a opção --nada\. Veja --help\./],
      [["-x"], /não tem a opção -x\./],
      [["--lang"], /falta o valor de --lang/],
      [["a", "b"], /^\w+: esperado: .*Chame assim: npm run/],
    ] as const;
    for (const [args, message] of wrong) {
      const { code, text } = await read(file, args);
      expect(text).toMatch(message);
      expect(code).toBe(1);
    }
  });
});

describe("a database that cannot be reached", () => {
  it.each([
    ["import.ts", ["x.csv", "--campaign", "x"]],
    ["call.ts", ["--to", "1", "--trunk", "a"]],
    ["migrate.ts", []],
  ])("is told by %s: not named, named wrongly, away", async (file, args) => {
    const envs = [
      [{ DATABASE_URL: "" }, /DATABASE_URL não está definida/],
      [{ DATABASE_URL: "https://x" }, /não começa com postgresql:\/\//],
      [{ DATABASE_URL: "postgresql://u:p%@h/d" }, /DATABASE_URL/],
    ] as const;
    for (const [env, message] of envs) {
      const { code, text } = await read(file, args, env);
      expect(text).toMatch(message);
      expect(code).toBe(1);
    }
  });

  it.each([
    ["call.ts", ["--to", "1", "--trunk", "a"]],
    ["migrate.ts", []],
    ["demo.ts", ["--database-url", nowhere]],
  ])("is told by %s: nobody answers", async (file, args) => {
    const { code, text } = await read(file, args, { DATABASE_URL: nowhere });
    expect(text).toMatch(/ninguém responde no endereço de/);
    expect(code).toBe(1);
  });
});

describe("import.ts", () => {
  it("tells of its rows, and of what it does not take", async () => {
    const env = { DATABASE_URL: scene.database.url };
    const file = await scene.fileOf(
      "nome;telefone;ramal\nAna;11987650240;\nBia;5,51199E+12;\nCaio;0800 123 4567;1\n",
      "clientes.csv",
    );
    const campaign = ["--campaign", scene.campaign];
    const done = await read("import.ts", [file, ...campaign], env);
    expect(done.text).toMatch(/Importadas +1\n[^]*Rejeitadas +2 /);
    expect(done.code).toBe(3);
    const dry = await read("import.ts", [file, ...campaign, "--dry-run"], env);
    expect(dry.code).toBe(3);
    const wrong = [
      [join(scene.folder, "nada.csv"), ...campaign],
      [scene.folder, ...campaign],
      [file],
      [file, "--campaign", "Cobrança"],
      [file, ...campaign, "--country", "XX"],
      [file, ...campaign, "--encoding", "ebcdic"],
      [file, ...campaign, "--columns", "a"],
      [file, ...campaign, "--map", "x=y"],
      [await scene.fileOf("", "vazio.csv"), ...campaign],
      [await scene.fileOf("nome\nAna\n", "sem.csv"), ...campaign],
    ];
    for (const args of wrong)
      expect((await read("import.ts", args, env)).code).toBe(1);
  }, 120_000);
});

describe("call.ts", () => {
  it("tells why nothing is dialled", async () => {
    const env = { DATABASE_URL: scene.database.url };
    await insertTrunk(scene.database.pool, { name: "norte" });
    const to = ["--to", "11987650241", "--trunk"];
    const runs = [
      [[...to, "leste"], 1],
      [[...to, "norte", "--timeout", "5"], 1],
      [[...to, "norte", "--destination", "Vendas"], 1],
      [["--to", "123", "--trunk", "norte"], 1],
      [[...to, "norte"], 2],
    ] as const;
    for (const [args, code] of runs)
      expect((await read("call.ts", args, env)).code).toBe(code);
  }, 120_000);
});

describe("migrate.ts", () => {
  it("tells what it applied, and why it does not", async () => {
    const database = await createEmptyDatabase();
    const env = { DATABASE_URL: database.url };
    try {
      const first = await read("migrate.ts", [], env);
      expect(first.text).toMatch(/^aplicada 0001_/);
      expect(first.text).toMatch(/O schema "public" está agora na versão \d+/);
      const second = await read("migrate.ts", [], env);
      expect(second.text).toMatch(/^O schema "public" já estava atualizado/);
      const other = await read("migrate.ts", [], {
        ...env,
        WORKER_SCHEMA: "other",
      });
      expect(other.text).toMatch(/WORKER_SCHEMA_CHANGED: O discador do schema/);
      expect(other.code).toBe(1);
    } finally {
      await database.drop();
    }
  }, 120_000);
});

describe("doctor.ts", () => {
  it("reports", async () => {
    const env = { DATABASE_URL: scene.database.url };
    expect((await read("doctor.ts", [])).code).toBe(1);
    const report = await read("doctor.ts", [], {
      ...env,
      VOICE_ADAPTER: "mock",
    });
    expect(report.text).toMatch(/ligações/);
    const old = { ...env, WORKER_SCHEMA: "other", VOICE_ADAPTER: "mock" };
    expect((await read("doctor.ts", [], old)).text).toMatch(
      /WORKER_SCHEMA não é o da instalação \(O discador do schema/,
    );
  }, 120_000);
});

describe("demo.ts", () => {
  it("dials, reports and answers its questions", async () => {
    const args = ["--leads", "10", "--cps", "20", "--seed", "3"];
    const { code, text } = await read("demo.ts", args);
    expect(text).toMatch(/^A demonstração do Dialer Engine\./);
    expect(text).toContain("Em que ponto está a campanha?");
    expect(code).toBe(0);
  }, 180_000);
});
