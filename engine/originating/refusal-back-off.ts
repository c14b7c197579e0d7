/**
 * The pause after the switch itself refused a call: all Originates wait 250 ms, doubled up to 8 s.
 *
 * Asterisk refuses in its answer, FreeSWITCH some time after it has acknowledged. If no refusal came later than an
 * acknowledgement, an acknowledgement ends the back-off. Otherwise only a call does that was claimed after the last
 * refusal and was really dialled. Refusals of one burst count as one.
 */
import { BackOff } from "../../timing.ts";

const firstMs = 250;
const longestMs = 8_000;

export class RefusalBackOff {
  readonly #backOff = new BackOff(firstMs, longestMs);
  #lastMs = -Infinity;
  #comeLater = false;

  /** End of the pause, monotonic ms; -Infinity before the first. */
  get untilMs(): number {
    return this.#backOff.untilMs;
  }

  refused(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#backOff.refused(nowMs);
  }

  /** The refused call had been acknowledged. */
  refusedLater(nowMs: number): void {
    this.#comeLater = true;
    if (nowMs >= this.untilMs) this.refused(nowMs);
  }

  accepted(): void {
    if (!this.#comeLater) this.#backOff.succeeded();
  }

  /** @param claimedMs when the call that is being dialled was claimed, monotonic ms */
  dialled(claimedMs: number): void {
    if (claimedMs < this.#lastMs) return;
    this.#comeLater = false;
    this.#backOff.succeeded();
  }
}
