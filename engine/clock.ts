import type { VoiceAdapter } from "../adapters/port.ts";

/** Monotonic milliseconds since the process started: for everything that must not jump with the wall clock. */
export function monotonicMs(): number {
  return performance.now();
}

/** Now by the PBX's clock, as far as its difference to ours is known: what we say of a call must fit among its times. */
export function pbxNow(adapter: Pick<VoiceAdapter, "connection">): Date {
  const state = adapter.connection();
  const offsetMs =
    state.status === "CONNECTED" ? (state.clockOffsetMs ?? 0) : 0;
  return new Date(Date.now() + offsetMs);
}
