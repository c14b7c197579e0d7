/**
 * The demo from beginning to end: a database, a mock PBX and an engine in this process, a campaign inserted as rows,
 * and the PBX's own account of how it was dialled.
 */
import { setTimeout as pause } from "node:timers/promises";

import { createMockAdapter } from "../../adapters/mock/adapter.ts";
import { MockPbx } from "../../adapters/mock/pbx.ts";
import { systemClock } from "../../adapters/mock/timer-heap.ts";
import { loadConfig } from "../../config/reading.ts";
import type { Config } from "../../config/reading.ts";
import {
  insertDemo,
  readDemoProgress,
  readDemoResults,
  startDemo,
} from "./queries.ts";
import type { DemoPlan } from "./queries.ts";
import type { Database } from "../../database/pools.ts";
import { runEngine } from "../../start-engine.ts";
import type { RunningEngine } from "../../start-engine.ts";
import { createLogger } from "../../logging.ts";
import { EXIT_FAILED, EXIT_STOPPED } from "../command.ts";
import type { Language, Translated } from "../language.ts";
import { givenDatabase, openPool, ownDatabase } from "./database.ts";
import type { DemoDatabase } from "./database.ts";
import { createDisplay } from "./display.ts";
import type { Display, TrunkPace } from "./display.ts";
import type { DemoOptions } from "./options.ts";
import { demoScenario, planDemo } from "./plan.ts";
import { lookFurther } from "./look-further.ts";
import { plainLine } from "./plain-log.ts";
import { reportDemo } from "./report.ts";

/** If nothing has changed for this long, something is stuck, and the checks say what. */
const stuckAfterMs = 90_000;

const words = {
  database: { en: "Database", "pt-BR": "Banco de dados" },
  stopping: { en: "\nStopping …\n", "pt-BR": "\nParando …\n" },
  keep: {
    en: "\nnpm run demo -- --keep leaves wallboard and database there until Ctrl-C.\n",
    "pt-BR":
      "\nnpm run demo -- --keep deixa painel e banco de dados no ar até o Ctrl-C.\n",
  },
} satisfies Record<string, Translated>;

interface Stage {
  readonly options: DemoOptions;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  readonly language: Language;
  readonly database: DemoDatabase;
  readonly plan: DemoPlan;
  readonly pbx: MockPbx;
  readonly display: Display;
}

/** @returns the exit code: 0 only when every check holds */
export async function runDemo(
  options: DemoOptions,
  output: NodeJS.WriteStream,
  signal: AbortSignal,
  language: Language,
): Promise<number> {
  const database = await introduce(options, output, language);
  try {
    output.write(
      `${words.database[language]}: ${database.description[language]}\n`,
    );
    if (signal.aborted) return EXIT_STOPPED;
    const { accountId, voiceNode } = database;
    const plan = planDemo(options, accountId, voiceNode, new Date());
    const pbx = new MockPbx({ seed: options.seed, scenario: demoScenario });
    const display = createDisplay(output, language);
    const stage = {
      options,
      output,
      signal,
      language,
      database,
      plan,
      pbx,
      display,
    };
    try {
      return await withEngine(stage);
    } finally {
      pbx.close();
    }
  } finally {
    await database.stop();
  }
}

/**
 * Introduces the demo and opens the database; a database that is refused is refused before anything else is printed.
 */
async function introduce(
  options: DemoOptions,
  output: NodeJS.WriteStream,
  language: Language,
): Promise<DemoDatabase> {
  const { databaseUrl } = options;
  const given = databaseUrl === null ? null : await givenDatabase(databaseUrl);
  output.write(introduction(options)[language]);
  return given ?? (await ownDatabase());
}

/** Explains the demo to somebody who has never seen it. */
function introduction({ leads, keep, databaseUrl }: DemoOptions): Translated {
  const own = databaseUrl === null;
  const stays = own ? "Nothing of it stays." : "Its rows stay there.";
  const fica = own ? "Nada disso fica." : "As linhas dela ficam lá.";
  const english = `The demo of Dialer Engine. A campaign of ${String(leads)} made-up people is dialled from beginning to end, on a PBX without
telephones and in ${own ? "a database of its own" : "the database that you named"}: no telephone rings. Then the PBX's own count is compared with the tables.
${keep ? "Engine and database stay until Ctrl-C." : stays}

`;
  const portuguese = `A demonstração do Dialer Engine. Uma campanha de ${String(leads)} pessoas inventadas é discada do começo ao fim, num PABX sem
telefones e ${own ? "num banco de dados próprio" : "no banco de dados que você deu"}: nenhum telefone toca. Depois a conta do próprio PABX é conferida com as tabelas.
${keep ? "Engine e banco de dados ficam até o Ctrl-C." : fica}

`;
  return { en: english, "pt-BR": portuguese };
}

async function withEngine(stage: Stage): Promise<number> {
  const { pbx, output, database } = stage;
  const config = configOf(stage);
  const engine = await runEngine({
    config,
    log: createLogger(config.log, {
      write: (line) => {
        stage.display.aside(() =>
          output.write(plainLine(line, stage.language)),
        );
      },
    }),
    adapter: (installationId) => createMockAdapter({ installationId, pbx }),
  });
  const pool = openPool(database.url);
  try {
    return await dial(stage, engine, pool);
  } finally {
    if (stage.signal.aborted) output.write(words.stopping[stage.language]);
    await pool.end();
    await engine.stop();
  }
}

