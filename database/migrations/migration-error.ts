/** Why a database cannot be migrated as it is. */

export type MigrationErrorCode =
  | "POSTGRES_TOO_OLD"
  | "SCHEMAS_EQUAL"
  | "SCHEMA_NAME_INVALID"
  | "FOREIGN_OBJECT"
  | "FILE_CHANGED"
  | "FILE_MISSING"
  | "LEDGER_TOO_NEW"
  | "WORKER_SCHEMA_CHANGED"
  | "WORKER_SCHEMA_FOREIGN"
  | "WORKER_MIGRATION_FAILED"
  | "MIGRATION_FAILED";

const ownWorkerSchema =
  "Set WORKER_SCHEMA to a schema of the dialer's own, e.g. {example}. If it was left by an installation that was broken off, drop it.";

/** By what happened; several kinds may share a code. Names in braces are parameters. */
const faults = {
  "postgres-too-old": {
    code: "POSTGRES_TOO_OLD",
    text: "The database is Postgres {version}; the dialer needs 15 or newer. Upgrade it.",
  },
  "schemas-equal": {
    code: "SCHEMAS_EQUAL",
    text: 'DIALER_SCHEMA and WORKER_SCHEMA are both "{schema}"; the worker needs a schema of its own that no API role can reach.',
  },
  "schema-name": {
    code: "SCHEMA_NAME_INVALID",
    text: '"{schema}" cannot be a schema of the dialer: use lower-case letters, digits and _, not beginning with a digit or pg_.',
  },
  "foreign-object": {
    code: "FOREIGN_OBJECT",
    text: 'Schema "{schema}" already has "{name}", and it is not the dialer\'s. Nothing was changed. Set DIALER_SCHEMA to a schema of the dialer\'s own, e.g. dialer.',
  },
  "file-changed": {
    code: "FILE_CHANGED",
    text: "migrations/{file} is not the file that was applied to this database (SHA-256 {found}… instead of {applied}…). Restore it; put the change in a new migration.",
  },
  "file-missing": {
    code: "FILE_MISSING",
    text: "The database has migration {file}, but there is no such file in migrations/. Deploy a version that has it.",
  },
  "ledger-too-new": {
    code: "LEDGER_TOO_NEW",
    text: "The database was migrated to {file}, which needs engine {needed} or newer; this is {version}. Deploy that version, or restore the database from before the migration.",
  },
  "worker-schema-changed": {
    code: "WORKER_SCHEMA_CHANGED",
    text: 'The dialer in schema "{schema}" was set up with WORKER_SCHEMA={recorded}, and its triggers add their jobs there; now it is {worker}. Set it back to {recorded}.',
  },
  "worker-of-program": {
    code: "WORKER_SCHEMA_FOREIGN",
    text: `Schema "{worker}" holds a Graphile Worker that this dialer did not make: another program of this database uses it. Nothing was changed. ${ownWorkerSchema}`,
  },
  "worker-of-dialer": {
    code: "WORKER_SCHEMA_FOREIGN",
    text: `Schema "{worker}" holds the jobs of the dialer in schema "{owner}". Nothing was changed. ${ownWorkerSchema}`,
  },
  "worker-shared": {
    code: "WORKER_SCHEMA_FOREIGN",
    text: "Schema \"{worker}\" is the dialer's, but another program has its tasks there too ({tasks}), and this version would raise it: that program's workers would stop. Nothing was changed. Give that program a schema of its own first.",
  },
  "worker-migration": {
    code: "WORKER_MIGRATION_FAILED",
    text: 'Graphile Worker could not set up schema "{worker}": {reason}. The role needs the right to create schemas in this database, or to own that one.',
  },
  "schemas-not-made": {
    code: "WORKER_MIGRATION_FAILED",
    text: 'The schemas "{schema}" and "{worker}" could not be set up: {reason}. The role needs the right to create schemas in this database, or to own those two.',
  },
  "file-failed": {
    code: "MIGRATION_FAILED",
    text: "migrations/{file} failed and was rolled back: {reason}. The files before it stay applied; run migrate again once the cause is removed.",
  },
} as const satisfies Record<
  string,
  { readonly code: MigrationErrorCode; readonly text: string }
>;

export type MigrationFault = keyof typeof faults;
export const migrationFaults = Object.keys(faults) as MigrationFault[];

/** A database that cannot be migrated as it is. The message says what to do; nothing of ours was changed. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly code: MigrationErrorCode;
  /** What happened, and of what: for another language. */
  readonly fault: MigrationFault;
  readonly parameters: Readonly<Record<string, string>>;

  constructor(
    fault: MigrationFault,
    parameters: Readonly<Record<string, string>>,
    options?: ErrorOptions,
  ) {
    const { code, text } = faults[fault];
    super(
      text.replaceAll(
        /\{(\w+)\}/g,
        (whole, name: string) => parameters[name] ?? whole,
      ),
      options,
    );
    this.code = code;
    this.fault = fault;
    this.parameters = parameters;
  }
}
