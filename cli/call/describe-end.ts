/** Describes the result of a test call for people. */
import type { CallAttempt } from "./queries.ts";
import type { Language } from "../language.ts";

export function describeEnd(
  attempt: CallAttempt,
  language: Language,
): string[] {
  const pt = language === "pt-BR";
  const untold = pt ? "não informado pelo PABX" : "not reported by the PBX";
  const { outcome, causeCode, sipStatus } = attempt;
  const description = pt ? attempt.inPortuguese : attempt.description;
  return [
    line(
      pt ? "Resultado" : "Outcome",
      outcome ?? (pt ? "desconhecido" : "unknown"),
      description,
    ),
    line(
      pt ? "Causa" : "Cause",
      attempt.cause ?? untold,
      causeCode === null ? null : `Q.850 ${causeCode}`,
    ),
    line(
      pt ? "Status SIP" : "SIP status",
      sipStatus === null ? untold : String(sipStatus),
      attempt.sipReason,
    ),
    line(
      pt ? "Encerrada por" : "Ended by",
      attempt.hangupSource ?? untold,
      null,
    ),
    line(
      pt ? "Identificador" : "Caller id",
      attempt.callerId ?? (pt ? "o do próprio PABX" : "the PBX's own"),
      null,
    ),
    line(pt ? "Tocou por" : "Rang for", seconds(attempt.ringMs), null),
    line(
      pt ? "Atendida por" : "Answered for",
      seconds(attempt.answeredMs),
      null,
    ),
  ];
}

function line(name: string, value: string, more: string | null): string {
  return `${name.padEnd(14)}${value}${more === null ? "" : ` (${more})`}`;
}

function seconds(ms: number | null): string {
  return ms === null ? "–" : `${(ms / 1_000).toFixed(1)} s`;
}
