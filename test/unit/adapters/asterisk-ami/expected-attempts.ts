/**
 * How the calls of each recording end, one per Originate with a ChannelId. Written from the index of the recordings
 * (which carrier behaviour, which causes came) and the taxonomy of outcomes, not from what the code does.
 */
import type { AttemptFacts } from "../../../../dialing/call-facts.ts";

export interface ExpectedAttempt {
  readonly state: AttemptFacts["state"];
  readonly outcome: AttemptFacts["outcome"];
  /** Q.850; null for Asterisk's 0. */
  readonly cause: number | null;
  readonly sip: number | null;
  readonly source: AttemptFacts["hangupSource"];
  readonly seen: readonly ("rung" | "progress" | "answered" | "bridged")[];
  readonly agentId: string | null;
  readonly amd: AttemptFacts["amdResult"];
}

type Given = Partial<Omit<ExpectedAttempt, "state" | "outcome" | "seen">>;

function attempt(
  state: ExpectedAttempt["state"],
  outcome: ExpectedAttempt["outcome"],
  seen: ExpectedAttempt["seen"],
  given: Given = {},
): ExpectedAttempt {
  const nothing = {
    cause: null,
    sip: null,
    source: null,
    agentId: null,
    amd: null,
  };
  return { state, outcome, seen, ...nothing, ...given };
}

const rung = ["rung"] as const;
const up = ["answered"] as const;
const rungUp = ["rung", "answered"] as const;
const progressUp = ["progress", "answered"] as const;
const talked = ["answered", "bridged"] as const;
const rungTalked = ["rung", "answered", "bridged"] as const;

const answered = (seen: ExpectedAttempt["seen"], given: Given = {}) =>
  attempt("ENDED", "ANSWERED", seen, { cause: 16, source: "CALLEE", ...given });
const bySystem = { source: "SYSTEM" } as const;
const byTimeout = { source: "TIMEOUT" } as const;
const agent1 = { agentId: "PJSIP/agent1" } as const;
/** Refused with `Response: Error`, or still alive when the recording ends. */
const nothing = attempt("ORIGINATING", null, []);
const noWayOut = attempt("FAILED", "TRUNK_FAULT", []);
const declined = attempt("BUSY", "DECLINED", rung, {
  cause: 17,
  sip: 486,
  source: "CALLEE",
});
const congested = attempt("FAILED", "NETWORK_CONGESTION", [], {
  cause: 34,
  sip: 503,
  source: "CALLEE",
});
const invalid = attempt("FAILED", "INVALID_NUMBER", [], {
  cause: 1,
  sip: 404,
  source: "CALLEE",
});

/** Every recording is named; most of the session's have no call. */
export const expectedAttempts: Readonly<
  Record<string, readonly ExpectedAttempt[]>
