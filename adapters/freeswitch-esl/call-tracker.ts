/**
 * Events of FreeSWITCH in, call events out. Foreign channels are ignored (`call-registry.ts`).
 *
 * FreeSWITCH reports a talk once, on the leg that was joined to the other: the caller's leg after `bridge` and in a
 * queue, either leg after `uuid_bridge`.
 */
import { CallTracker, GRACE_MS } from "../calls/call-tracker.ts";
import type { CallTrackerOptions } from "../calls/call-tracker.ts";
import { PbxClock } from "../calls/pbx-clock.ts";
import type { AgentLeg } from "../calls/tracked-call.ts";
import { amdResultOf } from "./amd.ts";
import { EslCallRegistry } from "./call-registry.ts";
import type { OwnedLeg } from "./call-registry.ts";
import { readDialplanWord } from "./dialplan-words.ts";
import { endCauseOf } from "./end-cause.ts";
import { evenTimes, timeOf } from "./event.ts";
import type { EslEvent } from "./event.ts";
import { attemptOfJob, failureOf } from "./job.ts";
import type { EslCall } from "./tracked-call.ts";

/** The phone stopped ringing because somebody else ended it. */
const cancelled = new Set(["ORIGINATOR_CANCEL", "LOSE_RACE", "PICKED_OFF"]);

/** One event of FreeSWITCH may be overtaken by others for seconds: it dispatches them in several threads. */
const OVERTAKEN_MS = 30_000;

type Handler = (event: EslEvent, at: string, nowMs: number) => void;

export class EslCallTracker extends CallTracker<EslCallRegistry> {
  readonly #installationId: string;
  readonly #handlers: ReadonlyMap<string, Handler>;

  constructor(options: CallTrackerOptions) {
    const { emit, graceMs = GRACE_MS } = options;
    const clock = new PbxClock(OVERTAKEN_MS);
    super(new EslCallRegistry({ ...options, graceMs }, clock), clock, emit);
    this.#installationId = options.installationId;
    this.#handlers = new Map(Object.entries(this.#handlersByName()));
  }

  /** How much is remembered. */
  get sizes() {
    return this.registry.sizes;
  }

  /**
   * An originate is about to be written.
   * @returns false when there was one for this attempt already
   */
  sent(attemptId: string): boolean {
    if (this.registry.remembers(attemptId)) return false;
    this.registry.begin(attemptId, true);
    return true;
  }

  /**
   * @param nowMs epoch milliseconds of the event's arrival
   * @param steadyMs the same by a clock that has no steps
   */
  handle(given: EslEvent, nowMs: number, steadyMs = nowMs): void {
    const event = this.#even(given, steadyMs);
    const handler = this.#handlers.get(event.get("Event-Name") ?? "");
    if (handler === undefined) return;
    const givenAt = timeOf(event.get("Event-Date-Timestamp"));
    if (givenAt !== null) this.noteAhead(Date.parse(givenAt), nowMs);
    handler(event, givenAt ?? this.timeAt(nowMs), nowMs);
  }

