/** Every variable of the environment: all problems at once. */
import type { ConfigProblem, PartialConfig } from "../../../config/reading.ts";
import { type Finding, found } from "../finding.ts";
import { expectedOf } from "../../config-words.ts";

/** The default password in event_socket.conf.xml. */
const DELIVERED_PASSWORD = "ClueCon";

export function checkVariables(config: PartialConfig): readonly Finding[] {
  const { voice, names } = config;
  const findings: Finding[] = config.problems.map(findingOf);
  if (
    voice?.adapter === "freeswitch_esl" &&
    voice.password === DELIVERED_PASSWORD
  ) {
    const variable = "FREESWITCH_ESL_PASSWORD";
    findings.push(found("variables.default-password", { variable }));
  }
  for (const { code, variable } of config.remarks)
    if (code === "quoted-secret")
      findings.push(found("variables.quoted-secret", { variable }));
  return findings.length > 0
    ? findings
    : [found("variables.ok", { names: names.join(", ") })];
}

function findingOf(problem: ConfigProblem): Finding {
  const { code, variable, value = "" } = problem;
  return found(`variables.${code}`, {
    variable,
    value,
    expected: expectedOf(problem),
  });
}

/** The variables that prevent a part of the checks, for a message. */
export function problemVariables(
  config: PartialConfig,
  belongs: (variable: string) => boolean,
): string {
  const names = config.problems
    .map(({ code, variable, value }) =>
      code === "misspelt" ? (value ?? variable) : variable,
    )
    .filter(belongs);
  return [...new Set(names)].join(", ");
}
