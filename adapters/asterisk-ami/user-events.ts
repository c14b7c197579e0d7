/**
 * What the dialplan reports by UserEvent (`docs/asterisk/`): AMDStarted, AMDVerdict with `Status`, AgentRequest,
 * DialerDisposition with `Disposition`. Each should carry `CorrelationId`, the channel variable CORRELATION_ID; without
 * it the sending channel identifies the call.
 */
import { amdResults } from "../port.ts";
import type { AmdResult } from "../port.ts";
import type { AmiMessage } from "./message.ts";

export type UserWord =
  | { readonly kind: "AMD_STARTED" }
  | { readonly kind: "AMD_RESULT"; readonly result: AmdResult }
  | { readonly kind: "WAITING_AGENT" }
  | { readonly kind: "DISPOSITION"; readonly disposition: string };

const amdWords: ReadonlyMap<string, AmdResult> = new Map(
  amdResults.map((word) => [word, word]),
);

/** What `leads.disposition` takes. */
const DISPOSITION = /^[^\p{Cc}]{1,80}$/u;

/**
 * @returns null for events that are not for us or carry no verdict: AMDSTATUS is HANGUP when the call ends during
 * detection
 */
export function readUserEvent(message: AmiMessage): UserWord | null {
  switch (message.get("userevent")) {
    case "AMDStarted":
      return { kind: "AMD_STARTED" };
    case "AMDVerdict": {
      const status = (message.get("status") ?? "").toUpperCase();
      const result = amdWords.get(status);
      return result === undefined ? null : { kind: "AMD_RESULT", result };
    }
    case "AgentRequest":
      return { kind: "WAITING_AGENT" };
    case "DialerDisposition": {
      const disposition = (message.get("disposition") ?? "").trim();
      return DISPOSITION.test(disposition)
        ? { kind: "DISPOSITION", disposition }
        : null;
    }
    default:
      return null;
  }
}

/** The attempt that the dialplan names; null when it names none. */
export function correlationOf(message: AmiMessage): string | null {
  const given = message.get("correlationid") ?? message.get("correlation_id");
  return given === undefined || given === "" ? null : given;
}
