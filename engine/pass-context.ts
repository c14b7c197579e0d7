/** What the parts of one pass share. */
import type { Transaction } from "../database/pools.ts";
import type { CampaignToPass } from "../database/scheduling.ts";
import { isOpen } from "../dialing/calling-windows.ts";
import type { CallingWindow, WindowState } from "../dialing/calling-windows.ts";
import type { PassLines } from "./pass-trunks.ts";
import type { PassVerdict } from "./pass-verdict.ts";

export interface PassContext {
  readonly transaction: Transaction;
  readonly campaign: CampaignToPass;
  readonly windows: readonly CallingWindow[];
  readonly lines: PassLines;
  readonly verdict: PassVerdict;
  readonly random: () => number;
}

/** Whether, and until when, a zone may be called now; remembered for the length of a pass. */
export class ZoneHours {
  readonly #states = new Map<string, WindowState>();
  readonly #context: PassContext;

  constructor(context: PassContext) {
    this.#context = context;
  }

  at(zone: string): WindowState {
    const { windows, campaign } = this.#context;
    const name = zone === "" ? campaign.timezone : zone;
    const known =
      this.#states.get(name) ?? isOpen(windows, name, campaign.nowMs);
    this.#states.set(name, known);
    return known;
  }
}
