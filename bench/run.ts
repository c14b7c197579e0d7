/**
 * Measures the budgets: each beside what the engine replaces (a polling dialer, a bare client), which does the same
 * work in the same run.
 */
import { writeFileSync } from "node:fs";
import os from "node:os";

import {
  CommandError,
  EXIT_STOPPED,
  runCommand,
  type CommandValues,
} from "../cli/command.ts";
import type { BenchContext } from "./arena.ts";
import { measureAsterisk } from "./asterisk.ts";
import { measureEslEvents } from "./esl-events.ts";
import { measureHostileNeighbour } from "./hostile-neighbour.ts";
import { measureIdle } from "./idle.ts";
import { measureLifeCycles } from "./life-cycles.ts";
import { measureMemory } from "./memory.ts";
import type { Result } from "./measurement.ts";
import { measureOriginateLatency } from "./originate-latency.ts";
import { measurePasses } from "./passes.ts";
import { isReached, tableOf } from "./report.ts";
import { startBenchServer } from "./server.ts";
import { measureTimerLateness } from "./timer-lateness.ts";

const measurements: Readonly<
  Record<string, (context: BenchContext) => Promise<Result>>
> = {
  "life-cycles": measureLifeCycles,
  "originate-latency": measureOriginateLatency,
  "timer-lateness": measureTimerLateness,
  passes: measurePasses,
  memory: measureMemory,
  idle: measureIdle,
  asterisk: measureAsterisk,
  "esl-events": measureEslEvents,
  "hostile-neighbour": measureHostileNeighbour,
};

const usage = `  npm run bench -- [--only NAME[,NAME]] [--quick] [--seed N] [--json FILE] [--profile FOLDER]

  --only     ${Object.keys(measurements).join(", ")}
  --quick    fewer and shorter measurements: a look, not a result
  --seed     of the mock PBX; default 1
  --json     writes the results to a file as well
  --profile  writes CPU profiles of the engine and the costliest statements into a folder, which slows both down

It starts a Postgres of its own, with fsync on, and removes it afterwards; asterisk also a real Asterisk, fetched from
Debian's packages when it is not there. About ten minutes in full; keep the
machine otherwise idle. Exits with 1 when a must is missed.
`;

const commandOptions = {
  only: { type: "string" },
  quick: { type: "boolean", default: false },
  seed: { type: "string", default: "1" },
  json: { type: "string" },
  profile: { type: "string" },
} as const;

interface Options {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly seed: number;
  readonly json: string | null;
  readonly profile: string | null;
}

function readOptions(values: CommandValues<typeof commandOptions>): Options {
  const names = values.only?.split(",") ?? Object.keys(measurements);
  const unknown = names.filter((name) => !Object.hasOwn(measurements, name));
  if (unknown.length > 0)
    throw new CommandError(
      "WRONG_OPTION",
      `--only does not know ${unknown.join(", ")}; it knows ${Object.keys(measurements).join(", ")}`,
    );
  if (!/^\d{1,9}$/.test(values.seed))
    throw new CommandError(
      "WRONG_OPTION",
      `--seed must be a whole number, not "${values.seed}"`,
    );
  return {
    names,
    quick: values.quick,
    seed: Number(values.seed),
    json: values.json ?? null,
    profile: values.profile ?? null,
  };
}

function machine(): string {
  const [cpu] = os.cpus();
  const memoryGb = (os.totalmem() / 2 ** 30).toFixed(0);
  return `${cpu?.model ?? "unknown CPU"}, ${String(os.availableParallelism())} cores, ${memoryGb} GB, ${os.type()} ${os.release()}; Node ${process.version}`;
}

async function measure(options: Options, signal: AbortSignal): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const server = await startBenchServer(options.profile !== null);
  stack.defer(() => server.stop());
  signal.addEventListener("abort", () => {
    void stack.disposeAsync().finally(() => process.exit(EXIT_STOPPED));
  });
  const head = [
    machine(),
    ...server.description,
    `Seed ${String(options.seed)}${options.quick ? "; quick run: a look, not a result" : ""}`,
  ];
  console.log(head.map((line) => `- ${line}`).join("\n"));
  const results: Result[] = [];
  for (const name of options.names) {
    const result = await measurements[name]?.({
      server,
      quick: options.quick,
      seed: options.seed,
      profileFolder: options.profile,
      say: (line) => process.stderr.write(`${line}\n`),
    });
    if (result === undefined) continue;
    results.push(result);
    console.log(tableOf(result));
  }
  if (options.json !== null)
    writeFileSync(options.json, JSON.stringify({ head, results }, null, 2));
  return results.every(({ rows }) => rows.every(isReached)) ? 0 : 1;
}

await runCommand({
  name: "bench",
  summary:
    "Measures the engine against its budgets, each beside what it replaces.",
  usage,
  options: commandOptions,
  run: ({ values, signal }) => measure(readOptions(values), signal),
});
