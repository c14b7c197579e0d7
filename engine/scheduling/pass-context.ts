/** What the parts of one pass share. */
import type { Transaction } from "../../database/pools.ts";
import { isKnownZone, isOpen } from "../../dialing/calling-windows.ts";
import type {
  CallingWindow,
  WindowState,
} from "../../dialing/calling-windows.ts";
import type { UsableTrunks } from "../../dialing/trunk-capacity.ts";
import type { Blockers } from "../../dialing/blockers.ts";
import type { CampaignToPass } from "../../dialing/pass-facts.ts";

export interface PassContext {
  readonly transaction: Transaction;
  readonly campaign: CampaignToPass;
  readonly hours: ZoneHours;
  readonly usable: UsableTrunks;
  readonly blockers: Blockers;
  readonly random: () => number;
}

/** A zone that does not exist is never open. */
export type ZoneState = WindowState & { readonly isKnown: boolean };

/** Whether, and until when, a zone may be called now; remembered for the length of a pass. */
export class ZoneHours {
  readonly #states = new Map<string, ZoneState>();
  readonly #windows: readonly CallingWindow[];
  readonly #campaign: Pick<CampaignToPass, "timezone" | "nowMs">;

  constructor(
    windows: readonly CallingWindow[],
    campaign: Pick<CampaignToPass, "timezone" | "nowMs">,
  ) {
    this.#windows = windows;
    this.#campaign = campaign;
  }

  /** @param zone empty for new leads: the campaign's */
  at(zone: string): ZoneState {
    const name = zone === "" ? this.#campaign.timezone : zone;
    const known = this.#states.get(name) ?? this.#stateOf(name);
    this.#states.set(name, known);
    return known;
  }

  /** Of the requested zones, the closed ones: the second since 1970 in which each opens. */
  opens(): Record<string, number> {
    return Object.fromEntries(
      [...this.#states].flatMap(([name, state]) =>
        state.open || state.opensAtMs === null
          ? []
          : [[name, state.opensAtMs / 1_000]],
      ),
    );
  }

  #stateOf(name: string): ZoneState {
    return isKnownZone(name)
      ? {
          ...isOpen(this.#windows, name, this.#campaign.nowMs),
          isKnown: true,
        }
      : { open: false, opensAtMs: null, isKnown: false };
  }
}
