/**
 * Every environment variable of the engine: its rule, its default, and its words in the README.
 * `config/reading.ts` reads them; this file only says what they are.
 */

import { z } from "zod";

/** What a variable's rule says about itself. */
interface About {
  meaning: string;
  /** As shown in the README. */
  default: string;
  expected: string;
  secret?: true;
}

/** The words that go with each rule. */
export const about = z.registry<About>();

/** Rules, by variable. */
export type Shape = Readonly<Record<string, z.ZodType>>;

const integer = (
  min: number,
  max: number,
  byDefault: number,
  meaning: string,
) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .default(byDefault)
    .register(about, {
      meaning,
      default: String(byDefault),
      expected: `a whole number from ${String(min)} to ${String(max)}`,
    });

const milliseconds = (byDefault: number, meaning: string) =>
  integer(1, 600_000, byDefault, `${meaning}, in milliseconds`);

// A function each: a rule carries its words, so no two variables share one.

/** Printable, no line breaks: these values end up in the PBX's line-based protocols. */
const printable = () => z.string().regex(/^[^\p{Cc}\u2028\u2029]{1,500}$/u);
const host = () => z.string().regex(/^[A-Za-z0-9_.:[\]-]{1,253}$/);
const word = () => z.string().regex(/^[A-Za-z0-9_.-]{1,60}$/);
const schemaName = () => z.string().regex(/^(?!pg_)[a-z_][a-z0-9_]{0,50}$/);
const httpUrl = () =>
  z
    .string()
    .regex(/^https?:\/\/[^\s/]+/)
    .refine((text) => URL.canParse(text) && !isPageOfSupabase(new URL(text)))
    .transform((text) => text.replace(/\/+$/, ""));

