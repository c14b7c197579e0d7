/** The words in which the end of a recorded call is expected. */
import type { AttemptFacts } from "../../../../dialing/call-facts.ts";
import { outcomeTraits } from "../../../../dialing/outcome.ts";
import type { Outcome } from "../../../../dialing/outcome.ts";

export interface ExpectedAttempt {
  readonly state: AttemptFacts["state"];
  readonly outcome: AttemptFacts["outcome"];
  /** Name, Q.850 number, and the SIP status if one came. */
  readonly cause: string;
  readonly source: AttemptFacts["hangupSource"];
  readonly seen: readonly ("rung" | "progress" | "answered" | "bridged")[];
  readonly agentId: string | null;
  readonly amd: AttemptFacts["amdResult"];
}

export type Given = Partial<Pick<ExpectedAttempt, "agentId" | "amd">>;
export type Seen = ExpectedAttempt["seen"];

export function ended(
  outcome: Outcome,
  seen: Seen,
  cause: string,
  source: ExpectedAttempt["source"],
  given: Given = {},
): ExpectedAttempt {
  const state = outcomeTraits[outcome].endState;
  return { ...live(state, seen), outcome, cause, source, ...given };
}

/** Not over when the recording ends. */
export function live(
  state: ExpectedAttempt["state"],
  seen: Seen,
  given: Given = {},
): ExpectedAttempt {
  const unknown = { outcome: null, cause: "", source: null };
  return { state, seen, agentId: null, amd: null, ...unknown, ...given };
}

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
    cause: [facts.hangupCause, facts.hangupCauseCode, facts.sipFinalCode]
      .filter((part) => part !== null)
      .join(" "),
    source: facts.hangupSource,
    seen: seen.filter(([, at]) => at !== null).map(([word]) => word),
    agentId: facts.agentId,
    amd: facts.amdResult,
  };
}
