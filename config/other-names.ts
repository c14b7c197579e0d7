/** Names that other programs, older manuals and habit give to the dialer's variables. */

/** By the variable that is meant. */
const pbxNames: Readonly<Record<string, readonly string[]>> = {
  VOICE_ADAPTER: ["ADAPTER", "PBX_ADAPTER", "PBX_TYPE", "VOICE_PROVIDER"],
  ASTERISK_HOST: [
    ...["AMI_HOST", "ASTERISK_AMI_HOST", "ASTERISK_IP", "ASTERISK_SERVER"],
    ...["ASTERISK_ADDRESS", "AMI_SERVER", "PBX_HOST"],
  ],
  ASTERISK_AMI_PORT: ["AMI_PORT", "ASTERISK_PORT"],
  ASTERISK_AMI_USER: [
    ...["AMI_USER", "AMI_USERNAME", "ASTERISK_USER", "ASTERISK_USERNAME"],
    ...["ASTERISK_AMI_USERNAME", "ASTERISK_AMI_LOGIN", "AMI_LOGIN"],
  ],
  ASTERISK_AMI_SECRET: [
    ...["AMI_SECRET", "AMI_PASSWORD", "AMI_PASS", "ASTERISK_SECRET"],
    ...["ASTERISK_PASSWORD", "ASTERISK_AMI_PASSWORD", "ASTERISK_AMI_PASS"],
  ],
  ASTERISK_CONTEXT: ["AMI_CONTEXT", "ASTERISK_AMI_CONTEXT"],
  FREESWITCH_HOST: [
    ...["ESL_HOST", "FREESWITCH_ESL_HOST", "FREESWITCH_IP", "FS_HOST"],
    ...["FREESWITCH_SERVER", "PBX_HOST"],
  ],
  FREESWITCH_ESL_PORT: ["ESL_PORT", "FREESWITCH_PORT", "FS_PORT"],
  FREESWITCH_ESL_PASSWORD: [
    ...["ESL_PASSWORD", "ESL_PASS", "ESL_SECRET", "FREESWITCH_PASSWORD"],
    ...["FREESWITCH_SECRET", "FREESWITCH_ESL_SECRET", "FREESWITCH_ESL_PASS"],
  ],
  FREESWITCH_CONTEXT: ["ESL_CONTEXT", "FREESWITCH_ESL_CONTEXT"],
};

/** Much else may have such names, so they are only spoken of where there is no database to be found. */
const databaseNames: Readonly<Record<string, readonly string[]>> = {
  DATABASE_URL: [
    ...["DB_URL", "DATABASE_URI", "POSTGRES_URL", "POSTGRES_URI", "PG_URL"],
    ...["POSTGRESQL_URL", "SUPABASE_DB_URL", "SUPABASE_DATABASE_URL"],
    ...["DIRECT_URL", "DATABASE_CONNECTION_STRING", "CONNECTION_STRING"],
  ],
  SUPABASE_DB_PASSWORD: [
    ...["DATABASE_PASSWORD", "DB_PASSWORD", "SUPABASE_PASSWORD"],
    ...["SUPABASE_DATABASE_PASSWORD", "POSTGRES_PASSWORD", "PGPASSWORD"],
  ],
  SUPABASE_URL: [
    ...["SUPABASE_PROJECT_URL", "SUPABASE_API_URL", "PUBLIC_SUPABASE_URL"],
    ...["NEXT_PUBLIC_SUPABASE_URL", "VITE_SUPABASE_URL"],
  ],
  SUPABASE_SERVICE_ROLE_KEY: [
    ...["SUPABASE_KEY", "SUPABASE_SERVICE_KEY", "SERVICE_ROLE_KEY"],
    ...["SUPABASE_SERVICE_ROLE", "SUPABASE_API_KEY", "SUPABASE_ROLE_KEY"],
  ],
};

type Environment = Readonly<Record<string, string>>;

export interface OtherName {
  /** As it was set. */
  readonly given: string;
  readonly meant: string;
}

/** @param missing variables of the PBX that are read and not set */
export function otherPbxNames(
  missing: readonly string[],
  set: Environment,
): OtherName[] {
  return missing.flatMap((meant) => namesOf(meant, pbxNames, set));
}

/** For an environment in which no database is to be found. */
export function otherDatabaseNames(set: Environment): OtherName[] {
  return Object.keys(databaseNames)
    .filter((meant) => !(meant in set))
    .flatMap((meant) => namesOf(meant, databaseNames, set));
}

function namesOf(
  meant: string,
  names: typeof pbxNames,
  set: Environment,
): OtherName[] {
  const others = new Set(names[meant]);
  return Object.keys(set)
    .filter((given) => others.has(given.toUpperCase()))
    .map((given) => ({ given, meant }));
}

/** For the variable that somebody mistyped: at most two slips apart, whatever the case of `name`. */
export function isNear(name: string, candidate: string): boolean {
  if (Math.abs(name.length - candidate.length) > 2) return false;
  return editDistance(name.toUpperCase(), candidate) <= 2;
}

/** Levenshtein distance: insertions, deletions and replacements of one character. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(to).entries()) {
      next.push(
        Math.min(
          (row[j] ?? 0) + (letter === other ? 0 : 1),
          (row[j + 1] ?? 0) + 1,
          (next[j] ?? 0) + 1,
        ),
      );
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
