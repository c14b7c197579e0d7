/**
 * How the calls of each recording end, one per originate with a uuid of its own. Checked against the index of the
 * recordings (behaviour of the far end, cause, Q.850, SIP status, events that came) and the taxonomy of outcomes.
 */
import { ended, live } from "./attempt-words.ts";
import type { ExpectedAttempt, Given, Seen } from "./attempt-words.ts";

const rung = ["rung"] as const;
const progress = ["progress"] as const;
const up = ["answered"] as const;
const rungUp = ["rung", "answered"] as const;
const progressUp = ["progress", "answered"] as const;
const talked = ["answered", "bridged"] as const;

function answered(
  seen: Seen,
  source: ExpectedAttempt["source"],
  given: Given = {},
): ExpectedAttempt {
  return ended("ANSWERED", seen, "NORMAL_CLEARING 16", source, given);
}

/** By the far end. */
function hungUp(seen: Seen): ExpectedAttempt {
  return ended("ANSWERED", seen, "NORMAL_CLEARING 16 200", "CALLEE");
}

/** By a command of the client's. */
const killed = ended("ANSWERED", up, "MANAGER_REQUEST 16", "SYSTEM");
const cancelled = ended("UNREACHABLE", [], "ORIGINATOR_CANCEL 16", "SYSTEM");
const noWayOut = ended("TRUNK_FAULT", [], "", null);
const refused = ended("SWITCH_REFUSED", [], "", null);
/** Its events are not in the recording, or not in json. */
const nothing = live("ORIGINATING", []);

/** Every recording is named; many have no call. A loopback leg does not say who hung up. */
export const expectedAttempts: Readonly<
  Record<string, readonly ExpectedAttempt[]>
