/**
 * Which engine can have received an event of the PBX. An event is lost if every engine was disconnected from the PBX
 * when it was emitted, or was killed before it saved it. Events that only the standby received are handed in when the
 * holder reconnects or has no connection, when the standby takes over, and when it stops
 * (`engine/leadership/standby-events.ts`).
 */
import { engineNames } from "../evidence.ts";
import type { EngineName, Evidence, Life, Span } from "../evidence.ts";

/** /health is asked several times a second; answers this close before and after a moment apply to it. */
const SAMPLED_WITHIN_MS = 1_200;
/** Time for an event to arrive and to be saved in its row while the database is available. */
const WRITTEN_WITHIN_MS = 3_000;
/** An event may arrive this long after its own time: the two events of a call's end wait for each other. */
const ARRIVES_WITHIN_MS = 1_200;

/** How long a standby keeps received events in case it takes over. */
const KEPT_MS = 30_000;

export type Receiver = "NOBODY" | "STANDBY" | "HOLDER";

export function whoReceived(evidence: Evidence, at: number): Receiver {
  const receivers = engineNames.filter((engine) =>
    canHaveReceived(evidence, engine, at),
  );
  if (receivers.length === 0) return "NOBODY";
  const held = receivers.some((engine) => heldBy(evidence.health, engine, at));
  return held ? "HOLDER" : "STANDBY";
}

/** It was dialling at that moment, or took over while it still had the received events. */
function heldBy(
  health: Evidence["health"],
  engine: EngineName,
  at: number,
): boolean {
  return health.some(
    (sample) =>
      sample.engine === engine &&
      sample.code !== null &&
      !sample.standby &&
      sample.at >= at - SAMPLED_WITHIN_MS &&
      sample.at <= at + KEPT_MS,
  );
}

function canHaveReceived(
  evidence: Evidence,
  engine: EngineName,
  at: number,
): boolean {
  const { outages, lives, frozen, health } = evidence;
  const arrival = { from: at - 200, to: at + ARRIVES_WITHIN_MS };
  const life = lives.find((each) => livesThrough(each, engine, at));
  if (life === undefined) return false;
  const mine = (span: Span & { readonly engine: EngineName }): boolean =>
    span.engine === engine;
  const cut = outages.some(
    (o) => mine(o) && o.of === "PBX" && overlaps(o, arrival),
  );
  if (cut || !wasConnected(health, engine, at)) return false;
  const { endedAt } = life;
  if (endedAt === null) return true;
  const troubles = [
    ...frozen.filter(mine),
    ...outages.filter((o) => mine(o) && o.of === "DATABASE"),
  ].filter((span) =>
    overlaps(span, { from: at - WRITTEN_WITHIN_MS, to: endedAt }),
  );
  // A graceful stop saves the received events if there is a database to save them in.
  if (life.endedBy === "SIGTERM" && troubles.length === 0) return true;
  // Whether it had the time to save what it received.
  const until = troubles.reduce((latest, { to }) => Math.max(latest, to), at);
  return endedAt > until + WRITTEN_WITHIN_MS;
}

/** An engine was killed, frozen or without a database, so that events received by one did not reach the other. */
export function wasHindered(evidence: Evidence, span: Span): boolean {
  const { outages, frozen, lives } = evidence;
  const killed = lives.some(
    ({ endedAt, endedBy }) =>
      endedAt !== null &&
      endedBy !== "SIGTERM" &&
      overlaps({ from: endedAt, to: endedAt }, span),
  );
  const away = outages.filter(({ of }) => of === "DATABASE");
  return killed || [...frozen, ...away].some((each) => overlaps(each, span));
}

function livesThrough(life: Life, engine: EngineName, at: number): boolean {
  return (
    life.engine === engine &&
    life.readyAt !== null &&
    life.readyAt < at &&
    (life.endedAt ?? Infinity) > at
  );
}

function wasConnected(
  health: Evidence["health"],
  engine: EngineName,
  at: number,
): boolean {
  const answered = health.filter(
    (sample) => sample.engine === engine && sample.code !== null,
  );
  const before = answered.findLast((sample) => sample.at <= at);
  const after = answered.find((sample) => sample.at > at);
  return [before, after].every(
    (sample) =>
      sample !== undefined &&
      sample.connected &&
      Math.abs(sample.at - at) <= SAMPLED_WITHIN_MS,
  );
}

export function overlaps(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to;
}
