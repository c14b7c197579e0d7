/** The fences between rooms: each forbidden import is planted in a copy of the house that holds nothing else, and refused. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { cruise } from "dependency-cruiser";
import type { ICruiseResult } from "dependency-cruiser";
import { afterAll, beforeAll, expect, it } from "vitest";
import fences from "../../fences.config.ts";

const forbidden: readonly (readonly [from: string, to: string])[] = [
  ["adapters/calls/planted.ts", "adapters/mock/pbx.ts"],
  ["adapters/asterisk-ami/planted.ts", "adapters/freeswitch-esl/wire.ts"],
  ["adapters/asterisk-ami/planted.ts", "dialing/outcome.ts"],
  ["adapters/connection/planted.ts", "database/pools.ts"],
  ["adapters/mock/planted.ts", "engine/engine.ts"],
  ["config/planted.ts", "database/pools.ts"],
  ["config/planted.ts", "logging.ts"],
  ["cli/call/planted.ts", "engine/engine.ts"],
  ["cli/call/planted.ts", "local-postgres/local-postgres.ts"],
  ["cli/call/planted.ts", "test/support/database.ts"],
  ["cli/import/planted.ts", "start-engine.ts"],
  ["cli/import/planted.ts", "tasks/hangup_call.ts"],
  ["database/planted.ts", "adapters/mock/pbx.ts"],
  ["database/planted.ts", "config/reading.ts"],
  ["database/planted.ts", "engine/engine.ts"],
  ["database/planted.ts", "tasks/hangup_call.ts"],
  ["dialing/planted.ts", "adapters/calls/pbx-clock.ts"],
  ["dialing/planted.ts", "adapters/port.ts"],
  ["dialing/planted.ts", "database/pools.ts"],
  ["dialing/planted.ts", "engine/engine.ts"],
  ["dialing/planted.ts", "logging.ts"],
  ["engine/attempts/planted.ts", "engine/originating/executor.ts"],
  ["engine/leadership/planted.ts", "engine/attempts/inbox.ts"],
  ["engine/leadership/planted.ts", "engine/engine.ts"],
  ["engine/originating/planted.ts", "engine/scheduling/scheduler.ts"],
  ["engine/queue/planted.ts", "tasks/hangup_call.ts"],
  ["engine/scheduling/planted.ts", "adapters/mock/pbx.ts"],
  ["engine/scheduling/planted.ts", "engine/originating/executor.ts"],
  ["engine/planted.ts", "config/reading.ts"],
  ["engine/planted.ts", "health/report.ts"],
  ["engine/planted.ts", "tasks/hangup_call.ts"],
  ["health/planted.ts", "database/pools.ts"],
  ["health/planted.ts", "engine/engine.ts"],
  ["health/planted.ts", "engine/leadership/elector.ts"],
  ["health/planted.ts", "wallboard/routes.ts"],
  ["http/planted.ts", "health/report.ts"],
  ["http/planted.ts", "wallboard/routes.ts"],
  ["local-postgres/planted.ts", "database/pools.ts"],
  ["logging.ts", "config/reading.ts"],
  ["realtime/planted.ts", "database/pools.ts"],
  ["realtime/planted.ts", "engine/engine.ts"],
  ["start-planted.ts", "cli/command.ts"],
  ["start-planted.ts", "test/support/database.ts"],
  ["tasks/planted.ts", "adapters/mock/pbx.ts"],
  ["tasks/planted.ts", "engine/engine.ts"],
  ["tasks/planted.ts", "health/report.ts"],
  ["wallboard/planted.ts", "engine/engine.ts"],
  ["wallboard/planted.ts", "health/report.ts"],
  ["dialing/planted.ts", "node:fs"],
  ["adapters/calls/planted.ts", "node_modules/pg/index.js"],
  ["cli/call/planted.ts", "node_modules/@supabase/supabase-js/index.js"],
  ["database/planted.ts", "node_modules/@supabase/supabase-js/index.js"],
  ["dialing/planted.ts", "node_modules/zod/index.js"],
  ["engine/attempts/planted.ts", "node_modules/graphile-worker/index.js"],
  ["health/planted.ts", "node_modules/pg/index.js"],
  ["realtime/planted.ts", "node_modules/pg/index.js"],
  ["wallboard/planted.ts", "node_modules/pg/index.js"],
];

const allowed: readonly (readonly [from: string, to: string])[] = [
  ["adapters/mock/free.ts", "adapters/calls/pbx-clock.ts"],
  ["cli/torture/free.ts", "test/support/database.ts"],
  ["database/free.ts", "dialing/outcome.ts"],
  ["database/free.ts", "node_modules/pg/index.js"],
  ["engine/free.ts", "engine/scheduling/scheduler.ts"],
  ["engine/task-list.ts", "tasks/hangup_call.ts"],
  ["engine/scheduling/free.ts", "database/pools.ts"],
  ["start-free.ts", "wallboard/routes.ts"],
];

/** A cycle of types is one, too. */
const cycle = [
  ["dialing/egg.ts", "dialing/hen.ts"],
  ["dialing/hen.ts", "dialing/egg.ts"],
] as const;

let house: string;
let refused: ReadonlySet<string>;

beforeAll(async () => {
  house = mkdtempSync(join(tmpdir(), "dialer-fences-"));
  const lines = new Map<string, string[]>();
  const plant = (from: string, to: string, kind: string) => {
    const path = to.startsWith("node:") ? to : pathFrom(from, to);
    lines.set(from, [...(lines.get(from) ?? []), `${kind} from "${path}";`]);
    if (!to.startsWith("node:")) lines.set(to, lines.get(to) ?? []);
  };
  for (const [from, to] of [...forbidden, ...allowed])
    plant(from, to, "export *");
  for (const [from, to] of cycle) plant(from, to, "import type { T }");
  for (const [name, text] of lines) {
    mkdirSync(join(house, dirname(name)), { recursive: true });
    writeFileSync(
      join(house, name),
      [...text, "export const T = 1;\nexport type T = 1;\n"].join("\n"),
    );
  }
  const { forbidden: rules = [], options } = fences;
  const { tsConfig: _none, ...rest } = options ?? {};
  const names = [...new Set([...lines.keys()].map((name) => topOf(name)))];
  const { output } = await cruise(
    names.filter((name) => name !== "node_modules"),
    {
      ...rest,
      baseDir: house,
      ruleSet: { forbidden: rules },
      validate: true,
    },
  );
  refused = new Set(
    (output as ICruiseResult).summary.violations.map(
      ({ from, to }) => `${from} → ${to}`,
    ),
  );
});

afterAll(() => {
  rmSync(house, { recursive: true, force: true });
});

function topOf(name: string): string {
  return name.split("/", 1)[0] ?? name;
}

function pathFrom(from: string, to: string): string {
  const path = relative(dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}

it.each(forbidden)("%s may not import %s", (from, to) => {
  expect(refused).toContain(`${from} → ${to.replace(/^node:/, "")}`);
});

it.each(allowed)("%s may import %s", (from, to) => {
  expect(refused).not.toContain(`${from} → ${to}`);
});

it("a cycle is refused", () => {
  expect(refused).toContain("dialing/egg.ts → dialing/hen.ts");
});