> = {
  "amd-human": [answered(up, null, { amd: "HUMAN" })],
  "amd-machine-longgreeting": [
    ended("MACHINE", up, "NORMAL_CLEARING 16", null, { amd: "MACHINE" }),
  ],
  "amd-no-rtp-never-finishes": [answered(up, null)],
  "amd-silence-machine": [
    ended("MACHINE", up, "NORMAL_CLEARING 16", null, { amd: "MACHINE" }),
  ],
  "amd-sip-machine": [live("ANSWERED", rungUp, { amd: "MACHINE" })],
  "auth-acl-rejected": [],
  "auth-bad": [],
  "auth-command-before-auth": [],
  "auth-ok": [],
  "auth-timeout-25s": [],
  "auth-userauth-restricted": [],
  "avmd-beep": [answered(up, null)],
  "bridge-agent-app-agent-hangup": [
    answered(talked, "AGENT", { agentId: "loopback/agent_answer-a" }),
  ],
  "bridge-agent-app-customer-hangup": [
    answered(talked, null, { agentId: "loopback/agent_answer-a" }),
  ],
  "bridge-agent-busy": [
    ended("ABANDONED", up, "USER_BUSY 17", null, {
      agentId: "loopback/reject_USER_BUSY-a",
    }),
  ],
  "bridge-agent-noanswer": [ended("ABANDONED", up, "NORMAL_CLEARING 16", null)],
  "bridge-callcenter-queue": [
    ended("ABANDONED", up, "NORMAL_CLEARING 16", null),
  ],
  "bridge-uuid_bridge-errors": [
    ended("ANSWERED", up, "NO_ROUTE_DESTINATION 3", null),
  ],
  "bridge-uuid_bridge-two-legs": [
    answered(talked, null, { agentId: "loopback/hold_20000-a" }),
    answered(talked, null, { agentId: "loopback/hold_20000-a" }),
  ],
  "cancel-pipelined-right-after-originate": [
    cancelled,
    cancelled,
    cancelled,
    cancelled,
    cancelled,
  ],
  "cmd-api-originate-blocks-connection": [],
  "cmd-client-drops-while-bgapi-running": [answered(rungUp, null)],
  "cmd-custom-event-utf8": [nothing, answered(up, null)],
  "cmd-execute-playback-and-dtmf": [answered(up, "SYSTEM")],
  "cmd-filter": [
    answered(rungUp, null),
    nothing,
    answered(rungUp, null),
    nothing,
  ],
  "cmd-half-written-command-blocks-events": [],
  "cmd-job-uuid-and-exit-while-bgapi-running": [nothing],
  "cmd-linger-inbound": [],
  "cmd-myevents": [nothing],
  "cmd-myevents-invalid-uuid": [],
  "cmd-pipelined-order": [],
  "cmd-uuid-commands": [answered(up, null)],
  // Answered, and nowhere to go: the switch's fault, not the person's.
  "dialplan-missing-context": [
    ended("SWITCH_REFUSED", up, "NO_ROUTE_DESTINATION 3", "SYSTEM"),
  ],
  "dialplan-missing-extension": [
    ended("SWITCH_REFUSED", up, "NORMAL_CLEARING 16", "SYSTEM"),
  ],
  "escaping-matrix": [],
  "escaping-matrix-2": [],
  heartbeat: [],
  "heartbeat-foreign-traffic": [],
  "inject-api-expansion": [],
  "inject-brace-in-value": [],
  "inject-comma-in-value": [],
  "inject-content-length-swallows-next-command": [],
  "inject-dollar-expansion": [],
  "inject-newline-second-command": [],
  "inject-number-adds-leg-comma": [],
  "inject-number-changes-app": [],
  "inject-number-pipe-failover": [],
  "inject-single-newline-header": [],
  "inject-sip-number-at-host": [hungUp(up)],
  "inject-sip-number-comma-second-leg": [killed],
  "inject-sip-number-fs_path": [hungUp(up)],
  "inject-space-in-number": [],
  "limit-fsctl-pause-1.10": [
    refused,
    refused,
    refused,
    refused,
    ended("ABANDONED", up, "NORMAL_CLEARING 16", "SYSTEM"),
    answered(up, "SYSTEM"),
  ],
  "limit-fsctl-pause-outbound": [refused, killed],
  "limit-sessions-per-second": [
    killed,
    killed,
    killed,
    killed,
    refused,
    refused,
    refused,
    refused,
    refused,
  ],
  "orig-answer-our-uuid_kill": [killed],
  "orig-answer-remote-hangup": [answered(rungUp, null)],
  "orig-api_hangup_hook-and-failure-vars": [
    ended("BUSY", [], "USER_BUSY 17", null),
  ],
  "orig-cancelled-while-ringing-uuid_kill": [
    ended("NO_ANSWER", rung, "NORMAL_CLEARING 16", null),
  ],
  "orig-early-media-NOT-ignored": [answered(progressUp, null)],
  "orig-early-media-ignored-then-answer": [answered(progressUp, null)],
  "orig-early-media-then-busy-NOT-ignored": [
    ended("DECLINED", progress, "USER_BUSY 17", null),
  ],
  "orig-execute_on_answer-sched_hangup": [
    ended("ANSWERED", up, "ALLOTTED_TIMEOUT 16", "TIMEOUT"),
  ],
  "orig-no-dialplan-match": [
    ended("UNREACHABLE", [], "NO_ROUTE_DESTINATION 3", null),
  ],
  "orig-plain-answer": [nothing],
  "orig-plain-busy": [nothing],
  "orig-reject-CALL_REJECTED": [
    ended("REJECTED", [], "CALL_REJECTED 21", null),
  ],
  "orig-reject-NORMAL_TEMPORARY_FAILURE": [
    ended("NETWORK_CONGESTION", [], "NORMAL_TEMPORARY_FAILURE 41", null),
  ],
  "orig-reject-NO_ROUTE_DESTINATION": [
    ended("UNREACHABLE", [], "NO_ROUTE_DESTINATION 3", null),
  ],
  "orig-reject-NO_USER_RESPONSE": [
    ended("NETWORK_CONGESTION", [], "NO_USER_RESPONSE 18", null),
  ],
  "orig-reject-SWITCH_CONGESTION": [
    ended("NETWORK_CONGESTION", [], "SWITCH_CONGESTION 42", null),
  ],
  "orig-reject-UNALLOCATED_NUMBER": [
    ended("INVALID_NUMBER", [], "UNALLOCATED_NUMBER 1", null),
  ],
  "orig-reject-USER_BUSY": [ended("BUSY", [], "USER_BUSY 17", null)],
  "orig-ring-no-answer-timeout": [
    ended("NO_ANSWER", rung, "NO_ANSWER 19", "TIMEOUT"),
  ],
  "orig-ring-progress-only-timeout": [
    ended("NO_ANSWER", rung, "PROGRESS_TIMEOUT 16", "TIMEOUT"),
  ],
  "orig-ring-then-busy": [ended("DECLINED", rung, "USER_BUSY 17", null)],
  "orig-unescaped-space-in-variable": [refused],
  "orig-unknown-endpoint": [noWayOut],
  "orig-unknown-gateway": [noWayOut],
  "orig-usage-error": [ended("SYSTEM_ERROR", [], "", null)],
  "outbound-socket-async-full-linger": [hungUp(rungUp)],
  "reconnect-reconcile": [
    answered(up, "SYSTEM"),
    killed,
    ended("NO_ANSWER", rung, "ORIGINATOR_CANCEL 16", "SYSTEM"),
    live("ANSWERED", rungUp),
  ],
  "show-channels-correlation-columns": [nothing],
  "show-channels-lags-behind-events": [answered(up, "SYSTEM")],
  "sip-183-leg_progress_timeout": [hungUp(progressUp)],
  "sip-answer-our-uuid_kill": [answered(up, "SYSTEM")],
  "sip-answer-remote-hangup": [hungUp(rungUp)],
  "sip-blackhole-SIP-timer-B": [
    ended(
      "NETWORK_CONGESTION",
      [],
      "RECOVERY_ON_TIMER_EXPIRE 102 408",
      "CALLEE",
    ),
  ],
  "sip-blackhole-originate_timeout": [
    ended("NETWORK_CONGESTION", [], "NO_ANSWER 19", "TIMEOUT"),
  ],
  "sip-blackhole-progress_timeout": [
    ended("NETWORK_CONGESTION", [], "PROGRESS_TIMEOUT 16", "TIMEOUT"),
  ],
  "sip-bridge-agent-busy": [ended("ABANDONED", up, "USER_BUSY 17", "SYSTEM")],
  "sip-bridge-agent-customer-hangup": [
    answered(talked, "SYSTEM", { agentId: "sofia/lab/1001205" }),
  ],
  "sip-callcenter-queue-agent": [
    answered(talked, "SYSTEM", { agentId: "1001@lab" }),
  ],
  "sip-cancel-while-ringing-uuid_kill": [
    ended("NO_ANSWER", rung, "ORIGINATOR_CANCEL 16", "SYSTEM"),
  ],
  "sip-carrier-port-closed": [noWayOut],
  "sip-direct-uri-port-closed": [
    ended(
      "NETWORK_CONGESTION",
      [],
      "NORMAL_TEMPORARY_FAILURE 41 503",
      "CALLEE",
    ),
  ],
  "sip-duplicate-uuid": [killed],
  "sip-early-media-183-NOT-ignored": [hungUp(progressUp)],
  "sip-early-media-183-ignored": [hungUp(progressUp)],
  "sip-playback-abandon-message": [answered(up, "SYSTEM")],
  "sip-reject-403": [ended("REJECTED", [], "CALL_REJECTED 21 403", "CALLEE")],
  "sip-reject-404": [
    ended("INVALID_NUMBER", [], "UNALLOCATED_NUMBER 1 404", "CALLEE"),
  ],
  "sip-reject-408": [
    ended(
      "NETWORK_CONGESTION",
      [],
      "RECOVERY_ON_TIMER_EXPIRE 102 408",
      "CALLEE",
    ),
  ],
  "sip-reject-410": [
    ended("INVALID_NUMBER", [], "NUMBER_CHANGED 22 410", "CALLEE"),
  ],
  "sip-reject-484": [
    ended("INVALID_NUMBER", [], "INVALID_NUMBER_FORMAT 28 484", "CALLEE"),
  ],
  "sip-reject-486": [ended("DECLINED", rung, "USER_BUSY 17 486", "CALLEE")],
  "sip-reject-488": [
    ended("TRUNK_FAULT", [], "INCOMPATIBLE_DESTINATION 88 488", "CALLEE"),
  ],
  "sip-reject-500": [
    ended(
      "NETWORK_CONGESTION",
      [],
      "NORMAL_TEMPORARY_FAILURE 41 500",
      "CALLEE",
    ),
  ],
  "sip-reject-600": [ended("BUSY", [], "USER_BUSY 17 600", "CALLEE")],
  "sip-reject-603": [ended("REJECTED", [], "CALL_REJECTED 21 603", "CALLEE")],
  "sip-reject-607": [ended("REJECTED", [], "UNWANTED 16 607", "CALLEE")],
  "sip-ring-leg_progress_timeout-vs-180": [
    ended("NO_ANSWER", rung, "NO_ANSWER 19", "TIMEOUT"),
  ],
  "sip-ring-leg_timeout": [
    ended("NO_ANSWER", rung, "ALLOTTED_TIMEOUT 16", "TIMEOUT"),
  ],
  "sip-ring-progress_timeout-vs-180": [
    ended("NO_ANSWER", rung, "PROGRESS_TIMEOUT 16", "TIMEOUT"),
  ],
  "sip-ring-timeout-CANCEL": [
    ended("NO_ANSWER", rung, "NO_ANSWER 19", "TIMEOUT"),
  ],
  "sub-all-json-call": [answered(rungUp, null)],
  "sub-errors": [],
  "sub-json-call": [answered(rungUp, null)],
  "sub-plain-call": [nothing],
  "sub-restricted-json-call": [live("ANSWERED", rungUp)],
  "sub-xml-call": [nothing],
  "switch-graceful-shutdown-mid-call": [
    ended("ANSWERED", up, "SYSTEM_SHUTDOWN 16", "SYSTEM"),
    ended("NO_ANSWER", rung, "SYSTEM_SHUTDOWN 16", "SYSTEM"),
  ],
  "switch-shutdown-elegant-with-call-up": [hungUp(rungUp), refused],
};
