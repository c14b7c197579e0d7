/**
 * Whether a campaign's answered calls have somewhere to go, asked of the PBX before its first call of a leader term.
 *
 * The answer stands until the campaign is started again, its context or extension changes, the connection to the PBX is
 * new, or ten minutes have passed. "Missing" never stands, so that correcting the dialplan needs no restart. Calls that
 * come together share one question. If a PBX cannot tell, dialling goes on, and the first call shows it.
 */
import type { HandOverFinding, VoiceAdapter } from "../../adapters/port.ts";

const standsForMs = 600_000;
/** An unknown result costs one question each time it is asked again. */
const unknownStandsForMs = 60_000;

export interface HandOver {
  readonly campaignId: string;
  readonly context: string | null;
  readonly extension: string;
}

export interface HandOverChecksDependencies {
  readonly adapter: Pick<VoiceAdapter, "handOverExists">;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

interface Known {
  readonly key: string;
  readonly untilMs: number;
}

export class HandOverChecks {
  readonly #deps: HandOverChecksDependencies;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<HandOverFinding>>();

  constructor(dependencies: HandOverChecksDependencies) {
    this.#deps = dependencies;
  }

  /** The campaign was started again, or changed. */
  forget(campaignId: string): void {
    this.#known.delete(campaignId);
  }

  /** The PBX may have another dialplan now. */
  forgetAll(): void {
    this.#known.clear();
  }

  /** True without a question, because it was asked recently. */
  isKnown(handOver: HandOver): boolean {
    const known = this.#known.get(handOver.campaignId);
    return known?.key === keyOf(handOver) && this.#deps.nowMs() < known.untilMs;
  }

  /** @returns false when the PBX says that there is no such place */
  async exists(handOver: HandOver): Promise<boolean> {
    if (this.isKnown(handOver)) return true;
    const key = `${handOver.campaignId} ${keyOf(handOver)}`;
    const asking =
      this.#asking.get(key) ??
      this.#ask(handOver).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return (await asking) !== "missing";
  }

  async #ask(handOver: HandOver): Promise<HandOverFinding> {
    const { adapter, nowMs } = this.#deps;
    const { campaignId, context, extension } = handOver;
    const finding = await adapter.handOverExists(context, extension);
    const forMs = finding === "exists" ? standsForMs : unknownStandsForMs;
    if (finding === "missing") this.#known.delete(campaignId);
    else
      this.#known.set(campaignId, {
        key: keyOf(handOver),
        untilMs: nowMs() + forMs,
      });
    return finding;
  }
}

function keyOf({ context, extension }: HandOver): string {
  return JSON.stringify([context, extension]);
}
