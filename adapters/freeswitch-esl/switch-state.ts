/** What the switch reports about itself: which run it is, and what it allows. */
import { noLimits } from "../port.ts";
import type { ConnectionState, SwitchLimits } from "../port.ts";
import { timeOf } from "./event.ts";
import type { EslEvent } from "./event.ts";

/** Start times that differ by more than this are different starts: `status` counts from a clock that drifts. */
const SAME_START_MS = 5_000;
/** No switch takes longer to load its modules. */
const STARTS_WITHIN_MS = 60_000;
const CORE_UUID = /^[0-9a-f-]{36}$/i;

export class SwitchState {
  #coreUuid: string | null = null;
  #startedMs: number | null = null;
  #greeted: {
    readonly coreUuid: string | null;
    readonly startedMs: number | null;
  } | null = null;
  #limits = noLimits;
  #isPaused = false;
  #startedThisSecond: number | null = null;
  #clockOffsetMs: number | null = null;
  /** It announced its shutdown. */
  sawShutdown = false;

  get limits(): SwitchLimits {
    return this.#limits;
  }

  /** With the switch's clock less ours, once it has given its time. */
  withClock(
    state: Extract<ConnectionState, { status: "CONNECTED" }>,
  ): Extract<ConnectionState, { status: "CONNECTED" }> {
    const clockOffsetMs = this.#clockOffsetMs;
    return clockOffsetMs === null ? state : { ...state, clockOffsetMs };
  }

  /** @param event one that is sent at once; on an idle switch up to 20 ms late */
  noteClock(event: EslEvent, nowMs: number): void {
    const at = timeOf(event.get("Event-Date-Timestamp"));
    if (at !== null) this.#clockOffsetMs = Date.parse(at) - nowMs;
  }

  /** Whether its last status leaves room for a session now, also in this second; true while no limits are known. */
  get hasRoom(): boolean {
    const { maxSessions, sessionsPerSecond, sessions } = this.#limits;
    // Of N sessions per second N - 1 pass (recorded: 5 gives 4).
    const isSecondFull =
      (this.#startedThisSecond ?? 0) >= (sessionsPerSecond ?? Infinity) - 1;
    return !isSecondFull && (sessions ?? 0) < (maxSessions ?? Infinity);
  }

  /** `fsctl pause` refuses every call, and the status shows it; `pause outbound` is not shown anywhere. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /**
   * Takes a new connection's first answers; they count once it is {@link confirmed}.
   *
   * @param status of `api status`
   * @param coreUuid of `api global_getvar core_uuid`; anything else when this user may not ask
   * @returns whether the switch was restarted since the last connection
   */
  greeted(status: string, coreUuid: string, nowMs: number): boolean {
    this.noteStatus(status);
    const upMs = uptimeOf(status);
    const startedMs = upMs === null ? null : nowMs - upMs;
    const core = CORE_UUID.test(coreUuid) ? coreUuid : null;
    const restarted =
      core !== null && this.#coreUuid !== null
        ? core !== this.#coreUuid
        : startedMs !== null &&
          this.#startedMs !== null &&
          startedMs - this.#startedMs > SAME_START_MS;
    this.#greeted = {
      coreUuid: core ?? (restarted ? null : this.#coreUuid),
      startedMs: startedMs ?? this.#startedMs,
    };
    return restarted;
  }

  /** That connection is up, and its findings were emitted. */
  confirmed(): void {
    this.sawShutdown = false;
    if (this.#greeted === null) return;
    this.#coreUuid = this.#greeted.coreUuid;
    this.#startedMs = this.#greeted.startedMs;
    this.#greeted = null;
  }

  noteStatus(status: string): void {
    const ready = /^FreeSWITCH .* is (not )?ready/im.exec(status);
    if (ready !== null) this.#isPaused = ready[1] !== undefined;
    const perSecond = /out of max (\d{1,7})/.exec(status)?.[1];
    const inSecond = /^(\d{1,9}) session\(s\) per Sec out of/m.exec(
      status,
    )?.[1];
    this.#startedThisSecond = numberOf(inSecond);
    const max = /^(\d{1,9}) session\(s\) max/m.exec(status)?.[1];
    const now = /^(\d{1,9}) session\(s\) - peak/m.exec(status)?.[1];
    this.#note(max, perSecond, now);
  }

  /**
   * HEARTBEAT, every 20 s. Its Session-Per-Sec is not the limit but what is left of the current second (switch_core.c;
   * `heartbeat-foreign-traffic`): only `status` says how many may start.
   */
  noteHeartbeat(event: EslEvent): void {
    const core = event.get("Core-UUID");
    if (core !== undefined && CORE_UUID.test(core)) this.#coreUuid ??= core;
    this.#note(
      event.get("Max-Sessions"),
      undefined,
      event.get("Session-Count"),
    );
  }

  #note(
    max: string | undefined,
    perSecond: string | undefined,
    now: string | undefined,
  ): void {
    const before = this.#limits;
    const sessions = numberOf(now);
    this.#limits = {
      maxSessions: numberOf(max) ?? before.maxSessions,
      sessionsPerSecond: numberOf(perSecond) ?? before.sessionsPerSecond,
      sessions: sessions ?? before.sessions,
      sessionsAt: sessions === null ? before.sessionsAt : new Date(),
    };
  }
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/**
 * Whether the switch that says it is not ready is still starting; later it was paused (recorded after 7 minutes:
 * `limit-fsctl-pause-1.10`).
 */
export function isStarting(status: string): boolean {
  const upMs = uptimeOf(status);
  return (
    /^FreeSWITCH .* is not ready/im.test(status) &&
    (upMs === null || upMs < STARTS_WITHIN_MS)
  );
}

/** @param status begins with `UP 0 years, 0 days, 0 hours, 6 minutes, 52 seconds, 189 milliseconds, …` */
function uptimeOf(status: string): number | null {
  const found =
    /^UP (\d+) years?, (\d+) days?, (\d+) hours?, (\d+) minutes?, (\d+) seconds?/.exec(
      status,
    );
  if (found === null) return null;
  const [years, days, hours, minutes, seconds] = found.slice(1).map(Number);
  const inDays = (years ?? 0) * 365 + (days ?? 0);
  const inMinutes = (inDays * 24 + (hours ?? 0)) * 60 + (minutes ?? 0);
  return (inMinutes * 60 + (seconds ?? 0)) * 1_000;
}
