/**
 * Environment → frozen, typed configuration. Nothing else in the project reads the environment.
 *
 * The variables themselves, with their rules and defaults, are in `config/variables.ts`.
 */
import { z } from "zod";
import {
  configVariables as variables,
  misnamedDatabase,
  readShape,
  withoutEmpty,
} from "./checks.ts";
import type { ConfigProblem, Environment } from "./checks.ts";
import { acceptHandedOut, findDatabaseUrl } from "./database-url.ts";
import type { DatabaseQuestion } from "./database-url.ts";
import { configRemarks } from "./remarks.ts";
import type { ConfigRemark } from "./remarks.ts";
import {
  databaseVariables,
  engineVariables,
  adapterVariables,
} from "./variables.ts";

export type { ConfigProblem, ConfigProblemCode } from "./checks.ts";
export type { DatabaseQuestion } from "./database-url.ts";
export { configVariables, environmentTable } from "./checks.ts";

export interface DatabaseConfig {
  /** postgresql:// URL of a direct or session-mode connection. Holds the password: never log it. */
  readonly url: string;
  readonly schema: string;
  readonly workerSchema: string;
  /** For all pools of the engine together. */
  readonly maxConnections: number;
}

/** The database's address is still to be asked of the Supabase project. */
export interface UnaskedDatabase {
  readonly ask: DatabaseQuestion;
  /**
   * @param url as the project handed it out
   * @throws ConfigError when it is no address for the engine
   */
  readonly answered: (url: string) => DatabaseConfig;
}

/** The PBX's part of the configuration. */
export type VoiceConfig =
  | {
      readonly adapter: "mock";
      readonly node: string;
      /** tcp://host:port of a mock PBX in a process of its own; null: one inside the engine. */
      readonly mockPbxUrl: string | null;
    }
  | {
      readonly adapter: "asterisk_ami";
      readonly node: string;
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly secret: string;
      readonly context: string;
    }
  | {
      readonly adapter: "freeswitch_esl";
      readonly node: string;
      readonly host: string;
      readonly port: number;
      readonly password: string;
      readonly context: string;
    };

export interface Config {
  readonly database: DatabaseConfig;
  /** Null: the features that need Supabase's HTTP services are off. */
  readonly supabase: {
    readonly url: string;
    readonly secretKey: string;
  } | null;
  readonly voice: VoiceConfig;
  readonly scheduler: {
    readonly intervalMs: number;
    readonly executorIntervalMs: number;
    readonly timerCheckMs: number;
    readonly maxConcurrentOriginates: number;
  };
  readonly http: { readonly port: number; readonly statusToken: string | null };
  readonly retention: {
    readonly eventsDays: number;
    readonly attemptsDays: number;
    readonly leadsDays: number;
  };
  readonly log: { readonly level: string; readonly phoneNumbers: boolean };
  readonly timings: {
    readonly leaseDurationMs: number;
    readonly leaseRenewMs: number;
    readonly heartbeatStaleMs: number;
    readonly unhealthyAfterMs: number;
    readonly shutdownTimeoutMs: number;
    readonly settleMs: number;
    readonly agentTimeoutMs: number;
  };
  readonly environment: string;
}

/** Everything that is wrong with a configuration, one line per problem, no secret among them. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "CONFIG_INVALID";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(
      ({ variable, problem, expected }) =>
        `  ${variable} ${problem}; expected ${expected}`,
    );
    super(`The configuration is not complete:\n${lines.join("\n")}`);
    this.problems = problems;
  }
}

/** All but the database. */
export type Settings = Omit<Config, "database">;

/**
 * Reads the whole configuration.
 *
 * Values are trimmed and an empty one counts as not set, because deploy pages keep empty fields.
 * Of the PBXs only the chosen adapter's variables are read.
 *
 * @throws ConfigError with every problem found, secrets left out
 */
export function readConfig(env: NodeJS.ProcessEnv): {
  readonly settings: Settings;
  readonly database: DatabaseConfig | UnaskedDatabase;
} {
  const set = withoutEmpty(env);
  const problems: ConfigProblem[] = [];
  const database = readDatabase(set, problems);
  const engine = readShape(z.object(engineVariables), set, problems);
  const voice = readVoice(set, problems);
  checkLease(set, problems);
  if (!database || !engine || !voice || problems.length > 0) {
    throw new ConfigError(problems);
  }
  const supabaseUrl = set["SUPABASE_URL"];
  const secretKey =
    engine.SUPABASE_SECRET_KEY ?? engine.SUPABASE_SERVICE_ROLE_KEY;
  const settings = deepFreeze<Settings>({
    supabase:
      supabaseUrl && secretKey
        ? { url: supabaseUrl.replace(/\/+$/, ""), secretKey }
        : null,
    voice,
    ...engineSections(engine),
  });
  return { settings, database: deepFreeze(database) };
}

