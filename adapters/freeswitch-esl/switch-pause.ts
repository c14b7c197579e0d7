/**
 * A switch that is up and refuses every call because an operator paused it. Its refusal names no reason, so its status
 * is asked for after a refusal, and repeatedly while it is paused, so that dialling resumes soon after the pause.
 *
 *   GOING ── status "not ready" (fsctl pause), or "true" to pause_check outbound ──▶ PAUSED ── says otherwise ──▶ GOING
 *   GOING ── refuses call after call though it has room, and shows no pause ──▶ REFUSING ── 2 s ──▶ PROBED
 *   PROBED ── refuses the one call that is let through ──▶ REFUSING; makes it ──▶ GOING
 *
 * No status shows `fsctl pause outbound`, and a restricted user may not run fsctl: then only the refusals are known.
 * The same holds for min-idle-cpu. A paused switch makes no call of what it refuses, so no dial is counted. If the
 * connection is lost meanwhile, the state stays as it is; the next connection's status and calls decide.
 */
import type { CallEvent, Pause } from "../port.ts";
import { PAUSED, PAUSED_OUTBOUND, REFUSES_ALL } from "./advice.ts";

/** How soon dialling resumes after the pause. */
const lookMs = 2_000;
/** Refusals in a row: a single one may be due to a full second. */
const refusalsOfAPause = 2;

export interface SwitchPauseDependencies {
  /** The answer to an API command; undefined when there is none. */
  readonly api: (line: string) => Promise<string | null | undefined>;
  /** Takes in what that status says, including the pause. */
  readonly onStatus: (text: string) => void;
  /** By its last status, only a pause can keep it from making a call. */
  readonly hasRoom: () => boolean;
  readonly onChange: () => void;
}

type Outbound = "GOING" | "PAUSED" | "REFUSING" | "PROBED";

export class SwitchPause {
  readonly #deps: SwitchPauseDependencies;
  #isPaused = false;
  #outbound: Outbound = "GOING";
  /** The call that is let through, once there is one. */
  #probe: string | null = null;
  /** In a row. */
  #refusals = 0;
  /** Sent since the last refusal. */
  readonly #sent = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(dependencies: SwitchPauseDependencies) {
    this.#deps = dependencies;
  }

  /** Why no call may be sent; null: calls may be sent. */
  get message(): string | null {
    if (this.#isPaused) return PAUSED;
    if (this.#outbound === "PAUSED") return PAUSED_OUTBOUND;
    return this.#outbound === "REFUSING" ? REFUSES_ALL : null;
  }

  /** What it adds to the state of the connection. */
  get asState(): { readonly paused?: Pause } {
    const { message } = this;
    return message === null
      ? {}
      : { paused: { reason: "SWITCH_PAUSED", message } };
  }

  /** A call is about to be written. @returns why it may not be; null: it may */
  admit(attemptId: string): string | null {
    const { message } = this;
    if (message !== null) return message;
    if (this.#outbound === "PROBED" && this.#probe !== null) return REFUSES_ALL;
    if (this.#outbound === "PROBED") {
      this.#probe = attemptId;
      this.#in(lookMs, () => this.#turn("GOING"));
    }
    this.#sent.add(attemptId);
    return null;
  }

  /** It was not written after all. */
  withdrawn(attemptId: string): void {
    this.#sent.delete(attemptId);
    if (this.#probe === attemptId) this.#probe = null;
  }

  /** What the status says of it now. */
  note(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    this.#deps.onChange();
    if (isPaused) this.#lookAgain();
  }

  /** The switch has refused a call. @param attemptId null: another installation's */
  refused(attemptId: string | null): void {
    if (attemptId !== null) this.#refusals += 1;
    this.#sent.clear();
    if (this.#outbound === "PROBED" && attemptId === this.#probe)
      this.#turn("REFUSING");
    void this.look();
  }

  /** Asks for the status. A failure is ignored: the ping asks the same. */
  async look(): Promise<void> {
    const status = await this.#deps.api("status");
    if (typeof status === "string") this.#deps.onStatus(status);
    // Any answer but true and false: this user may not ask.
    const said = (await this.#deps.api("fsctl pause_check outbound"))?.trim();
    if (this.#isStopped) return;
    if (said === "true") this.#turn("PAUSED");
    else if (said === "false" && this.#outbound === "PAUSED")
      this.#turn("GOING");
    const isRefusing =
      this.#refusals >= refusalsOfAPause &&
      !this.#isPaused &&
      this.#outbound === "GOING";
    if (isRefusing && this.#deps.hasRoom()) this.#turn("REFUSING");
  }

  /** A paused switch makes no call of what it refuses; after any other result a call was made. */
  judged(event: CallEvent): CallEvent {
    const isRefusal =
      event.kind === "REFUSED" && event.reason === "SWITCH_REFUSED";
    if (!isRefusal) {
      this.#made(event.attemptId);
      return event;
    }
    const isPaused = this.#isPaused || this.#outbound !== "GOING";
    const message = this.message ?? REFUSES_ALL;
    return isPaused ? { ...event, kind: "NOT_SENT", message } : event;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #made(attemptId: string): void {
    if (!this.#sent.delete(attemptId)) return;
    this.#refusals = 0;
    if (this.#probe === attemptId) this.#turn("GOING");
  }

  #turn(outbound: Outbound): void {
    if (outbound === this.#outbound || this.#isStopped) return;
    const before = this.message;
    this.#outbound = outbound;
    this.#probe = null;
    if (outbound === "GOING") this.#refusals = 0;
    if (outbound === "PAUSED") this.#lookAgain();
    else if (outbound === "REFUSING")
      this.#in(lookMs, () => this.#turn("PROBED"));
    if (before !== this.message) this.#deps.onChange();
  }

  #lookAgain(): void {
    this.#in(lookMs, () => {
      void this.look().then(() => {
        if (this.#isPaused || this.#outbound === "PAUSED") this.#lookAgain();
      });
    });
  }

  #in(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(act, ms);
  }
}
