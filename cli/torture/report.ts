/** The report of a run: a line for each round, a table at the end, a folder for each finding. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Evidence } from "./evidence.ts";
import type { FaultKind } from "./fault-kinds.ts";
import { faultKinds } from "./fault-kinds.ts";
import { clock, rules } from "./judge/finding.ts";
import type { Finding } from "./judge/finding.ts";
import type { TortureOptions } from "./options.ts";
import { describeFaults } from "./plan.ts";
import type { RoundResult } from "./round.ts";

/** `round 3 seed 1: … | 212 calls, of which the PBX keeps nothing | live at faults 14/22 | ORPHANED 2 (answered 1) … | findings 0` */
export function roundLine({ evidence, verdict }: RoundResult): string {
  const { plan } = evidence;
  const { calls, liveAtFaults, orphaned, orphanedAnswered, worst } = verdict;
  const { unheard, standbyAlone } = verdict;
  const seconds = Object.entries(worst).map(([name, n]) => `${name} ${n}`);
  const drainedMs = evidence.drainedAt - evidence.healedAt;
  const { pbxKeeps } = evidence;
  return [
    `round ${plan.round} seed ${plan.seed}: ${describeFaults(plan.faults)}`,
    `${calls} calls, of which the PBX keeps ${pbxKeeps.toLowerCase()}`,
    `live at faults ${liveAtFaults.join("/")}`,
    `ORPHANED ${orphaned} (answered ${orphanedAnswered}), unheard ${unheard}, standby alone ${standbyAlone}`,
    `fullest second ${seconds.join(", ")}`,
    `dialled out ${(drainedMs / 1_000).toFixed(1)} s after the last`,
    `machine late ${lateShare(evidence)} %`,
    `findings ${verdict.findings.length}`,
  ].join(" | ");
}

/**
 * How much of the round's time this program's own timers were late: findings on a starved machine may be due to that.
 */
function lateShare({ lag, beganAt, drainedAt }: Evidence): number {
  const lateMs = lag.reduce((sum, { byMs }) => sum + byMs, 0);
  return Math.round((100 * lateMs) / (drainedAt - beganAt));
}

/** Some of each rule; `findings.txt` has all. */
export function findingLines(findings: readonly Finding[], most = 5): string[] {
  const byRule = Map.groupBy(findings, ({ rule }) => rule);
  return [...byRule].flatMap(([rule, found]) => {
    const shown = found.slice(0, most);
    const more = found.length - shown.length;
    return [
      ...shown.map(({ text }) => `  ${rule} (${rules[rule]}): ${text}`),
      ...(more === 0 ? [] : [`  ${rule}: and ${more} more`]),
    ];
  });
}

/** The command that repeats this round. */
export function replayCommand(
  { pbx }: TortureOptions,
  { evidence: { plan } }: RoundResult,
): string {
  const which = pbx === "mock" ? "" : ` --pbx ${pbx}`;
  return `npm run torture -- --seed ${plan.seed} --rounds 1 --from ${plan.round}${which}`;
}

/** Sums over the rounds. */
export class Tally {
  readonly #hits = new Map<FaultKind, number>();
  readonly #worst = new Map<string, number>();
  #rounds = 0;
  #calls = 0;
  #live = 0;
  #orphaned = 0;
  #orphanedAnswered = 0;
  #unheard = 0;
  #standbyAlone = 0;
  #findings = 0;

  add({ evidence, verdict }: RoundResult): void {
    this.#rounds += 1;
    this.#calls += verdict.calls;
    this.#live += verdict.liveAtFaults.reduce((sum, live) => sum + live, 0);
    this.#orphaned += verdict.orphaned;
    this.#orphanedAnswered += verdict.orphanedAnswered;
    this.#unheard += verdict.unheard;
    this.#standbyAlone += verdict.standbyAlone;
    this.#findings += verdict.findings.length;
    for (const { kind } of evidence.faults)
      this.#hits.set(kind, (this.#hits.get(kind) ?? 0) + 1);
    for (const [name, count] of Object.entries(verdict.worst))
      this.#worst.set(name, Math.max(count, this.#worst.get(name) ?? 0));
  }

  get findings(): number {
    return this.#findings;
  }

  table(): string {
    const width = Math.max(...faultKinds.map((kind) => kind.length));
    const kinds = faultKinds.map(
      (kind) =>
        `  ${kind.padEnd(width)} ${String(this.#hits.get(kind) ?? 0).padStart(5)}`,
    );
    const worst = [...this.#worst].map(([name, n]) => `${name} ${n}`);
    const facts: readonly (readonly [string, string | number])[] = [
      ["rounds", this.#rounds],
      ["calls at the carrier", this.#calls],
      ["live when a fault struck", this.#live],
      ["ORPHANED, nobody could know", this.#orphaned],
      ["  of these, answered", this.#orphanedAnswered],
      ["row says less, nobody could know", this.#unheard],
      ["standby knew more, was hindered", this.#standbyAlone],
      ["fullest second", worst.join(", ")],
      ["findings", this.#findings],
    ];
    const rows = facts.map(([name, value]) => `  ${name.padEnd(34)} ${value}`);
    return ["Faults:", ...kinds, "Together:", ...rows].join("\n");
  }
}

/** Writes all that is known of a round. @returns the folder */
export async function writeEvidence(
  options: TortureOptions,
  result: RoundResult,
): Promise<string> {
  const { plan, faults } = result.evidence;
  const name = `torture-${options.pbx}-seed-${plan.seed}-round-${plan.round}`;
  const folder =
    options.evidence === null
      ? await mkdtemp(join(tmpdir(), `${name}-`))
      : join(options.evidence, name);
  await mkdir(folder, { recursive: true });
  const write = (file: string, text: string) =>
    writeFile(join(folder, file), text);
  const told = faults.map(
    ({ kind, from, to, note }) =>
      `${clock(from)} – ${clock(to)} ${kind} ${note}`,
  );
  await write(
    "findings.txt",
    [
      roundLine(result),
      ...findingLines(result.verdict.findings, Infinity),
      "",
      ...told,
      "",
      replayCommand(options, result),
      "",
    ].join("\n"),
  );
  const json = (value: unknown) => JSON.stringify(value, null, 1);
  await write("evidence.json", json(result.evidence));
  await write("attempts.json", json(result.details.attempts));
  await write("events.json", json(result.details.events));
  for (const [engine, lives] of Object.entries(result.details.logs))
    for (const [index, lines] of lives.entries())
      await write(`engine-${engine}-${index + 1}.log`, `${lines.join("\n")}\n`);
  return folder;
}