/**
 * The whole configuration where the environment says which database it is.
 *
 * @throws ConfigError with every problem found; one of them when the database is to be asked for
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const { settings, database } = readConfig(env);
  if ("ask" in database) throw new ConfigError([notAsked]);
  return deepFreeze<Config>({ database, ...settings });
}

/**
 * The database part alone, for commands that talk to no PBX.
 *
 * @throws ConfigError with every problem of the database variables
 */
export function databaseConfig(
  env: NodeJS.ProcessEnv,
): DatabaseConfig | UnaskedDatabase {
  const problems: ConfigProblem[] = [];
  const database = readDatabase(withoutEmpty(env), problems);
  if (!database || problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(database);
}

/** What can be read of a configuration that may be incomplete; null: not set, or wrong. */
export interface PartialConfig {
  readonly problems: readonly ConfigProblem[];
  readonly database: DatabaseConfig | null;
  /** Not null: the database is to be asked of the project. */
  readonly unasked: UnaskedDatabase | null;
  readonly voice: VoiceConfig | null;
  readonly supabase: {
    readonly url: string | null;
    readonly secretKey: string | null;
  };
  /** What is odd and keeps nobody from starting. */
  readonly remarks: readonly ConfigRemark[];
  readonly port: number | null;
  readonly statusToken: string | null;
  /** Names of the dialer's variables that are set. */
  readonly names: readonly string[];
  /** Everything that must not be printed. */
  readonly secrets: readonly string[];
}

/** Reads as much as there is, for the doctor. Never throws. */
export function partialConfig(
  env: NodeJS.ProcessEnv,
  nowMs = Date.now(),
): PartialConfig {
  const set = withoutEmpty(env);
  const problems: ConfigProblem[] = [];
  const database = readDatabase(set, problems);
  readShape(z.object(engineVariables), set, problems);
  const voice = readVoice(set, problems);
  checkLease(set, problems);
  const port = engineVariables.PORT.safeParse(set["PORT"]);
  const url = databaseVariables.SUPABASE_URL.safeParse(set["SUPABASE_URL"]);
  const known = variables.filter(({ name }) => name in set);
  const secrets = known.flatMap(({ name, secret }) =>
    secret ? [set[name] ?? ""] : [],
  );
  return deepFreeze<PartialConfig>({
    problems,
    database: database && "url" in database ? database : null,
    unasked: database && "ask" in database ? database : null,
    voice: voice ?? null,
    supabase: {
      url: (url.success ? url.data : null) ?? null,
      secretKey:
        set["SUPABASE_SECRET_KEY"] ?? set["SUPABASE_SERVICE_ROLE_KEY"] ?? null,
    },
    remarks: configRemarks(env, nowMs),
    port: port.success ? port.data : null,
    statusToken: set["STATUS_TOKEN"] ?? null,
    names: known.map(({ name }) => name),
    secrets: [
      ...secrets,
      ...(database && "url" in database ? passwordsIn(database.url) : []),
    ],
  });
}

/** A URL's password, as written and decoded. */
export function passwordsIn(url: string): string[] {
  const { password } = new URL(url);
  return password === "" ? [] : [password, decodeURIComponent(password)];
}

function engineSections(
  engine: z.output<z.ZodObject<typeof engineVariables>>,
): Omit<Config, "database" | "supabase" | "voice"> {
  return {
    scheduler: {
      intervalMs: engine.SCHEDULER_INTERVAL_MS,
      executorIntervalMs: engine.EXECUTOR_INTERVAL_MS,
      timerCheckMs: engine.TIMER_PROCESSOR_INTERVAL_MS,
      maxConcurrentOriginates: engine.MAX_CONCURRENT_ORIGINATES,
    },
    http: { port: engine.PORT, statusToken: engine.STATUS_TOKEN ?? null },
    retention: {
      eventsDays: engine.RETENTION_EVENTS_DAYS,
      attemptsDays: engine.RETENTION_ATTEMPTS_DAYS,
      leadsDays: engine.RETENTION_LEADS_DAYS,
    },
    log: { level: engine.LOG_LEVEL, phoneNumbers: engine.LOG_PHONE_NUMBERS },
    timings: {
      leaseDurationMs: engine.LEASE_DURATION_MS,
      leaseRenewMs: engine.LEASE_RENEW_MS,
      heartbeatStaleMs: engine.HEARTBEAT_STALE_MS,
      unhealthyAfterMs: engine.UNHEALTHY_AFTER_MS,
      shutdownTimeoutMs: engine.SHUTDOWN_TIMEOUT_MS,
      settleMs: engine.SETTLE_MS,
      agentTimeoutMs: engine.AGENT_TIMEOUT_MS,
    },
    environment: engine.NODE_ENV,
  };
}

const notAsked: ConfigProblem = {
  code: "url-unset",
  variable: "DATABASE_URL",
  problem: "is not set",
  expected:
    "the connection string of the database: an API key cannot open a database connection by itself",
};

/** @returns undefined when something of it is wrong */
function readDatabase(
  set: Environment,
  problems: ConfigProblem[],
): DatabaseConfig | UnaskedDatabase | undefined {
  const read = readShape(z.object(databaseVariables), set, problems);
  const found = findDatabaseUrl(set);
  if ("code" in found) {
    const known = problems.some(({ variable }) => variable === found.variable);
    if (!known) problems.push(found);
    problems.push(...misnamedDatabase(set, problems));
  }
  if (!read || "code" in found) return undefined;
  const schema = read.DIALER_SCHEMA;
  const workerSchema =
    read.WORKER_SCHEMA ??
    (schema === "public" ? "graphile_worker" : `${schema}_worker`);
  if (workerSchema === schema) {
    problems.push({
      code: "same-schema",
      variable: "WORKER_SCHEMA",
      problem: "is the same as DIALER_SCHEMA",
      expected: "a schema of its own",
    });
  }
  const maxConnections = read.DATABASE_MAX_CONNECTIONS;
  const rest = { schema, workerSchema, maxConnections };
  if ("url" in found) return { url: found.url, ...rest };
  return {
    ask: found.ask,
    answered: (handedOut) => {
      const accepted = acceptHandedOut(handedOut.trim(), set);
      if ("code" in accepted) throw new ConfigError([accepted]);
      return deepFreeze({ url: accepted.url, ...rest });
    },
  };
}

function checkLease(set: Environment, problems: ConfigProblem[]): void {
  const duration = engineVariables.LEASE_DURATION_MS.safeParse(
    set["LEASE_DURATION_MS"],
  );
  const renew = engineVariables.LEASE_RENEW_MS.safeParse(set["LEASE_RENEW_MS"]);
  if (!duration.success || !renew.success) return;
  if (renew.data * 2 <= duration.data) return;
  problems.push({
    code: "lease",
    variable: "LEASE_RENEW_MS",
    problem: `(${String(renew.data)}) leaves no time for a second try within LEASE_DURATION_MS (${String(duration.data)})`,
    expected: "at most half of LEASE_DURATION_MS",
  });
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null)
      deepFreeze(inner as object);
  }
  return Object.freeze(value);
}

