/** Which trunk a number of a pass can have, and which full trunks its leads wait for. */
import { asCandidate } from "../../dialing/capacity.ts";
import { numberKind } from "../../dialing/phone-number.ts";
import { chooseTrunk, takesNumber } from "../../dialing/trunk-choice.ts";
import type {
  NoTrunkReason,
  NumberToDial,
} from "../../dialing/trunk-choice.ts";
import type { PassContext } from "./pass-context.ts";
import { withLimitGroups } from "../../dialing/trunk-capacity.ts";
import type { PassTrunk } from "../../dialing/trunk-capacity.ts";

/** `waits`: trunks take the number, but those are full now. */
export type Route =
  | { readonly trunk: PassTrunk }
  | {
      readonly trunk: null;
      readonly reason: NoTrunkReason;
      readonly waits: boolean;
    };

type RoutingContext = Pick<PassContext, "campaign" | "usable" | "random">;

export class Routing {
  readonly #context: RoutingContext;
  readonly #numbers = new Map<string, NumberToDial>();
  readonly #wanted = new Set<string>();

  constructor(context: RoutingContext) {
    this.#context = context;
  }

  /** @param movedFrom a trunk that is not to be used again */
  routeFor(e164: string, movedFrom: string | null): Route {
    const { usable, campaign, random } = this.#context;
    const number = this.#numberOf(e164);
    const candidates = usable.trunks
      .filter((trunk) => trunk.id !== movedFrom)
      .map((trunk) => asCandidate(trunk, usable.capacity));
    const choice = chooseTrunk(candidates, number, campaign.nowMs, random());
    if (choice.trunk !== null) return choice;
    const waits = choice.reason === "CPS" || choice.reason === "TRUNK_CHANNELS";
    if (waits)
      for (const trunk of candidates)
        if (takesNumber(trunk, number)) this.#wanted.add(trunk.id);
    return { ...choice, waits };
  }

  /** Leads wait, and no trunk is free for any. */
  wantAll(): void {
    for (const trunk of this.#context.usable.trunks) this.#wanted.add(trunk.id);
  }

  /** Trunks that leads wait for while other campaigns' calls use them; none if the campaign may have no more calls. */
  waitingForTrunks(): string[] {
    const { usable, campaign } = this.#context;
    return usable.capacity.campaignFree > 0
      ? withLimitGroups(this.#wanted, campaign.trunks)
      : [];
  }

  /** Nodes that had no place left for a lead. */
  waitingForNodes(): string[] {
    const { capacity, trunks } = this.#context.usable;
    if (capacity.campaignFree <= 0 || this.#wanted.size === 0) return [];
    const nodes = new Set(trunks.map(({ node }) => node));
    return [...nodes].filter((node) => capacity.nodeFree(node) <= 0);
  }

  #numberOf(e164: string): NumberToDial {
    const known = this.#numbers.get(e164);
    if (known !== undefined) return known;
    const { defaultCountry } = this.#context.campaign;
    const number = { e164, kind: numberKind(e164, defaultCountry) };
    this.#numbers.set(e164, number);
    return number;
  }
}
