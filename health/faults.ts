/**
 * Possible faults of an engine, by source: measured, never assumed, with one text for the operator and one for anybody.
 */
import type { ConnectionState } from "../adapters/port.ts";
import type { Fault } from "./outage.ts";
import type { Engine } from "../engine/engine.ts";
import { publicWords } from "../database/public-words.ts";
import type { WriteRefusal } from "../database/write-refusals.ts";

export const healthSources = ["PBX", "DATABASE", "DIALLING", "QUEUE"] as const;
export type HealthSource = (typeof healthSources)[number];

/** Measurements of an engine at one moment. */
export interface HealthMeasures {
  readonly pbx: ConnectionState;
  /** Milliseconds since the database last answered, and since it last accepted the heartbeat. */
  readonly databaseAnswerAgeMs: number;
  readonly databaseAgeMs: number;
  readonly refusal: WriteRefusal | null;
  readonly idleness: Engine["idleness"];
  readonly node: string;
  /** Null in standby. */
  readonly term: {
    readonly isRunning: boolean;
    readonly queueAgeMs: number;
  } | null;
  readonly uptimeMs: number;
  /** A heartbeat or a read of the queue that is older than this is late. */
  readonly staleMs: number;
}

/** @returns the fault of each source at `nowMs`, or null */
export function findFaults(
  measures: HealthMeasures,
  nowMs: number,
): Record<HealthSource, Fault | null> {
  return {
    PBX: pbxFault(measures),
    DATABASE: databaseFault(measures, nowMs),
    DIALLING: diallingFault(measures, nowMs),
    QUEUE: queueFault(measures, nowMs),
  };
}

function pbxFault({ pbx }: HealthMeasures): Fault | null {
  return pbx.status === "CONNECTED"
    ? null
    : {
        reason: pbx.reason,
        publicReason: "The PBX is not connected.",
        // Silence is noticed long after it began.
        ...(pbx.awaySinceMs === undefined ? {} : { sinceMs: pbx.awaySinceMs }),
      };
}

function databaseFault(m: HealthMeasures, nowMs: number): Fault | null {
  if (m.databaseAnswerAgeMs > m.staleMs) {
    // Before its first answer the database has been away for as long as the engine runs.
    const ageMs = Math.min(m.databaseAgeMs, m.uptimeMs);
    const reason = `The database has not answered for ${seconds(Math.min(m.databaseAnswerAgeMs, m.uptimeMs))}.`;
    return { reason, publicReason: reason, sinceMs: nowMs - ageMs };
  }
  if (m.refusal !== null) {
    const { operation, code, message, sinceMs } = m.refusal;
    return {
      reason: `The database answers but does not write (${operation}): ${message} (${code}).`,
      publicReason: `The database answers but does not write: ${publicWords({ code })} (${code}).`,
      sinceMs,
    };
  }
  if (m.databaseAgeMs <= m.staleMs) return null;
  const ageMs = Math.min(m.databaseAgeMs, m.uptimeMs);
  const reason = `The database answers, but has not accepted the heartbeat for ${seconds(ageMs)}.`;
  return { reason, publicReason: reason, sinceMs: nowMs - ageMs };
}

function diallingFault(m: HealthMeasures, nowMs: number): Fault | null {
  const { idleness } = m;
  // A take-over takes a moment.
  if (idleness === null || idleness.ms <= m.staleMs) return null;
  const forText = seconds(idleness.ms);
  return {
    reason: `This engine should dial for node ${m.node} and has not for ${forText}: ${idleness.reason}.`,
    publicReason: `This engine should dial for ${publicNode(m.node)} and has not for ${forText}: ${idleness.publicReason}.`,
    sinceMs: nowMs - idleness.ms,
  };
}

function queueFault(m: HealthMeasures, nowMs: number): Fault | null {
  if (m.term === null) return null;
  if (!m.term.isRunning) {
    const reason = "The job runner is being started.";
    return { reason, publicReason: reason };
  }
  const { queueAgeMs } = m.term;
  if (queueAgeMs <= m.staleMs) return null;
  // Never read: since it was first seen so.
  if (!Number.isFinite(queueAgeMs)) {
    const reason = "The job queue has not been checked yet.";
    return { reason, publicReason: reason };
  }
  const reason = `The job queue has not been checked for ${seconds(queueAgeMs)}.`;
  return { reason, publicReason: reason, sinceMs: nowMs - queueAgeMs };
}

/** Some operators name a node by its address. */
function publicNode(node: string): string {
  return node.includes(".") ? "its node" : `node ${node}`;
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 1_000))} s`;
}