> = {
  "pjsip-404": [invalid],
  "pjsip-503": [congested],
  "pjsip-603": [
    attempt("FAILED", "REJECTED", [], {
      cause: 21,
      sip: 603,
      source: "CALLEE",
    }),
  ],
  "pjsip-agent-bridge": [answered(talked, { ...agent1, source: "AGENT" })],
  "pjsip-agent-bridge-customer-leaves": [answered(rungTalked, agent1)],
  "pjsip-amd-machine": [
    attempt("ENDED", "MACHINE", rungUp, {
      cause: 16,
      amd: "MACHINE",
      ...bySystem,
    }),
  ],
  "pjsip-amd-silence": [answered(up, { amd: "NOTSURE", ...bySystem })],
  "pjsip-answer-far-hangup": [answered(rungUp)],
  "pjsip-answer-our-hangup": [answered(up, bySystem)],
  "pjsip-busy-486": [declined],
  "pjsip-early-media-183": [answered(progressUp)],
  "pjsip-early-media-flag": [answered(progressUp)],
  "pjsip-hangup-while-up": [answered(up, bySystem)],
  "pjsip-noanswer-timeout": [
    attempt("NO_ANSWER", "NO_ANSWER", rung, { cause: 19, ...byTimeout }),
  ],
  "pjsip-queue-agent": [answered(talked, { ...agent1, source: "AGENT" })],

  "originate-bad-exten": [
    nothing,
    answered(up, { cause: null, ...bySystem }),
    nothing,
  ],
  "originate-bad-tech": [noWayOut],
  "originate-channelid-prefix": [answered(up, bySystem), noWayOut],
  "originate-codecs-account": [answered(rungUp)],
  "originate-dead-trunk": [
    attempt("FAILED", "NETWORK_CONGESTION", [], {
      cause: 18,
      sip: 408,
      source: "CALLEE",
    }),
  ],
  "originate-many-variables": [answered(up, { cause: null, ...bySystem })],
  "originate-no-channel": [],
  "originate-no-failed-exten": [declined],
  "originate-no-such-endpoint": [noWayOut],
  "originate-silent-trunk-timeout": [
    attempt("FAILED", "NETWORK_CONGESTION", [], { cause: 19, ...byTimeout }),
  ],
  "originate-sync": [answered(rungUp), declined],
  "originate-watched-trunk": [noWayOut],

  "dialplan-dial-180": [
    attempt("NO_ANSWER", "NO_ANSWER", rung, { cause: 16, ...byTimeout }),
  ],
  "dialplan-dial-200": [answered(rungUp)],
  "dialplan-dial-404": [invalid],
  "dialplan-dial-486": [declined],
  "dialplan-dial-503": [congested],
  // Behind these Local channels is a dialplan that plays the carrier itself: nobody outside was dialled.
  "local-180-timeout": [
    attempt("FAILED", "NETWORK_CONGESTION", [], { cause: 19, ...byTimeout }),
  ],
  "local-183-early-media": [noWayOut],
  "local-200": [noWayOut],
  "local-404": [noWayOut],
  "local-486": [noWayOut],
  "local-503": [noWayOut],
  "local-agent-bridge": [noWayOut],
  "local-amd-human": [noWayOut],
  "local-busyapp": [noWayOut],
  "local-congapp": [noWayOut],
  "local-optimised-n": [noWayOut],

  "action-before-login": [nothing],
  "core-show-channels": [
    attempt("NO_ANSWER", "NO_ANSWER", rung),
    answered(up, { cause: null, ...bySystem }),
    answered(talked, { ...agent1, ...bySystem }),
  ],
  "event-filter-runtime-denied": [],
  "event-filter-runtime": [noWayOut],
  "event-mask-off-on": [nothing, noWayOut],
  "filtered-user-answer": [answered(rungUp, { source: null })],
  "full-flood-answer": [answered(rungUp)],
  "hangup-by-regex": [
    attempt("NO_ANSWER", "NO_ANSWER", rung, { cause: 16 }),
    answered(up, bySystem),
  ],
  "hangup-unknown-channel": [answered(up, { cause: null, ...bySystem })],
  "login-events-off": [nothing],
  "login-failed-acl": [],
  "login-failed-unknown-user": [],
  "login-failed": [],
  "login-ok-md5": [],
  "login-ok": [],
  "long-line": [],
  "originate-crlf-injection": [],
  "originate-dangerous-app": [nothing, nothing, nothing, nothing],
  "permission-denied": [nothing],
  ping: [],
  "setvar-getvar": [answered(up, { cause: null, ...bySystem })],
  "status-one-channel": [answered(up, { cause: null, ...bySystem })],
  "unknown-action": [],

  "asterisk-after-restart": [],
  "asterisk-core-restart": [
    answered(up, { cause: null, ...bySystem }),
    attempt("NO_ANSWER", "NO_ANSWER", rung, bySystem),
  ],
  "asterisk-killed": [
    attempt("ANSWERED", null, up),
    attempt("RINGING", null, rung),
  ],
  "asterisk-stop-gracefully": [],
  "fully-booted-during-boot": [],
};

/** The same words for what came out. */
export function describeAttempt(facts: AttemptFacts): ExpectedAttempt {
  const seen = [
    ["rung", facts.ringAt],
    ["progress", facts.earlyMediaAt],
    ["answered", facts.answerAt],
    ["bridged", facts.bridgeAt],
  ] as const;
  return {
    state: facts.state,
    outcome: facts.outcome,
    cause: facts.hangupCauseCode,
    sip: facts.sipFinalCode,
    source: facts.hangupSource,
    seen: seen.filter(([, at]) => at !== null).map(([word]) => word),
    agentId: facts.agentId,
    amd: facts.amdResult,
  };
}
