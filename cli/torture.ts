/** `npm run torture`: campaigns that are dialled while engines, Postgres and PBX fail at random. */
import { runCommand } from "./command.ts";
import { readTortureOptions } from "./torture/options.ts";
import { runTorture } from "./torture/run-torture.ts";

const usage = `  npm run torture -- [options]

  -- rounds 20 how many rounds seed 1 another seed, other faults at other moments from 1 number of the first round;
  -- --rounds 1 --from K repeats round K of this seed pbx mock mock, or asterisk: a real one with a carrier (sipp) that
  -- keeps its own record beside 1 rounds at the same time, each with a Postgres and a PBX of its own, 1 to 16 evidence
  -- FOLDER where the evidence of findings goes (default: a new folder below the system's temporary one) keep-going go
  -- on after a round with findings

In each round two engines dial two campaigns while faults that are drawn from the seed overlap: engines are killed, frozen
and replaced, Postgres and the PBX are stopped, frozen, cut off and slow, and clients write in between. Then all faults
end, the campaigns run out, and what the carrier counted is held against the tables. It needs no database: DATABASE_URL
is never read.

Exit code: 0 nothing was found, 1 something was or an error, 130 stopped by Ctrl-C.
`;

await runCommand({
  name: "torture",
  summary:
    "Dials campaigns through random faults and compares the carrier's count with the tables.",
  usage,
  options: {
    rounds: { type: "string" },
    seed: { type: "string" },
    from: { type: "string" },
    pbx: { type: "string" },
    beside: { type: "string" },
    evidence: { type: "string" },
    "keep-going": { type: "boolean" },
  },
  run: ({ values, signal }) =>
    runTorture(
      readTortureOptions(values),
      (line) => process.stdout.write(`${line}\n`),
      signal,
    ),
});
