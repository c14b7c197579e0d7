/**
 * Which room may import which, as dependency-cruiser reads it (`npm run fences`). A room's list is complete: whatever it
 * does not name is refused. An import cycle is refused everywhere, types included.
 */
import type { IConfiguration } from "dependency-cruiser";

type Forbidden = NonNullable<IConfiguration["forbidden"]>[number];

interface Room {
  /** Regular expression of its files. */
  readonly files: string;
  /** Regular expressions of files it may import, besides its own. */
  readonly may: readonly string[];
  /** Those of which it may import types only. */
  readonly mayKnow?: readonly string[];
  readonly packages?: readonly string[];
}

const port = "^adapters/port\\.ts$";
const logging = "^logging\\.ts$";
const metrics = "^metrics\\.ts$";
const timing = "^timing\\.ts$";
const engine = "^engine/engine\\.ts$";
const termParts = ["^database/", "^dialing/", port, timing, logging, metrics];

/** In the order of the house: what stands further down may be known by what stands above it. */
const rooms: Readonly<Record<string, Room>> = {
  start: {
    files: "^(start-[a-z]+|main)\\.ts$",
    may: [
      "^(adapters|config|database|engine|health|http|realtime|wallboard)/",
      "^start-[a-z]+\\.ts$",
      ...[timing, logging, metrics],
    ],
    packages: ["express", "pino"],
  },
  "what all use": {
    files: "^(logging|metrics|timing)\\.ts$",
    may: [],
    packages: ["pino", "prom-client"],
  },
  config: { files: "^config/", may: [], packages: ["zod"] },
  dialing: {
    files: "^dialing/",
    may: [],
    mayKnow: [port],
    packages: ["libphonenumber-js", "luxon"],
  },
  "adapters/port": { files: port, may: [], packages: ["pino", "zod"] },
  "adapters/calls": { files: "^adapters/calls/", may: [port] },
  "adapters/connection": {
    files: "^adapters/connection/",
    may: [port, "^adapters/calls/"],
    packages: ["pino"],
  },
  "adapters/asterisk-ami": {
    files: "^adapters/asterisk-ami/",
    may: [port, "^adapters/(calls|connection)/"],
    packages: ["asterisk-manager", "pino", "zod"],
  },
  "adapters/freeswitch-esl": {
    files: "^adapters/freeswitch-esl/",
    may: [port, "^adapters/(calls|connection)/"],
    packages: ["pino", "zod"],
  },
  "adapters/mock": {
    files: "^adapters/mock/",
    may: [port, "^adapters/(calls|connection)/"],
    packages: ["pino", "zod"],
  },
  database: {
    files: "^database/",
    may: ["^dialing/", port, logging],
    packages: ["graphile-worker", "luxon", "pg", "pino", "zod"],
  },
  "engine/leadership": {
    files: "^engine/leadership/",
    may: termParts,
    packages: ["pino", "zod"],
  },
  "engine/scheduling": {
    files: "^engine/scheduling/",
    may: termParts,
    packages: ["pino"],
  },
  "engine/originating": {
    files: "^engine/originating/",
    may: [...termParts, "^adapters/calls/recent-ids\\.ts$"],
    packages: ["pino"],
  },
  "engine/attempts": {
    files: "^engine/attempts/",
    may: termParts,
    packages: ["pino", "zod"],
  },
  "engine/queue": {
    files: "^engine/queue/",
    may: termParts,
    packages: ["graphile-worker", "pino"],
  },
  engine: {
    files: "^engine/(?!task-list)[a-z-]+\\.ts$",
    may: [...termParts, "^engine/"],
    mayKnow: ["^config/"],
    packages: ["pino", "zod"],
  },
  "engine's list of tasks": {
    files: "^engine/task-list\\.ts$",
    may: ["^engine/task-dependencies\\.ts$", "^tasks/"],
    packages: ["graphile-worker"],
  },
  tasks: {
    files: "^tasks/",
    may: [
      "^database/",
      "^dialing/",
      "^engine/(attempts/|task-dependencies\\.ts$)",
    ],
    packages: ["graphile-worker", "zod"],
  },
  http: { files: "^http/", may: [logging], packages: ["express"] },
  health: {
    files: "^health/",
    may: [
      ...["^dialing/", "^http/", port, logging],
      "^database/public-words\\.ts$",
    ],
    mayKnow: [engine, "^config/", "^database/(status|write-refusals)\\.ts$"],
    packages: ["express", "pino", "prom-client"],
  },
  wallboard: {
    files: "^wallboard/",
    may: ["^database/", "^dialing/", "^http/", logging, timing],
    mayKnow: [engine, "^config/", port],
    packages: ["express", "zod"],
  },
  realtime: {
    files: "^realtime/",
    may: [logging],
    packages: ["@supabase/supabase-js", "zod"],
  },
  "local-postgres": { files: "^local-postgres/", may: [] },
  cli: {
    files: "^cli/",
    may: [
      "^(adapters|config|database|dialing|local-postgres|realtime)/",
      "^start-engine\\.ts$",
      logging,
    ],
    packages: [
      ...["cli-progress", "csv-parse", "hucre", "libphonenumber-js", "luxon"],
      ...["pg", "pino", "saxes", "zod"],
    ],
  },
};

/** The torture's houses are those of the tests. */
const tortureHouses = { from: "^cli/torture/", to: "^test/support/" };

function anyOf(patterns: readonly string[]): string {
  return patterns.join("|");
}

function fencesOf([name, room]: readonly [string, Room]): Forbidden[] {
  const { files, may, mayKnow = [], packages = [] } = room;
  const own = [files, ...may];
  const houses = name === "cli" ? [tortureHouses.to] : [];
  return [
    {
      name: `${name}: another room`,
      severity: "error",
      from: { path: files },
      to: {
        pathNot: anyOf([...own, ...mayKnow, ...houses, "node_modules/"]),
        dependencyTypesNot: ["core"],
      },
    },
    ...(mayKnow.length === 0
      ? []
      : [
          {
            name: `${name}: types only`,
            severity: "error" as const,
            from: { path: files },
            to: {
              path: anyOf(mayKnow),
              pathNot: anyOf(own),
              dependencyTypesNot: ["type-only" as const],
            },
          },
        ]),
    {
      name: `${name}: a package`,
      severity: "error",
      from: { path: files },
      to: {
        path: "node_modules/",
        ...(packages.length > 0 && {
          pathNot: `node_modules/(@types/)?(${packages.join("|")})/`,
        }),
      },
    },
  ];
}

const decisionsAreBlind: Forbidden = {
  name: "dialing: no input or output",
  comment: "Decisions are pure: facts in, decision out.",
  severity: "error",
  from: { path: "^dialing/" },
  to: { dependencyTypes: ["core"] },
};

const fences: IConfiguration = {
  forbidden: [
    {
      name: "a cycle",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...Object.entries(rooms).flatMap(fencesOf),
    decisionsAreBlind,
    {
      name: "cli: the tests' houses",
      comment: "Only the torture is built of what the tests use.",
      severity: "error",
      from: { path: "^cli/", pathNot: tortureHouses.from },
      to: { path: tortureHouses.to },
    },
    {
      name: "cli: the test's Postgres",
      comment: "The image holds neither demo nor torture.",
      severity: "error",
      from: { path: "^cli/", pathNot: "^cli/(demo|torture)/" },
      to: { path: "^(local-postgres/|start-engine\\.ts$)" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};

export default fences;
