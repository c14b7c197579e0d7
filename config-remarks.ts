/** What is odd about a configuration that is complete: told, and nobody is kept from starting by it. */

import { configVariables, isQuoted, withoutEmpty } from "./config-checks.ts";
import { keyKindOf, projectOf } from "./config-keys.ts";

export type ConfigRemarkCode =
  "quoted-secret" | "public-key" | "other-projects-key" | "expired-key";

export interface ConfigRemark {
  readonly code: ConfigRemarkCode;
  readonly variable: string;
  /** Of a key: its kind or its project; of one that ended: the day. */
  readonly value: string;
  readonly text: string;
}

/**
 * @param env the whole environment
 * @param nowMs epoch milliseconds
 */
export function configRemarks(
  env: NodeJS.ProcessEnv,
  nowMs: number,
): ConfigRemark[] {
  const set = withoutEmpty(env);
  const quoted = configVariables
    .filter(({ name, secret }) => secret && isQuoted(set[name] ?? ""))
    .map(({ name }): ConfigRemark => ({
      code: "quoted-secret",
      variable: name,
      value: "",
      text: `${name} has quotation marks round it, and they count as part of it: take them away unless the secret really has them`,
    }));
  const keys = ["SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"];
  const read = keys.find((name) => name in set);
  const key = read === undefined ? "" : (set[read] ?? "");
  return read === undefined || isQuoted(key)
    ? quoted
    : [...quoted, ...aboutKey(read, key, set["SUPABASE_URL"] ?? "", nowMs)];
}

function aboutKey(
  variable: string,
  key: string,
  address: string,
  nowMs: number,
): ConfigRemark[] {
  const { kind, name, project, expires } = keyKindOf(key);
  const remark = (
    code: ConfigRemarkCode,
    value: string,
    text: string,
  ): ConfigRemark[] => [{ code, variable, value, text: `${variable} ${text}` }];
  if (kind === "public")
    return remark(
      "public-key",
      name,
      `is a public key (${name}): take the service_role key or a secret key (sb_secret_…); Realtime and the wallboard's sign-in will not work`,
    );
  const wanted = projectOf(address);
  if (project !== null && wanted !== null && project !== wanted)
    return remark(
      "other-projects-key",
      project,
      `is of project ${project}, and SUPABASE_URL of project ${wanted}: copy both from the same one`,
    );
  if (expires === null || expires * 1_000 > nowMs) return [];
  const day = new Date(expires * 1_000).toISOString().slice(0, 10);
  return remark("expired-key", day, `ended on ${day}: copy a valid one`);
}
