/**
 * Runs all checks: groups in parallel, the checks of a group one after the other, each with a time limit of its own. It
 * only reads: no lease is taken, nothing is written, nobody is called.
 */
import type { PartialConfig, VoiceConfig } from "../../config/reading.ts";
import type { PbxFacts } from "./dialing-queries.ts";
import { askForDatabase } from "./ask-database.ts";
import { checkAsterisk } from "./checks/asterisk.ts";
import { checkFreeswitch } from "./checks/freeswitch.ts";
import { checkHttpPort } from "./checks/http-port.ts";
import { checkMock } from "./checks/mock.ts";
import { checkRest, judgeKey } from "./checks/supabase.ts";
import { checkVariables, problemVariables } from "./checks/variables.ts";
import { examineDatabase } from "./examine-database.ts";
import { type Finding, found, foundFor } from "./finding.ts";
import { type PbxNeeds, pbxNeeds } from "./pbx-needs.ts";
import { runCheck } from "./run-check.ts";

const limitMs = 10_000;

export interface Examination {
  readonly findings: readonly Finding[];
  /** Everything that must not be printed: the secrets of the variables, and the address from the project. */
  readonly secrets: readonly string[];
}

/** Never rejects. @param stop aborted: checks under way are stopped and count as timed out */
export async function examine(
  given: PartialConfig,
  stop: AbortSignal,
): Promise<Examination> {
  const { config, findings } = await askForDatabase(given, stop);
  const groups = await Promise.all([
    examineDatabaseAndPbx(config, stop),
    examineSupabase(config, stop),
    examineHttp(config, stop),
  ]);
  return {
    findings: [...checkVariables(config), ...findings, ...groups.flat()],
    secrets: config.secrets,
  };
}

async function examineDatabaseAndPbx(
  config: PartialConfig,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  const database = await examineDatabase(config, stop);
  const pbx = await examinePbx(config, database.facts, stop);
  return [...database.findings, ...pbx];
}

async function examinePbx(
  config: PartialConfig,
  facts: PbxFacts | null,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  const { voice } = config;
  if (voice === null) return skippedPbx(config);
  switch (voice.adapter) {
    case "mock":
      return runCheck("mock.tcp", limitMs, stop, (signal) =>
        checkMock(voice, signal),
      );
    case "asterisk_ami": {
      const variable = "ASTERISK_CONTEXT";
      return checkAsterisk(voice, needsOf(voice, variable, facts), stop);
    }
    case "freeswitch_esl": {
      const variable = "FREESWITCH_CONTEXT";
      return checkFreeswitch(voice, needsOf(voice, variable, facts), stop);
    }
  }
}

function needsOf(
  { context, node }: Exclude<VoiceConfig, { adapter: "mock" }>,
  variable: string,
  facts: PbxFacts | null,
): PbxNeeds {
  if (facts === null) return pbxNeeds({ context, variable }, null);
  const trunks = facts.trunks
    .filter(({ isActive, voiceNode }) => isActive && voiceNode === node)
    .map(({ name, dialString, cpsLimit, anonymousCampaign }) => ({
      ...{ name, dialString, cps: cpsLimit, anonymousCampaign },
    }));
  const { installation, targets } = facts;
  return pbxNeeds({ context, variable }, { installation, targets, trunks });
}

function skippedPbx(config: PartialConfig): readonly Finding[] {
  const names = problemVariables(config, (variable) =>
    /^(?:VOICE_ADAPTER|ASTERISK_|FREESWITCH_|MOCK_)/.test(variable),
  );
  const check = names.startsWith("FREESWITCH_")
    ? "freeswitch.tcp"
    : names.startsWith("MOCK_")
      ? "mock.tcp"
      : "asterisk.tcp";
  return [
    foundFor(check, "skipped.variables", { names: names || "VOICE_ADAPTER" }),
  ];
}

async function examineSupabase(
  { supabase, database }: PartialConfig,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  const { url, secretKey } = supabase;
  if (url === null || secretKey === null) {
    const names = url === null ? "SUPABASE_URL" : "SUPABASE_SECRET_KEY";
    return [
      foundFor("supabase.key", "skipped.not-configured", { names }),
      foundFor("supabase.rest", "skipped.not-configured", { names }),
    ];
  }
  const schema = database?.schema ?? "public";
  const rest = await runCheck("supabase.rest", limitMs, stop, (signal) =>
    checkRest({ url, secretKey, schema }, signal),
  );
  return [judgeKey({ url, secretKey }, Date.now()), ...rest];
}

async function examineHttp(
  { port, statusToken }: PartialConfig,
  stop: AbortSignal,
): Promise<readonly Finding[]> {
  if (port === null)
    return [foundFor("http.port", "skipped.variables", { names: "PORT" })];
  if (port === 0) return [found("http.port.any")];
  return runCheck("http.port", limitMs, stop, (signal) =>
    checkHttpPort(port, statusToken, signal),
  );
}