/** The dashboard's address, or one of a service of the project: copied instead of the project's own. */
const isPageOfSupabase = ({ hostname, pathname }: URL) =>
  /^(?:www\.|app\.)?supabase\.com$/.test(hostname) ||
  (hostname.endsWith(".supabase.co") && !/^\/*$/.test(pathname));

const hostText = "a host name or an IP address, without port";
const wordText = "1 to 60 letters, digits, `_`, `.` or `-`";
const schemaText =
  "a schema name: lower-case letters, digits and `_`, at most 51, not starting with pg_";

export const databaseVariables = {
  DATABASE_URL: printable().optional().register(about, {
    meaning:
      "Postgres, direct or session mode (port 5432). The transaction pooler (port 6543) is refused: LISTEN does not work there",
    default:
      "required, or `SUPABASE_URL` with `SUPABASE_DB_PASSWORD`, or `SUPABASE_URL` and its key with the Edge Function `dialer-database-url`",
    expected: "postgresql://user:password@host:5432/database",
    secret: true,
  }),
  SUPABASE_DB_PASSWORD: printable().optional().register(about, {
    meaning:
      "the database password; with `SUPABASE_URL` it gives the direct connection when `DATABASE_URL` is not set",
    default: "–",
    expected: "the database password of the Supabase project",
    secret: true,
  }),
  SUPABASE_POOLER_HOST: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*\.pooler\.supabase\.(com|co|net)$/)
    .optional()
    .register(about, {
      meaning:
        "host of the project's session pooler (Supabase: Connect, Session pooler), for machines without IPv6: used instead of the direct host when the address is built or handed out",
      default: "–",
      expected:
        "the host alone, such as aws-0-sa-east-1.pooler.supabase.com, without port and user",
    }),
  SUPABASE_URL: httpUrl().optional().register(about, {
    meaning:
      "address of the Supabase project; with its key: the database's address when `DATABASE_URL` is not set, Realtime snapshots, wallboard sign-in, REST check in `doctor`",
    default: "those features off",
    expected:
      "https://<project>.supabase.co without a path, or your own https:// address",
  }),
  DIALER_SCHEMA: schemaName().default("public").register(about, {
    meaning: "schema of the dialer's tables",
    default: "`public`",
    expected: schemaText,
  }),
  WORKER_SCHEMA: schemaName().optional().register(about, {
    meaning: "schema of Graphile Worker's tables",
    default:
      "`graphile_worker` (`<schema>_worker` when `DIALER_SCHEMA` is not `public`)",
    expected: schemaText,
  }),
  DATABASE_MAX_CONNECTIONS: integer(
    7,
    200,
    7,
    "database connections of one engine, all pools together (a standby uses at most 3)",
  ),
};

const adapterNames = ["asterisk_ami", "freeswitch_esl", "mock"] as const;
const logLevels = [
  "fatal",
  "error",
  "warn",
  "info",
  "debug",
  "trace",
  "silent",
] as const;

export const engineVariables = {
  SUPABASE_SERVICE_ROLE_KEY: printable().optional().register(about, {
    meaning: "secret key of the Supabase project (legacy `service_role`)",
    default: "those features off",
    expected: "the service_role key of the project",
    secret: true,
  }),
  SUPABASE_SECRET_KEY: printable().optional().register(about, {
    meaning:
      "the same as a new key, `sb_secret_…`; takes precedence when both are set",
    default: "those features off",
    expected: "a secret key of the project",
    secret: true,
  }),
  VOICE_ADAPTER: z.enum(adapterNames).register(about, {
    meaning:
      "how the engine talks to the PBX: `asterisk_ami`, `freeswitch_esl` or `mock`",
    default: "required",
    expected: `one of ${adapterNames.join(", ")}`,
  }),
  VOICE_NODE: word().default("default").register(about, {
    meaning: "name of the PBX that this engine serves",
    default: "`default`",
    expected: wordText,
  }),
  SCHEDULER_INTERVAL_MS: milliseconds(
    250,
    "least time between two scheduling passes of one campaign",
  ),
  EXECUTOR_INTERVAL_MS: milliseconds(
    100,
    "longest wait before trying again when a trunk's rate limit was exhausted",
  ),
  TIMER_PROCESSOR_INTERVAL_MS: milliseconds(
    500,
    "how often the engine itself checks for due jobs, in addition to the notices",
  ),
  MAX_CONCURRENT_ORIGINATES: integer(
    1,
    10_000,
    50,
    "unanswered originates at once, per engine",
  ),
  PORT: integer(0, 65_535, 3000, "HTTP port; 0 picks a free one"),
  STATUS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{8,500}$/)
    .optional()
    .register(about, {
      meaning:
        "bearer token for `/status`, `/metrics` and the wallboard; unset: only `/health` answers (loopback, unless `NODE_ENV` is `production`)",
      default: "–",
      expected: "at least 8 printable ASCII characters, no spaces",
      secret: true,
    }),
  RETENTION_EVENTS_DAYS: integer(
    1,
    36_500,
    30,
    "days that call events are kept",
  ),
  RETENTION_ATTEMPTS_DAYS: integer(
    1,
    36_500,
    1825,
    "days that call attempts are kept",
  ),
  RETENTION_LEADS_DAYS: integer(
    1,
    36_500,
    1825,
    "days after the end of a campaign until the people in it are erased; counts and outcomes stay",
  ),
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(z.enum(logLevels))
    .default("info")
    .register(about, {
      meaning: "lowest level that is logged",
      default: "`info`",
      expected: `one of ${logLevels.join(", ")}`,
    }),
  LOG_PHONE_NUMBERS: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["true", "false", "1", "0"]))
    .transform((text) => text === "true" || text === "1")
    .default(false)
    .register(about, {
      meaning: "`true` writes leads' phone numbers to the log in full",
      default: "`false` (masked)",
      expected: "true or false",
    }),
  NODE_ENV: word().default("production").register(about, {
    meaning: "name of the environment",
    default: "`production`",
    expected: wordText,
  }),
  LEASE_DURATION_MS: milliseconds(5000, "how long a voice node's lease lasts"),
  LEASE_RENEW_MS: milliseconds(1000, "how often the lease is renewed"),
  HEARTBEAT_STALE_MS: milliseconds(
    10_000,
    "an engine without a heartbeat for this long counts as dead",
  ),
  UNHEALTHY_AFTER_MS: milliseconds(
    30_000,
    "`/health` turns 503 when the database or the PBX has been away, or the engine should dial and has not, for this long",
  ),
  SHUTDOWN_TIMEOUT_MS: milliseconds(8000, "longest orderly stop"),
  SETTLE_MS: milliseconds(
    2000,
    "wait for the PBX's authoritative end of a call after a provisional one",
  ),
  AGENT_TIMEOUT_MS: milliseconds(
    300_000,
    "how long a person may wait for an agent, or one agent's phone may ring; the limits in the dialplan should be shorter",
  ),
};

const pbxContext = (byDefault: string) =>
  word()
    .default(byDefault)
    .register(about, {
      meaning: "dialplan context that receives answered calls",
      default: `\`${byDefault}\``,
      expected: wordText,
    });

const pbxHost = (pbx: string) =>
  host().register(about, {
    meaning: `${pbx}'s address`,
    default: `required for ${pbx}`,
    expected: hostText,
  });

/** Variables that are read, and may be required, with one adapter only. */
export const adapterVariables = {
  asterisk_ami: {
    ASTERISK_HOST: pbxHost("Asterisk"),
    ASTERISK_AMI_PORT: integer(1, 65_535, 5038, "AMI port"),
    ASTERISK_AMI_USER: printable().register(about, {
      meaning: "AMI user, the section's name in `manager.conf`",
      default: "required for Asterisk",
      expected: "the section's name in manager.conf",
    }),
    ASTERISK_AMI_SECRET: printable().register(about, {
      meaning: "AMI secret",
      default: "required for Asterisk",
      expected: "the user's secret in manager.conf",
      secret: true,
    }),
    ASTERISK_CONTEXT: pbxContext("from-dialer"),
  },
  freeswitch_esl: {
    FREESWITCH_HOST: pbxHost("FreeSWITCH"),
    FREESWITCH_ESL_PORT: integer(1, 65_535, 8021, "ESL port"),
    FREESWITCH_ESL_PASSWORD: printable().register(about, {
      meaning: "ESL password, or `user@domain:password` of a directory user",
      default: "required for FreeSWITCH",
      expected: "the password in event_socket.conf.xml",
      secret: true,
    }),
    FREESWITCH_CONTEXT: pbxContext("default"),
  },
  mock: {
    MOCK_PBX_URL: z
      .string()
      .regex(/^tcp:\/\/(\[[0-9a-f:]+\]|[A-Za-z0-9_.-]+):\d{1,5}$/)
      .refine((text) => URL.canParse(text))
      .optional()
      .register(about, {
        meaning:
          "mock PBX in a process of its own; unset: one inside the engine",
        default: "–",
        expected: "tcp://host:port",
      }),
  },
};