  /** The event with times of the switch's clock without its steps; each call adds those from before its start. */
  #even(event: EslEvent, steadyMs: number): EslEvent {
    const at = timeOf(event.get("Event-Date-Timestamp"));
    if (at !== null) this.clock.note(Date.parse(at), steadyMs);
    return evenTimes(event, this.clock);
  }

  override connectionLost(nowMs: number): void {
    this.clock.forget();
    for (const call of this.registry.calls.values()) {
      call.hasGap();
      this.registry.settle(call, nowMs);
    }
    this.registry.forgetLegs();
    this.flush(Infinity);
  }

  override forgetAll(): void {
    for (const call of [...this.registry.calls.values()])
      this.registry.lose(call);
    this.registry.forgetLegs();
  }

  /** After a gap FreeSWITCH does not know that call: its end was missed, and reconciliation will find it. */
  lost(attemptId: string): void {
    const call = this.registry.calls.get(attemptId);
    if (call?.followed === false) this.registry.lose(call);
  }

  /** A live channel as `uuid_dump` shows it after a gap. @param steadyMs as of {@link handle} */
  adopt(given: EslEvent, steadyMs: number): void {
    const channel = this.#even(given, steadyMs);
    const call = this.registry.ownerOf(channel);
    if (call === null) return;
    call.noteTimes(channel);
    const at = timeOf(channel.get("Caller-Channel-Bridged-Time"));
    const otherId = channel.get("Other-Leg-Unique-ID");
    if (at === null || otherId === undefined) return;
    this.#talks(call, otherLegOf(channel, otherId), at);
  }

  #handlersByName(): Record<string, Handler> {
    const own: Handler = (event, at) => {
      this.#onOwnOrLeg(event, at);
    };
    const note =
      (text: string): Handler =>
      (event, at) => {
        this.registry.ownerOf(event)?.noted(text, at);
      };
    return {
      CHANNEL_CREATE: own,
      CHANNEL_PROGRESS: own,
      CHANNEL_PROGRESS_MEDIA: own,
      CHANNEL_ANSWER: own,
      CHANNEL_EXECUTE: (event, at) => {
        if (event.get("Application") !== "amd") return;
        this.registry.ownerOf(event)?.amdStarted(at);
      },
      CHANNEL_EXECUTE_COMPLETE: (event, at) => {
        if (event.get("Application") !== "amd") return;
        const result = amdResultOf(event);
        if (result !== null)
          this.registry.ownerOf(event)?.amdDecided(result, at);
      },
      CHANNEL_BRIDGE: (event, at) => {
        this.#onBridge(event, at);
      },
      CHANNEL_UNBRIDGE: (event, at) => {
        this.#onUnbridge(event, at);
      },
      CHANNEL_HOLD: note("hold"),
      CHANNEL_UNHOLD: note("unhold"),
      CHANNEL_HANGUP_COMPLETE: (event, at, nowMs) => {
        this.#onEnd(event, at, nowMs);
      },
      CHANNEL_DESTROY: (event, at, nowMs) => {
        this.#onEnd(event, at, nowMs);
      },
      BACKGROUND_JOB: (event, at, nowMs) => {
        this.#onJob(event, at, nowMs);
      },
      CUSTOM: (event, at, nowMs) => {
        this.#onCustom(event, at, nowMs);
      },
    };
  }

  #onOwnOrLeg(event: EslEvent, at: string): void {
    const call = this.registry.ownerOf(event);
    if (call !== null) {
      call.noteTimes(event);
      return;
    }
    const leg = this.registry.legOf(event);
    leg?.call.agentRings(leg, createdAt(event) ?? at);
  }

  #onBridge(event: EslEvent, at: string): void {
    const otherId = otherOf(event);
    const own = this.registry.ownerOf(event);
    if (own !== null) {
      own.noteTimes(event);
      this.#talks(own, otherLegOf(event, otherId), at);
    }
    // Both may be calls of ours: an agent whom we called first, too.
    const other = this.registry.calls.get(otherId);
    if (other === undefined) return;
    const id = event.get("Unique-ID") ?? "";
    const channel = event.get("Channel-Name") ?? "";
    this.#talks(other, { id, channel, agentId: agentOf(event, channel) }, at);
  }

  /** The event carries the hang-up of the leg that it speaks of, if that one went first. */
  #onUnbridge(event: EslEvent, at: string): void {
    const isGone = event.get("Hangup-Cause") !== undefined;
    this.registry.ownerOf(event)?.unbridged(isGone, at);
    const other =
      this.registry.calls.get(otherOf(event)) ??
      this.registry.leg(event.get("Unique-ID") ?? "")?.call;
    other?.unbridged(!isGone, at);
  }

  #talks(call: EslCall, found: AgentLeg, at: string): void {
    const known = this.registry.leg(found.id);
    if (known === undefined && found.id !== "")
      this.registry.addLeg(call, found);
    call.bridged(known?.call === call ? known : found, at);
  }

  #onEnd(event: EslEvent, at: string, nowMs: number): void {
    const call = this.registry.ownerOf(event);
    if (call !== null) {
      const endedAt = timeOf(event.get("Caller-Channel-Hangup-Time"));
      call.ended(event, endCauseOf(event), endedAt ?? at);
      this.registry.end(call);
      return;
    }
    const leg = this.registry.legOf(event);
    if (leg === null) return;
    // If its other events are late, this is the first one: it rang before it ended.
    leg.call.agentRings(leg, createdAt(event) ?? at);
    this.#onLegEnd(leg, event, at, nowMs);
  }

  #onLegEnd(leg: OwnedLeg, event: EslEvent, at: string, nowMs: number): void {
    this.registry.endLeg(leg);
    const cause = event.get("Hangup-Cause") ?? "";
    leg.call.agentDeclined(leg.id, at, cancelled.has(cause));
    this.registry.settle(leg.call, nowMs);
  }

  #onJob(event: EslEvent, at: string, nowMs: number): void {
    const jobUuid = event.get("Job-UUID") ?? "";
    const attemptId = attemptOfJob(jobUuid, this.#installationId);
    if (attemptId === null || this.registry.hasEnded(attemptId)) return;
    const failure = failureOf(event, at);
    if (failure === null) return;
    // Another engine's call, refused before it had a channel.
    const call =
      this.registry.calls.get(attemptId) ??
      this.registry.begin(attemptId, !this.registry.isLost(attemptId));
    call.failed(failure);
    this.registry.settle(call, nowMs);
  }

  #onCustom(event: EslEvent, at: string, nowMs: number): void {
    const word = readDialplanWord(event);
    if (word === null) return;
    const named = word.attemptId;
    const call = this.registry.calls.get(named) ?? this.registry.ownerOf(event);
    if (word.kind === "DISPOSITION") {
      this.emitDisposition(call?.attemptId ?? named, word.disposition, at);
      return;
    }
    if (call === null) return;
    if (word.kind === "AMD_STARTED") call.amdStarted(at);
    else if (word.kind === "AMD_RESULT") call.amdDecided(word.result, at);
    else call.waitsForAgent(at);
    this.registry.settle(call, nowMs);
  }
}

/** The same for every event of a channel. */
function createdAt(event: EslEvent): string | null {
  return timeOf(event.get("Caller-Channel-Created-Time"));
}

function otherOf(event: EslEvent): string {
  const id = event.get("Unique-ID");
  const sides = [
    event.get("Bridge-A-Unique-ID"),
    event.get("Bridge-B-Unique-ID"),
  ];
  const other = event.get("Other-Leg-Unique-ID");
  return other ?? sides.find((side) => side !== id) ?? "";
}

function otherLegOf(event: EslEvent, id: string): AgentLeg {
  const channel =
    event.get("Other-Leg-Channel-Name") ??
    event.get("variable_bridge_channel") ??
    "";
  return { id, channel, agentId: agentOf(event, channel) };
}

function agentOf(event: EslEvent, channel: string): string {
  return event.get("variable_cc_agent") ?? channel;
}
