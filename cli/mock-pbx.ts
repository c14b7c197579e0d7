/** Runs a mock PBX in a process of its own until SIGTERM or SIGINT. */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { MockPbx } from "../adapters/mock/pbx.ts";
import { parseMockScenario } from "../adapters/mock/scenario.ts";
import { serveMockPbx } from "../adapters/mock/server.ts";
import { outliveReaders } from "./gone-reader.ts";

const usage = `A PBX without telephones, for demos and tests.

  node cli/mock-pbx.ts [--port 0] [--host 127.0.0.1] [--seed 1] [--scenario FILE|JSON] [--journal full|counters]

  --port      TCP port; 0 takes a free one
  --host      address to listen on
  --seed      the same seed gives the same numbers the same fates
  --scenario  a file with JSON, or the JSON itself (it starts with a brace); see adapters/mock/scenario.ts
  --journal   full keeps a list of every Originate, counters only counts

It prints one line, {"listening":PORT}. Engines use it with VOICE_ADAPTER=mock and
MOCK_PBX_URL=tcp://127.0.0.1:PORT.
`;

const journalKinds = ["full", "counters"] as const;

function parseCommandLine() {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      seed: { type: "string", default: "1" },
      scenario: { type: "string", default: "{}" },
      journal: { type: "string", default: "full" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const port = wholeNumber("--port", values.port, 65_535);
  const seed = wholeNumber("--seed", values.seed, 4_294_967_295);
  const { host, help } = values;
  const journal = journalKinds.find((kind) => kind === values.journal);
  if (journal === undefined) {
    throw new Error(`--journal must be ${journalKinds.join(" or ")}`);
  }
  const scenario = readScenario(values.scenario);
  return { port, seed, host, help, journal, scenario };
}

function wholeNumber(option: string, value: string, max: number): number {
  if (/^[0-9]{1,10}$/.test(value) && Number(value) <= max) return Number(value);
  throw new Error(`${option} must be a whole number from 0 to ${String(max)}`);
}

function readScenario(value: string) {
  const json = value.trimStart().startsWith("{")
    ? value
    : readFileSync(value, "utf8");
  const parsed: unknown = JSON.parse(json);
  return parseMockScenario(parsed);
}

async function main(): Promise<void> {
  const { help, port, host, ...options } = parseCommandLine();
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const pbx = new MockPbx(options);
  const server = await serveMockPbx(pbx, { port, host });
  const stop = (): void => {
    pbx.close();
    void server.close();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.stdout.write(`${JSON.stringify({ listening: server.port })}\n`);
}

outliveReaders();
try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`mock-pbx: ${message}\nSee --help.\n`);
  process.exitCode = 1;
}
