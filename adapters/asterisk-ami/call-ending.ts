/** What the end of an unanswered call says, from everything that was told of it. */
import type { EndCause, HangupSource } from "../port.ts";
import type { Leg } from "./legs.ts";

/** OriginateResponse Failure; `reason` 3 is our own time-out, everything else says nothing. */
export interface Failure {
  readonly at: string;
  readonly reason: number;
  /** Of the very Originate that we wrote, not of another engine's. */
  readonly isOurs: boolean;
}

/** What a carrier tells of a call that is not answered yet. */
export type Progress = "RINGING" | "EARLY_MEDIA";

const OUR_TIMEOUT = 3;
/** Q.850 19, what Asterisk itself gives a leg that it stopped dialling. */
const NO_ANSWER = 19;
const NORMAL_CLEARING = 16;

/** The legs between a Local channel and the carrier: its second half, and the trunk's. */
export class FarLegs {
  readonly #open = new Set<Leg>();
  #trunkLegs = 0;
  /** How the trunk's last leg ended. */
  trunkEnd: EndCause | null = null;
  secondHalf: EndCause | null = null;
  /** The dialplan's own Dial() ran out of time. */
  dialplanGaveUp = false;

  get areOver(): boolean {
    return this.#open.size === 0;
  }

  /** Somebody outside was dialled: without such a leg whatever is heard is our own dialplan. */
  get hasTrunkLeg(): boolean {
    return this.#trunkLegs > 0;
  }

  opened(leg: Leg): void {
    this.#open.add(leg);
    if (!leg.isLocal) this.#trunkLegs += 1;
  }

  /** It was the agent's after all. */
  dropped(leg: Leg): void {
    this.#open.delete(leg);
    if (!leg.isLocal) this.#trunkLegs -= 1;
  }

  ended(leg: Leg, end: EndCause): void {
    this.#open.delete(leg);
    if (leg.isLocal) {
      this.secondHalf = end;
      return;
    }
    this.trunkEnd = end;
    this.dialplanGaveUp =
      end.cause === null && leg.dialStatus === "NOANSWER" && !leg.askedToEnd;
  }

  /** What they did is no longer known. */
  clear(): void {
    this.#open.clear();
  }
}

/** All that is known when a call ends. */
export interface Ending {
  /** Of our own channel. */
  readonly own: EndCause;
  readonly failure: Failure | null;
  readonly source: HangupSource | null;
  readonly isLocal: boolean;
  readonly far: FarLegs;
}

export function isOurTimeout({ reason }: Failure): boolean {
  return reason === OUR_TIMEOUT;
}

/** Whether an unanswered call ended by the time-out that we gave it. */
export function timedOutBy(ending: Ending): boolean {
  const { failure, source, own } = ending;
  if (failure !== null && isOurTimeout(failure)) return true;
  if (ending.isLocal && ending.far.dialplanGaveUp) return true;
  // Without an OriginateResponse: nobody asked for the end, and Asterisk gave its own number.
  return failure === null && source === null && own.cause === NO_ANSWER;
}

/** The cause of an unanswered call: of a Local channel, that of the leg which knows most. */
export function causeOf({ own, isLocal, far }: Ending): EndCause {
  if (!isLocal) return own;
  const { trunkEnd, secondHalf } = far;
  if (trunkEnd !== null && trunkEnd.cause !== null) return trunkEnd;
  return saysMore(secondHalf) && !saysMore(own) ? secondHalf : own;
}

/** The end of an answered call. Its final status was 200; Asterisk's is made up from the cause of the BYE. */
export function endOfTalk(own: EndCause): EndCause {
  return { ...own, sipStatus: null, sipReason: null };
}

function saysMore(end: EndCause | null): end is EndCause {
  return end !== null && end.cause !== null && end.cause !== NORMAL_CLEARING;
}

/** Why a Local channel reached nobody, for an operator. */
export function noWayOut(hasExtension: boolean, isAnswered: boolean): string {
  if (!hasExtension)
    return "The dialplan has no extension for the number of the Local channel: its context does not exist, or none of its patterns fits";
  const ending = isAnswered
    ? "it answered by itself, which is an announcement or an application"
    : "it dialled nobody: no route for this number, or none of its trunks could be called";
  return `The dialplan behind the Local channel called no trunk: ${ending}`;
}
