/**
 * Times inside an event of FreeSWITCH by its clock without the steps that it has had (`fsctl sync_clock`). An end carries the times
 * of all that came before it, each by the clock of its own moment.
 */
import type { PbxClock } from "../calls/pbx-clock.ts";
import { timeOf } from "./event.ts";
import type { EslEvent } from "./event.ts";

const TIMES = /^(?:Event-Date-Timestamp|Caller-Channel-[A-Za-z-]+-Time)$/;

/** @param event whose own time the clock has noted */
export function evenTimes(
  event: EslEvent,
  clock: Pick<PbxClock, "stepsBefore" | "isEven">,
): EslEvent {
  if (clock.isEven) return event;
  const even = (micros: string): string => {
    const at = timeOf(micros);
    if (at === null) return micros;
    const steps = clock.stepsBefore(Date.parse(at)) * 1_000;
    return String(Math.round(Number(micros) - steps));
  };
  const given = (name: string): string | undefined => {
    const value = event.get(name);
    return value === undefined || !TIMES.test(name) ? value : even(value);
  };
  return { get: given, all: (name) => event.all(name) };
}
