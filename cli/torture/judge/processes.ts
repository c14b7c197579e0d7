/**
 * The engines as processes: how they ended, what they printed, how many connections they held, what /health answered.
 */
import { engineNames } from "../evidence.ts";
import type { EngineName, Evidence, Life, Outage, Span } from "../evidence.ts";
import { clock } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { overlaps } from "./who-received.ts";

/** A graceful stop has 8 s (`SHUTDOWN_TIMEOUT_MS`), and the machine is busy. */
const STOPS_WITHIN_MS = 9_000;
/** A new connection may be counted before the end of the one that it replaces. */
const SAMPLES_IN_A_ROW = 3;
/**
 * An outage is noticed by the next statement or by the end of the connection, and reported by the next answer of
 * /health.
 */
const NOTICED_WITHIN_MS = 2_500;
/** The silence of a PBX is noticed by a ping, sent every 5 s, that is not answered within 5 s. */
const SILENCE_NOTICED_WITHIN_MS = 10_500;

/** LOG and PROCESS. */
export function judgeLives(evidence: Evidence): Finding[] {
  return evidence.lives.flatMap((life): Finding[] => {
    const name = `engine ${life.engine} of ${clock(life.startedAt)}`;
    const complaint = complaintAbout(evidence, life);
    return [
      ...life.strayOutput
        .slice(0, 3)
        .map((text): Finding => ({ rule: "LOG", text: `${name}: ${text}` })),
      ...(complaint === null
        ? []
        : [{ rule: "PROCESS", text: `${name} ${complaint}` } as const]),
    ];
  });
}

function complaintAbout(evidence: Evidence, life: Life): string | null {
  const { startedAt, readyAt, endedAt, endedBy, code, stopMs } = life;
  if (endedAt === null) return null;
  const alive = { from: startedAt, to: endedAt };
  const at = clock(endedAt);
  if (endedBy === null) {
    if (readyAt !== null)
      return `ended by itself at ${at} with ${code ?? "a signal"}`;
    const excused = troubles(evidence, life.engine).some((t) =>
      overlaps(t, alive),
    );
    return excused ? null : `could not start at ${at}: ${code ?? "a signal"}`;
  }
  if (endedBy !== "SIGTERM" || readyAt === null) return null;
  const stopping = { from: endedAt - (stopMs ?? 0), to: endedAt };
  const hindered = troubles(evidence, life.engine).some((t) =>
    overlaps(t, stopping),
  );
  if (hindered) return null;
  if ((stopMs ?? 0) > STOPS_WITHIN_MS)
    return `needed ${stopMs ?? 0} ms to stop, until ${at}`;
  return code === 0 ? null : `stopped with ${code ?? "a signal"} at ${at}`;
}

function troubles({ outages, frozen }: Evidence, engine: EngineName): Span[] {
  return [...outages, ...frozen].filter((span) => span.engine === engine);
}

/** CONNECTIONS. */
export function judgeConnections(evidence: Evidence): Finding[] {
  return engineNames.flatMap((engine): Finding[] => {
    let inARow = 0;
    for (const { open, at } of evidence.connections.filter(
      (sample) => sample.engine === engine,
    )) {
      inARow = open > evidence.maxConnections ? inARow + 1 : 0;
      if (inARow === SAMPLES_IN_A_ROW)
        return [
          {
            rule: "CONNECTIONS",
            text: `engine ${engine} held ${open} of ${evidence.maxConnections} at ${clock(at)}`,
          },
        ];
    }
    return [];
  });
}

/** HEALTH_SILENT and HEALTH_STAYS. */
export function judgeHealth(evidence: Evidence): Finding[] {
  const { health, drainedAt } = evidence;
  const stays = engineNames.flatMap((engine): Finding[] => {
    const last = health.findLast((sample) => sample.engine === engine);
    if (last?.code === 200 && last.at >= drainedAt) return [];
    const text = `engine ${engine}: ${last?.code ?? "no answer"} at the end`;
    return [{ rule: "HEALTH_STAYS", text }];
  });
  return [...stays, ...silent(evidence)];
}

function silent(evidence: Evidence): Finding[] {
  const { health, unhealthyAfterMs, lives, frozen } = evidence;
  return merged(evidence.outages).flatMap((outage): Finding[] => {
    const { engine, of, from, to } = outage;
    const noticedMs =
      of === "PBX" && outage.isSilent
        ? SILENCE_NOTICED_WITHIN_MS
        : NOTICED_WITHIN_MS;
    const tellsFrom = from + unhealthyAfterMs + noticedMs;
    const window = { from: tellsFrom, to };
    const whole = lives.some(
      (life) =>
        life.engine === engine &&
        life.readyAt !== null &&
        life.readyAt <= from &&
        (life.endedAt ?? Infinity) >= to,
    );
    const slept = frozen.some(
      (f) => f.engine === engine && overlaps(f, outage),
    );
    if (tellsFrom >= to || !whole || slept) return [];
    const lie = health.find(
      (sample) =>
        sample.engine === engine &&
        sample.code === 200 &&
        overlaps({ from: sample.at, to: sample.at }, window),
    );
    if (lie === undefined) return [];
    const text = `engine ${engine} at ${clock(lie.at)}, its ${of} was away from ${clock(from)} to ${clock(to)}`;
    return [{ rule: "HEALTH_SILENT", text }];
  });
}

/** Outages of the same thing in quick succession count as one, unless something answered in between. */
function merged(outages: readonly Outage[]): Outage[] {
  const result: Outage[] = [];
  for (const outage of outages.toSorted((a, b) => a.from - b.from)) {
    const index = result.findIndex(
      (each) =>
        each.engine === outage.engine &&
        each.of === outage.of &&
        overlaps(each, outage),
    );
    const before = result[index];
    if (before === undefined) result.push(outage);
    else
      result[index] = {
        ...before,
        to: Math.max(before.to, outage.to),
        isSilent: before.isSilent || outage.isSilent,
      };
  }
  return result;
}
