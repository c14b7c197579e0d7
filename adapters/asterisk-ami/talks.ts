/**
 * Who talks with whom: the members of Asterisk's bridges, and which of them are calls of ours. Bridges of other
 * programs are followed too, because one of our calls may be moved into them.
 */
import { agentIdOf } from "./legs.ts";
import type { Leg } from "./legs.ts";
import type { AmiMessage } from "./message.ts";
import type { AmiCallRegistry } from "./call-registry.ts";
import type { AmiCall } from "./tracked-call.ts";

interface Member {
  readonly id: string;
  readonly channel: string;
}

const MAX_BRIDGES = 20_000;
/** Channels that a conference adds by itself, and listeners: nobody to talk to. */
const NOBODY = /^(?:CBAnn|CBRec|Announcer|Recorder|Snoop|Message)\//;
/** How many Local channels in a row are looked through. */
const MOST_HALVES = 5;

export class Talks {
  readonly #registry: AmiCallRegistry;
  readonly #bridges = new Bridges();

  constructor(registry: AmiCallRegistry) {
    this.#registry = registry;
  }

  /** Bridges that are followed. */
  get size(): number {
    return this.#bridges.size;
  }

  clear(): void {
    this.#bridges.clear();
  }

  destroyed(bridgeId: string): void {
    this.#bridges.destroyed(bridgeId);
  }

  /** Talking is being in a bridge with our own channel, which for a Local call is not the trunk's leg. */
  entered(bridgeId: string, message: AmiMessage, at: string): void {
    const id = message.get("uniqueid");
    if (id === undefined) return;
    if (message.get("bridgetechnology") === "holding_bridge") return;
    this.#registry.find(message);
    const channel = message.get("channel") ?? "";
    const members = this.#bridges.entered(bridgeId, { id, channel });
    const isMore = Number(message.get("bridgenumchannels") ?? "0") > 1;
    for (const member of members) {
      const call = this.#registry.calls.get(member.id);
      const partner = members.findLast((other) => other !== member);
      if (call === undefined) this.#answeredBehind(member, at);
      else if (partner !== undefined) this.#talks(call, partner, at);
      else if (isMore) call.bridged(null, at);
    }
  }

  #talks(call: AmiCall, partner: Member, at: string): void {
    const { id } = partner;
    const person = this.#personBehind(partner);
    const agentId =
      this.#registry.leg(person.id)?.agentId ?? agentIdOf(person.channel);
    call.bridged({ id, channel: person.channel, agentId }, at);
  }

  /**
   * A transfer by feature code puts a Local channel beside the customer; the person whom the agent called is in a
   * bridge with its other half. A queue member that is a Local channel is itself the agent, by that name.
   */
  #personBehind(member: Member): Member {
    let person = member;
    for (let hop = 0; hop < MOST_HALVES; hop += 1) {
      const leg = this.#registry.leg(person.id);
      if (!leg?.isLocal || leg.otherHalf === null || leg.isMember)
        return person;
      const next = this.#bridges.partnerOf(leg.otherHalf);
      if (next === undefined) return person;
      person = next;
    }
    return person;
  }

  /** Somebody came to the far half of a Local channel that the customer is already bridged with. */
  #answeredBehind(member: Member, at: string): void {
    const leg = this.#registry.leg(member.id);
    const near = this.#registry.leg(leg?.otherHalf ?? "");
    if (leg?.call.isBridgedWith(near?.id ?? "") !== true) return;
    if (near !== undefined) this.#talks(leg.call, near, at);
  }

  left(message: AmiMessage): void {
    const id = message.get("uniqueid") ?? "";
    const bridgeId = message.get("bridgeuniqueid") ?? "";
    this.#registry.calls.get(id)?.unbridged();
    for (const member of this.#bridges.left(bridgeId, id)) {
      const call = this.#registry.calls.get(member.id);
      if (call?.isBridgedWith(id) === true) call.unbridged();
    }
  }

  transferred(message: AmiMessage, note: string, at: string): void {
    if (message.get("result") !== "Success") return;
    const parties = [
      "transferee",
      "transferer",
      "origtransferer",
      "secondtransferer",
      "transfertarget",
    ];
    for (const party of parties) {
      const place = this.#registry.find(message, party);
      if (place === null) continue;
      place.call.noted(note, at);
      if (place.leg !== null) this.#givenAway(place.leg);
      return;
    }
  }

  /** An agent behind a Local channel transferred his half: it no longer leads to the member that the queue called. */
  #givenAway(leg: Leg): void {
    leg.isMember = false;
    const near = this.#registry.leg(leg.otherHalf ?? "");
    if (near !== undefined) near.isMember = false;
  }
}

/** Who is in which bridge. */
class Bridges {
  readonly #bridges = new Map<string, Map<string, Member>>();
  /** Bridges by their members' ids. */
  readonly #bridgeOf = new Map<string, string>();

  /** @returns all who are in that bridge now, announcers and recorders left out */
  entered(bridgeId: string, member: Member): readonly Member[] {
    let members = this.#bridges.get(bridgeId);
    if (members === undefined) {
      members = new Map();
      this.#bridges.set(bridgeId, members);
      if (this.#bridges.size > MAX_BRIDGES) {
        const [oldest] = this.#bridges.keys();
        if (oldest !== undefined) this.destroyed(oldest);
      }
    }
    if (!NOBODY.test(member.channel)) {
      members.set(member.id, member);
      this.#bridgeOf.set(member.id, bridgeId);
    }
    return [...members.values()];
  }

  /** Who is in a bridge with that one. */
  partnerOf(id: string): Member | undefined {
    const members = this.#bridges.get(this.#bridgeOf.get(id) ?? "");
    return [...(members?.values() ?? [])].findLast((other) => other.id !== id);
  }

  /** @returns who stays behind */
  left(bridgeId: string, id: string): readonly Member[] {
    const members = this.#bridges.get(bridgeId);
    members?.delete(id);
    if (this.#bridgeOf.get(id) === bridgeId) this.#bridgeOf.delete(id);
    if (members?.size === 0) this.#bridges.delete(bridgeId);
    return [...(members?.values() ?? [])];
  }

  get size(): number {
    return this.#bridges.size;
  }

  destroyed(bridgeId: string): void {
    for (const id of this.#bridges.get(bridgeId)?.keys() ?? [])
      if (this.#bridgeOf.get(id) === bridgeId) this.#bridgeOf.delete(id);
    this.#bridges.delete(bridgeId);
  }

  clear(): void {
    this.#bridges.clear();
    this.#bridgeOf.clear();
  }
}
