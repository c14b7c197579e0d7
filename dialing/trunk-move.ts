/** Whether a dial that failed may go on through another trunk. What becomes of the lead otherwise: `dialer_decide_lead`. */
import { outcomeTraits, type Outcome } from "./outcome.ts";

export interface TrunkMoveFacts {
  readonly outcome: Outcome;
  /** 180 or 183 was seen: the person's phone has rung. */
  readonly rung: boolean;
  /** Moves that this dial has made already. */
  readonly movesSoFar: number;
  readonly otherTrunkAvailable: boolean;
}

/** Whether this dial goes on through another trunk: at most once, and never when the person was rung. */
export function mayMoveTrunk(facts: TrunkMoveFacts): boolean {
  return (
    outcomeTraits[facts.outcome].mayMoveTrunk &&
    !facts.rung &&
    facts.movesSoFar < 1 &&
    facts.otherTrunkAvailable
  );
}
