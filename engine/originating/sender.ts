/**
 * From the commit of a claim to the PBX's answer: the last check, the write, and what the answer means for the rate and
 * for the call.
 *
 * All Originates wait after the switch itself refused one (`refusal-back-off.ts`), and while the result of one is
 * unknown (`circuit-breaker.ts`).
 */
import type {
  CallEvent,
  OriginateRequest,
  OriginateResult,
  VoiceAdapter,
} from "../../adapters/port.ts";
import { RecentIds } from "../../adapters/calls/recent-ids.ts";
import type { ClaimedAttempt } from "../../database/originating.ts";
import type { Logger } from "pino";
import type { RateLimiters } from "./rate-limiters.ts";
import { HandOverChecks } from "./hand-over-checks.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { RefusalBackOff } from "./refusal-back-off.ts";
import { fillDialString } from "../../dialing/phone-number.ts";

/** The longest time between claim and write; a new leader waits this out. */
const commitToWireMs = 1_000;

/** Those of the last second are enough. */
const mostWithdrawn = 10_000;

/** A permit that a call received. */
export interface RatePermit {
  readonly rateGroup: string;
  readonly permit: number;
}

export interface OriginateSenderDependencies {
  readonly adapter: VoiceAdapter;
  readonly rateLimiters: RateLimiters;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  readonly isTrusted: () => boolean;
  /** Receives what the engine itself learns about a call: refused, not sent. */
  readonly onCallEvent: (event: CallEvent) => void;
  readonly onSent: (attempt: ClaimedAttempt) => void;
  /** The PBX has no such extension or context: nothing was sent for this campaign, and nothing should be. */
  readonly onNoHandOver: (campaignId: string) => void;
  /** The PBX has answered a call, or the circuit breaker has closed: others may go on. */
  readonly onFreed: () => void;
}

export class OriginateSender {
  readonly #deps: OriginateSenderDependencies;
  /** When each campaign's last notice of a pause came, monotonic ms. */
  readonly #paused = new Map<string, number>();
  /** Claimed calls that must not be written any more: their number was added to a do-not-call list. */
  readonly #withdrawn = new RecentIds(mostWithdrawn);
  readonly #refusalBackOff = new RefusalBackOff();
  readonly #circuitBreaker: CircuitBreaker;
  readonly #handOvers: HandOverChecks;
  /** Written, and nothing came back: they count as acknowledged once the PBX answers something else. */
  readonly #unacknowledged: RatePermit[] = [];

