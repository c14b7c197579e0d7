/**
 * Who talks with whom. FreeSWITCH tells of a talk once, on the leg that was put to the other: the caller's
 * after `bridge` and in a queue, either one after `uuid_bridge`.
 */
import type { CallBook } from "./call-registry.ts";
import { timeOf } from "./event.ts";
import type { EslEvent } from "./event.ts";
import type { AgentLeg, TrackedCall } from "./tracked-call.ts";

export class CallTalks {
  readonly #book: CallBook;

  constructor(book: CallBook) {
    this.#book = book;
  }

  onBridge(event: EslEvent, at: string): void {
    const otherId = otherOf(event);
    const own = this.#book.ownerOf(event);
    if (own !== null) {
      own.noteTimes(event);
      this.#talks(own, otherLegOf(event, otherId), at);
    }
    // Both may be calls of ours: an agent whom we called first, too.
    const other = this.#book.calls.get(otherId);
    if (other === undefined) return;
    const id = event.get("Unique-ID") ?? "";
    const channel = event.get("Channel-Name") ?? "";
    this.#talks(other, { id, channel, agentId: agentOf(event, channel) }, at);
  }

  /** The event carries the hang-up of the leg that it speaks of, if that one went first. */
  onUnbridge(event: EslEvent, at: string): void {
    const isGone = event.get("Hangup-Cause") !== undefined;
    this.#book.ownerOf(event)?.unbridged(isGone, at);
    const other =
      this.#book.calls.get(otherOf(event)) ??
      this.#book.leg(event.get("Unique-ID") ?? "")?.call;
    other?.unbridged(!isGone, at);
  }

  /** A live channel as `uuid_dump` shows it after a gap. */
  adopt(channel: EslEvent): void {
    const call = this.#book.ownerOf(channel);
    if (call === null) return;
    call.noteTimes(channel);
    const at = timeOf(channel.get("Caller-Channel-Bridged-Time"));
    const otherId = channel.get("Other-Leg-Unique-ID");
    if (at === null || otherId === undefined) return;
    this.#talks(call, otherLegOf(channel, otherId), at);
  }

  #talks(call: TrackedCall, found: AgentLeg, at: string): void {
    const known = this.#book.leg(found.id);
    if (known === undefined && found.id !== "") this.#book.addLeg(call, found);
    call.bridged(known?.call === call ? known : found, at);
  }
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