/**
 * Of the adapters' variables only the chosen one's are read.
 *
 * @returns undefined when something of it is wrong, or no adapter is named
 */
function readVoice(
  set: Environment,
  problems: ConfigProblem[],
): VoiceConfig | undefined {
  // A wrong adapter or node is reported with the other engine variables.
  const node = set["VOICE_NODE"] ?? "default";
  switch (set["VOICE_ADAPTER"]) {
    case "asterisk_ami": {
      const shape = z.object(adapterVariables.asterisk_ami);
      const ami = readShape(shape, set, problems);
      return (
        ami && {
          adapter: "asterisk_ami",
          node,
          host: ami.ASTERISK_HOST,
          port: ami.ASTERISK_AMI_PORT,
          user: ami.ASTERISK_AMI_USER,
          secret: ami.ASTERISK_AMI_SECRET,
          context: ami.ASTERISK_CONTEXT,
        }
      );
    }
    case "freeswitch_esl": {
      const shape = z.object(adapterVariables.freeswitch_esl);
      const esl = readShape(shape, set, problems);
      return (
        esl && {
          adapter: "freeswitch_esl",
          node,
          host: esl.FREESWITCH_HOST,
          port: esl.FREESWITCH_ESL_PORT,
          password: esl.FREESWITCH_ESL_PASSWORD,
          context: esl.FREESWITCH_CONTEXT,
        }
      );
    }
    case "mock": {
      const mock = readShape(z.object(adapterVariables.mock), set, problems);
      return (
        mock && {
          adapter: "mock",
          node,
          mockPbxUrl: mock.MOCK_PBX_URL ?? null,
        }
      );
    }
    default:
      return undefined;
  }
}