/** From the command line only: databases named in the environment are not for the demo. */
function configOf({ database, plan }: Stage): Config {
  return loadConfig({
    DATABASE_URL: database.url,
    VOICE_ADAPTER: "mock",
    VOICE_NODE: database.voiceNode,
    PORT: "0",
    // Its wallboard is for this machine, without a token.
    NODE_ENV: "development",
    LOG_LEVEL: "warn",
    MAX_CONCURRENT_ORIGINATES: String(plan.maxConcurrentCalls),
  });
}

async function dial(
  stage: Stage,
  engine: RunningEngine,
  pool: Database,
): Promise<number> {
  const { plan, output, options, pbx, signal, language } = stage;
  const campaignId = await insertDemo(pool, plan);
  output.write(opening(stage, addressOf(engine))[language]);
  const startedMs = performance.now();
  await startDemo(pool, campaignId);
  await follow(stage, pool, campaignId, startedMs);
  if (signal.aborted) return EXIT_STOPPED;
  const elapsedMs = performance.now() - startedMs;
  const results = await readDemoResults(pool, campaignId);
  const witness = { stats: pbx.stats(), journal: pbx.journal() };
  const report = reportDemo(plan, results, witness, elapsedMs, language);
  output.write(
    `\n${report.text}\n${await lookFurther(pool, campaignId, language)}`,
  );
  if (options.keep) await keepRunning(stage, engine);
  else if (options.databaseUrl === null) output.write(words.keep[language]);
  return report.holds ? 0 : EXIT_FAILED;
}

/** Prints what is dialled, and where it can be watched. */
function opening({ plan, options }: Stage, address: string): Translated {
  const trunks = (rate: string, and: string) =>
    plan.trunks.map(({ name, cps }) => `${name} (${cps} ${rate})`).join(and);
  return {
    en:
      `Campaign: ${options.leads} fictitious leads over ${trunks("calls/s", " and ")}, seed ${options.seed}; ` +
      "nobody is called, the PBX is a mock\n" +
      `Wallboard: ${address}/ (open it now, it is live while the campaign runs)\n\n`,
    "pt-BR":
      `Campanha: ${options.leads} leads fictícios por ${trunks("ligações/s", " e ")}, semente ${options.seed}; ` +
      "ninguém é chamado, o PABX é simulado\n" +
      `Painel: ${address}/ (abra agora, ele é ao vivo enquanto a campanha roda)\n\n`,
  };
}

/** Shows the progress until the campaign is no longer ACTIVE, nothing changes any more, or Ctrl-C. */
async function follow(
  { display, pbx, plan, signal }: Stage,
  pool: Database,
  campaignId: string,
  startedMs: number,
): Promise<void> {
  let last = "";
  let changedMs = startedMs;
  for (;;) {
    const progress = await readDemoProgress(pool, campaignId);
    const nowMs = performance.now();
    display.show({
      elapsedMs: nowMs - startedMs,
      progress,
      trunks: paceOf(pbx, plan),
    });
    const state = JSON.stringify(progress);
    if (state !== last) changedMs = nowMs;
    last = state;
    if (progress.status !== "ACTIVE" || nowMs - changedMs > stuckAfterMs) break;
    // Rejects when aborted, which the next line asks about.
    await pause(display.everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
  }
  display.end();
}

/** The Originates that reached the PBX in the last second, read from the newest back. */
function paceOf(pbx: MockPbx, plan: DemoPlan): TrunkPace[] {
  const sinceMs = systemClock.monotonicMs() - 1_000;
  const recent = new Map<string, number>();
  const journal = pbx.journal();
  for (let index = journal.length - 1; index >= 0; index -= 1) {
    const entry = journal[index];
    if (entry === undefined || entry.receivedAtMs <= sinceMs) break;
    recent.set(entry.trunk, (recent.get(entry.trunk) ?? 0) + 1);
  }
  return plan.trunks.map(({ name, cps }) => ({
    name,
    cps: recent.get(name) ?? 0,
    limit: cps,
  }));
}

async function keepRunning(
  { output, database, signal, language }: Stage,
  engine: RunningEngine,
): Promise<void> {
  const base = addressOf(engine);
  const addresses = (board: string, clients: string) =>
    `  ${base}/ (${board})\n  ${base}/health\n  ${base}/status\n  ${base}/metrics\n  ${database.url} (${clients})\n`;
  const texts: Translated = {
    en: `\nEngine and database stay until Ctrl-C:\n${addresses("the wallboard", "for psql and any other client")}`,
    "pt-BR": `\nEngine e banco de dados ficam até o Ctrl-C:\n${addresses("o painel", "para psql e qualquer outro cliente")}`,
  };
  output.write(texts[language]);
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function addressOf({ http }: RunningEngine): string {
  return `http://127.0.0.1:${String(http.port)}`;
}
