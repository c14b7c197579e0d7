/** Why a leg ended, from the headers of its CHANNEL_HANGUP_COMPLETE or the result of its job. */
import type { EndCause, HangupSource } from "../port.ts";
import type { EslEvent } from "./event.ts";

/** Q.850 numbers of the names; the names decide, because many that differ have 16 (`variable_hangup_cause_q850`). */
const numbers: Readonly<Record<string, number>> = {
  UNALLOCATED_NUMBER: 1,
  NO_ROUTE_TRANSIT_NET: 2,
  NO_ROUTE_DESTINATION: 3,
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  SUBSCRIBER_ABSENT: 20,
  CALL_REJECTED: 21,
  NUMBER_CHANGED: 22,
  EXCHANGE_ROUTING_ERROR: 25,
  DESTINATION_OUT_OF_ORDER: 27,
  INVALID_NUMBER_FORMAT: 28,
  FACILITY_REJECTED: 29,
  NORMAL_UNSPECIFIED: 31,
  NORMAL_CIRCUIT_CONGESTION: 34,
  NETWORK_OUT_OF_ORDER: 38,
  NORMAL_TEMPORARY_FAILURE: 41,
  SWITCH_CONGESTION: 42,
  REQUESTED_CHAN_UNAVAIL: 44,
  OUTGOING_CALL_BARRED: 52,
  INCOMING_CALL_BARRED: 54,
  BEARERCAPABILITY_NOTAVAIL: 58,
  SERVICE_UNAVAILABLE: 63,
  CHAN_NOT_IMPLEMENTED: 66,
  SERVICE_NOT_IMPLEMENTED: 79,
  INCOMPATIBLE_DESTINATION: 88,
  RECOVERY_ON_TIMER_EXPIRE: 102,
  INTERWORKING: 127,
};

const CAUSE_NAME = /^[A-Z][A-Z0-9_]{1,60}$/;
/** What FreeSWITCH calls its own timers, all of them ours: originate_timeout, leg_progress_timeout. */
const timeouts = new Set(["NO_ANSWER", "PROGRESS_TIMEOUT", "ALLOTTED_TIMEOUT"]);
/** Asked for by a command, or by the switch itself. */
const ownCauses = new Set([
  "ORIGINATOR_CANCEL",
  "MANAGER_REQUEST",
  "SYSTEM_SHUTDOWN",
]);

/** @param event CHANNEL_HANGUP_COMPLETE or CHANNEL_DESTROY */
export function endCauseOf(event: EslEvent): EndCause {
  const given = Number(event.get("variable_hangup_cause_q850") ?? "");
  const named = causeNamed(
    event.get("Hangup-Cause") ?? event.get("variable_hangup_cause") ?? "",
  );
  const sipStatus = sipStatusOf(event);
  // After our own CANCEL it reports 487, which no carrier sent.
  const failed = event.get("variable_sip_invite_failure_status");
  const phrase = event.get("variable_sip_invite_failure_phrase");
  return {
    ...named,
    cause: given >= 1 && given <= 127 ? given : named.cause,
    sipStatus,
    sipReason:
      sipStatus !== null && failed === String(sipStatus)
        ? (phrase?.slice(0, 200) ?? null)
        : null,
  };
}

function sipStatusOf(event: EslEvent): number | null {
  const status =
    event.get("variable_sip_term_status") ??
    /^sip:(\d{3})$/.exec(
      event.get("variable_proto_specific_hangup_cause") ?? "",
    )?.[1] ??
    "";
  return /^[1-6]\d\d$/.test(status) ? Number(status) : null;
}

/** @param name as FreeSWITCH spells it; nonsense gives no cause */
export function causeNamed(name: string): EndCause {
  const isName = CAUSE_NAME.test(name);
  return {
    cause:
      isName && Object.hasOwn(numbers, name) ? (numbers[name] ?? null) : null,
    causeName: isName ? name : null,
    sipStatus: null,
    sipReason: null,
  };
}

/** Whether an unanswered call ended by the time-outs that travelled in its originate. */
export function isTimeout({ causeName, sipStatus }: EndCause): boolean {
  return causeName !== null && sipStatus === null && timeouts.has(causeName);
}

/**
 * Who ended a leg, according to SIP.
 *
 * @param agentLeft the agent's leg of its talk ended first
 * @returns null for what is not SIP and no command of ours, e.g. a loopback leg
 */
export function sourceOf(
  event: EslEvent,
  end: EndCause,
  agentLeft: boolean,
): HangupSource | null {
  if (end.causeName === "SYSTEM_SHUTDOWN") return "SYSTEM";
  const disposition = event.get("variable_sip_hangup_disposition") ?? "";
  if (disposition.startsWith("recv_")) return "CALLEE";
  if (agentLeft) return "AGENT";
  if (end.causeName !== null && timeouts.has(end.causeName)) return "TIMEOUT";
  if (disposition.startsWith("send_")) return "SYSTEM";
  return end.causeName !== null && ownCauses.has(end.causeName)
    ? "SYSTEM"
    : null;
}
