/**
 * What queue and dialplan report by CUSTOM events.
 *
 * `callcenter::info` of mod_callcenter: the caller joined the queue, or its agent did not pick up. `dialer::info` of
 * the dialplan (`docs/freeswitch/`), with `Dialer-Event` one of AMDStarted, AMDVerdict with `Status`, AgentRequest,
 * DialerDisposition with `Disposition`. Each may carry `CorrelationId`, the channel variable CORRELATION_ID; without it
 * the sending channel identifies the call.
 */
import type { AmdResult } from "../port.ts";
import type { EslEvent } from "./event.ts";
import { amdWordOf } from "./amd.ts";

export type DialplanWord = {
  /** The call that it is about; empty when it does not name one. */
  readonly attemptId: string;
} & (
  | { readonly kind: "AMD_STARTED" }
  | { readonly kind: "AMD_RESULT"; readonly result: AmdResult }
  | { readonly kind: "WAITING_AGENT" }
  | { readonly kind: "DISPOSITION"; readonly disposition: string }
);

/** What `leads.disposition` takes. */
const DISPOSITION = /^[^\p{Cc}]{1,80}$/u;
/** The caller waits, for the first time or again. */
const waiting = new Set(["member-queue-start", "bridge-agent-fail"]);

/** @returns null for events that are not for us or carry no information */
export function readDialplanWord(event: EslEvent): DialplanWord | null {
  switch (event.get("Event-Subclass")) {
    case "callcenter::info":
      return readQueueWord(event);
    case "dialer::info":
      return readDialerWord(event);
    default:
      return null;
  }
}

function readQueueWord(event: EslEvent): DialplanWord | null {
  if (!waiting.has(event.get("CC-Action") ?? "")) return null;
  const attemptId = event.get("CC-Member-Session-UUID") ?? "";
  return { kind: "WAITING_AGENT", attemptId };
}

function readDialerWord(event: EslEvent): DialplanWord | null {
  const attemptId =
    event.get("CorrelationId") ?? event.get("variable_CORRELATION_ID") ?? "";
  switch (event.get("Dialer-Event")) {
    case "AMDStarted":
      return { kind: "AMD_STARTED", attemptId };
    case "AMDVerdict": {
      const result = amdWordOf(event.get("Status"));
      return result === null ? null : { kind: "AMD_RESULT", result, attemptId };
    }
    case "AgentRequest":
      return { kind: "WAITING_AGENT", attemptId };
    case "DialerDisposition": {
      const disposition = (event.get("Disposition") ?? "").trim();
      return DISPOSITION.test(disposition)
        ? { kind: "DISPOSITION", disposition, attemptId }
        : null;
    }
    default:
      return null;
  }
}