  constructor(dependencies: OriginateSenderDependencies) {
    this.#deps = dependencies;
    this.#handOvers = new HandOverChecks(dependencies);
    this.#circuitBreaker = new CircuitBreaker({
      adapter: dependencies.adapter,
      log: dependencies.log,
      onClosed: () => {
        this.#noteBreakerClosed();
      },
    });
  }

  /** Nothing may be claimed before this, monotonic ms; Infinity while the circuit breaker is open. */
  get heldUntilMs(): number {
    return this.#circuitBreaker.isOpen
      ? Infinity
      : this.#refusalBackOff.untilMs;
  }

  stop(): void {
    this.#circuitBreaker.stop();
  }

  /** A notice said that a campaign was paused, cancelled or started again. */
  noteCampaign(campaignId: string, status: string): void {
    this.#handOvers.forget(campaignId);
    if (status === "ACTIVE") this.#paused.delete(campaignId);
    else this.#paused.set(campaignId, this.#deps.nowMs());
  }

  noteWithdrawn(attemptIds: readonly string[]): void {
    for (const id of attemptIds) this.#withdrawn.add(id);
  }

  /** The connection to the PBX is up, for the first time or again. */
  notePbxConnected(): void {
    this.#handOvers.forgetAll();
  }

  /** The switch refused a call that it had acknowledged. */
  noteRefused(): void {
    this.#refusalBackOff.refusedLater(this.#deps.nowMs());
  }

  /** @param claimedMs when the call that is being dialled was claimed, monotonic ms */
  noteDialled(claimedMs: number): void {
    this.#refusalBackOff.dialled(claimedMs);
  }

  /** Writes the Originate of a claimed attempt, unless something speaks against it at this moment. */
  async send(
    permit: RatePermit,
    attempt: ClaimedAttempt,
    claimedMs: number,
  ): Promise<void> {
    const { adapter, rateLimiters, nowMs, log } = this.#deps;
    const mayWrite = () => {
      if (!this.#mayWrite(attempt, claimedMs)) return false;
      rateLimiters.noteSent(attempt.trunkId, nowMs());
      this.#deps.onSent(attempt);
      return true;
    };
    let result: OriginateResult;
    try {
      result = (await this.#hasHandOver(attempt))
        ? await adapter.originate(requestOf(attempt), mayWrite)
        : this.#withoutHandOver(attempt);
    } catch (error) {
      // It is unknown whether it was sent: reconciliation asks the PBX.
      log.error(
        { err: error, attemptId: attempt.id },
        "Originate failed unexpectedly",
      );
      result = { status: "unknown", message: String(error) };
    }
    this.#closePermit(permit, attempt, result);
    this.#noteResult(attempt, result);
    this.#deps.onFreed();
  }

  /** Nobody is called if there is nowhere to put the answered call; asks nothing while an earlier answer stands. */
  #hasHandOver(attempt: ClaimedAttempt): true | Promise<boolean> {
    return this.#handOvers.isKnown(attempt) || this.#handOvers.exists(attempt);
  }

  #withoutHandOver(attempt: ClaimedAttempt): OriginateResult {
    const { campaignId, context, extension } = attempt;
    this.#deps.onNoHandOver(campaignId);
    const where = context === null ? "the PBX's context" : `context ${context}`;
    const message = `The dialplan has no extension ${extension} in ${where}`;
    return { status: "not_sent", message };
  }

  #mayWrite(attempt: ClaimedAttempt, claimedMs: number): boolean {
    const young = this.#deps.nowMs() - claimedMs <= commitToWireMs;
    // A claim that began later has read the campaign's row; a missed notice must not stop it for good.
    const pausedMs = this.#paused.get(attempt.campaignId) ?? -Infinity;
    return (
      young &&
      !this.#withdrawn.has(attempt.id) &&
      // It may have been claimed just before the PBX fell silent.
      !this.#circuitBreaker.isOpen &&
      this.#deps.isTrusted() &&
      pausedMs < claimedMs
    );
  }

  #closePermit(
    permit: RatePermit,
    attempt: ClaimedAttempt,
    { status }: OriginateResult,
  ): void {
    const { rateLimiters, nowMs } = this.#deps;
    if (status === "not_sent")
      rateLimiters.returned(permit.rateGroup, permit.permit);
    else if (status === "unknown") {
      this.#unacknowledged.push(permit);
      this.#circuitBreaker.trip(attempt.id);
    } else rateLimiters.acknowledged(permit.rateGroup, permit.permit, nowMs());
  }

  #noteBreakerClosed(): void {
    const { rateLimiters, nowMs } = this.#deps;
    for (const { rateGroup, permit } of this.#unacknowledged.splice(0))
      rateLimiters.acknowledged(rateGroup, permit, nowMs());
    // Permits are not kept for ever; whatever the PBX has just read, however old, belongs to this second.
    rateLimiters.assumeSpent(nowMs());
    this.#deps.onFreed();
  }

  #noteResult(attempt: ClaimedAttempt, result: OriginateResult): void {
    if (result.status === "accepted") {
      this.#refusalBackOff.accepted();
      return;
    }
    const { log, onCallEvent } = this.#deps;
    log.warn({ attemptId: attempt.id, result }, "Originate not accepted");
    if (result.status === "unknown") return;
    const base = {
      attemptId: attempt.id,
      at: new Date().toISOString(),
      message: result.message,
    };
    if (result.status === "not_sent") {
      onCallEvent({ ...base, kind: "NOT_SENT", dedupKey: "NOT_SENT" });
      return;
    }
    if (result.reason === "SWITCH_REFUSED")
      this.#refusalBackOff.refused(this.#deps.nowMs());
    onCallEvent({
      ...base,
      kind: "REFUSED",
      reason: result.reason,
      dedupKey: "REFUSED",
    });
  }
}

/**
 * The adapter's request, from what the claim read.
 *
 * @throws PhoneNumberError when the trunk's dial string has an unknown placeholder
 */
function requestOf(attempt: ClaimedAttempt): OriginateRequest {
  return {
    attemptId: attempt.id,
    campaignId: attempt.campaignId,
    leadId: attempt.leadId,
    dialString: fillDialString(attempt.dialString, attempt.phoneE164),
    callerId: attempt.callerId,
    context: attempt.context,
    extension: attempt.extension,
    setupTimeoutSeconds: attempt.setupTimeoutSeconds,
    ringTimeoutSeconds: attempt.ringTimeoutSeconds,
    maxCallDurationSeconds: attempt.maxCallDurationSeconds,
    variables: Object.fromEntries(
      Object.entries(attempt.variables).map(([name, value]) => [
        name,
        String(value),
      ]),
    ),
  };
}
