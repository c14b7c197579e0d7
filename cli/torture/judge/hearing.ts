/**
 * Who can have known of something that the PBX said. Nobody can know what was said while every engine was away from the
 * PBX, or was killed before it had written down what it heard. What the standby alone heard it hands in when the holder has
 * a new line, or none, when it takes over, and when it stops (`engine/leadership/standby-events.ts`).
 */
import { engineNames } from "../evidence.ts";
import type { EngineName, Evidence, Life, Span } from "../evidence.ts";

/** /health is asked several times a second; two answers around a moment that are no further away tell of it. */
const ASKED_WITHIN_MS = 1_200;
/** Time for an event to arrive and to be in its row, with the database at hand. */
const WRITTEN_WITHIN_MS = 3_000;
/** An event may come so long after the moment it tells of: Asterisk's two last words wait for each other. */
const TOLD_WITHIN_MS = 1_200;

/** A standby keeps so much of what it heard, for the case that it takes over. */
const KEPT_MS = 30_000;

export type Knower = "NOBODY" | "STANDBY" | "HOLDER";

export function whoKnew(evidence: Evidence, at: number): Knower {
  const heard = engineNames.filter((engine) => couldKnow(evidence, engine, at));
  if (heard.length === 0) return "NOBODY";
  const held = heard.some((engine) => heldBy(evidence.health, engine, at));
  return held ? "HOLDER" : "STANDBY";
}

/** It dialled at that moment, or took over while it still had what it heard. */
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
      sample.at >= at - ASKED_WITHIN_MS &&
      sample.at <= at + KEPT_MS,
  );
}

function couldKnow(
  evidence: Evidence,
  engine: EngineName,
  at: number,
): boolean {
  const { outages, lives, frozen, health } = evidence;
  const told = { from: at - 200, to: at + TOLD_WITHIN_MS };
  const life = lives.find((each) => livesThrough(each, engine, at));
  if (life === undefined) return false;
  const mine = (span: Span & { readonly engine: EngineName }): boolean =>
    span.engine === engine;
  const cut = outages.some(
    (o) => mine(o) && o.of === "PBX" && overlaps(o, told),
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
  // A stop in order saves what was heard, where there is a database to save it in.
  if (life.endedBy === "SIGTERM" && troubles.length === 0) return true;
  // Had it the time to write down what it heard?
  const until = troubles.reduce((latest, { to }) => Math.max(latest, to), at);
  return endedAt > until + WRITTEN_WITHIN_MS;
}

/** An engine was killed, frozen or without a database, so that what one of them heard did not come to the other. */
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
      Math.abs(sample.at - at) <= ASKED_WITHIN_MS,
  );
}

export function overlaps(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to;
}
