/** Runs the rounds, one or several in parallel, until all are done, one has a finding, or Ctrl-C. */
import { stopPrograms } from "../../test/support/engine-process.ts";
import { EXIT_FAILED, EXIT_STOPPED } from "../command.ts";
import { createAsteriskHouse } from "./asterisk-house.ts";
import { createMockHouse } from "./mock-house.ts";
import type { TortureOptions } from "./options.ts";
import type { PbxHouse } from "./pbx.ts";
import { planRound } from "./plan.ts";
import { TorturePostgres } from "./postgres.ts";
import {
  findingLines,
  replayCommand,
  roundLine,
  Tally,
  writeEvidence,
} from "./report.ts";
import { runRound } from "./round.ts";

interface Run {
  readonly options: TortureOptions;
  readonly say: (line: string) => void;
  readonly tally: Tally;
  readonly stop: AbortController;
  next: number;
}

/** @returns the exit code: 0 only when no round found anything */
export async function runTorture(
  options: TortureOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  signal.addEventListener("abort", onSignal);
  const run: Run = {
    options,
    say,
    stop,
    tally: new Tally(),
    next: options.from,
  };
  try {
    const workers = Math.min(options.beside, options.rounds);
    const ended = await Promise.allSettled(
      Array.from({ length: workers }, () => work(run)),
    );
    if (signal.aborted) return EXIT_STOPPED;
    for (const worker of ended)
      if (worker.status === "rejected") throw worker.reason;
  } finally {
    signal.removeEventListener("abort", onSignal);
    await stopPrograms();
  }
  say(run.tally.table());
  return run.tally.findings === 0 ? 0 : EXIT_FAILED;
}

/** A worker has a Postgres of its own, because faults stop and crash it. */
async function work(run: Run): Promise<void> {
  const { stop } = run;
  try {
    const postgres = await TorturePostgres.start();
    const house = createHouse(run.options);
    try {
      for (;;) {
        const round = run.next++;
        const isOver = round >= run.options.from + run.options.rounds;
        if (isOver || stop.signal.aborted) return;
        await oneRound(run, round, postgres, house);
        if (run.tally.findings > 0 && !run.options.keepGoing) return;
      }
    } finally {
      await house.close();
      await postgres.server.stop();
    }
  } catch (error) {
    // The others stop, too, so that a round that could not be run is reported at once.
    stop.abort();
    throw error;
  }
}

async function oneRound(
  { options, say, tally, stop }: Run,
  round: number,
  postgres: TorturePostgres,
  house: PbxHouse,
): Promise<void> {
  const plan = planRound(options.seed, round);
  const result = await runRound(plan, postgres, house, stop.signal);
  tally.add(result);
  say(roundLine(result));
  if (result.verdict.findings.length === 0) return;
  for (const line of findingLines(result.verdict.findings)) say(line);
  const folder = await writeEvidence(options, result);
  say(`  evidence: ${folder}\n  again: ${replayCommand(options, result)}`);
}

function createHouse({ pbx }: TortureOptions): PbxHouse {
  return pbx === "asterisk" ? createAsteriskHouse() : createMockHouse();
}
