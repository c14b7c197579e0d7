/** One round: set-up, faults, end of all faults, dialling to the end, judgement. */
import { setTimeout as pause } from "node:timers/promises";
import type pg from "pg";

import {
  cloneTemplate,
  MIGRATED_TEMPLATE,
  withClient,
} from "../../test/support/prepared-server.ts";
import { waitFor } from "../../test/support/wait-for.ts";
import { acts } from "./acts.ts";
import { EngineSlot } from "./engine-slot.ts";
import { engineNames } from "./evidence.ts";
import type { AppliedFault, EngineName, Evidence, Rows } from "./evidence.ts";
import { judge } from "./judge.ts";
import type { Verdict } from "./judge.ts";
import { TorturedLine } from "./line.ts";
import type { PbxHouse, RoundPbx } from "./pbx.ts";
import type { PlannedFault, RoundPlan } from "./plan.ts";
import { closeClient, openClient } from "./postgres.ts";
import type { TorturePostgres } from "./postgres.ts";
import {
  readAttempts,
  readEvents,
  readJobs,
  readOpen,
  readRows,
} from "./rows.ts";
import { setTheScene } from "./scene.ts";
import { Watch } from "./watch.ts";
import { World } from "./world.ts";

export interface RoundResult {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  /** For a person who looks into a finding. */
  readonly details: {
    readonly events: readonly unknown[];
    readonly attempts: readonly unknown[];
    readonly logs: Readonly<Record<EngineName, readonly (readonly string[])[]>>;
  };
}

const MAX_CONNECTIONS = 7;
const UNHEALTHY_AFTER_MS = 1_500;
/** A take-over after a SIGKILL takes about two seconds with these. */
const TIMINGS = {
  LEASE_DURATION_MS: "1000",
  LEASE_RENEW_MS: "200",
  HEARTBEAT_STALE_MS: "1500",
  // The default: an engine that was cut off hands in the events that it received before another engine decides without
  // them.
  SETTLE_MS: "2000",
};
const STARTS_WITHIN_MS = 60_000;
const HEALTHY_WITHIN_MS = 20_000;
const LOOKS_EVERY_MS = 200;
/** A lead whose telephone was in another call comes again after 30 s. */
const SHARED_PHONES_MS = 45_000;
/** At the end the database is idle, but the machine may not be. */
const READS_WITHIN_MS = 20_000;

/** @throws when the round could not be set up, or was stopped; nothing is left running then */
export async function runRound(
  plan: RoundPlan,
  postgres: TorturePostgres,
  house: PbxHouse,
  signal: AbortSignal,
): Promise<RoundResult> {
  const database = await cloneTemplate(postgres.superUrl, MIGRATED_TEMPLATE);
  try {
    const pbx = await house.open(plan);
    try {
      const slots = {
        A: await openSlot("A", plan, postgres, database, pbx),
        B: await openSlot("B", plan, postgres, database, pbx),
      };
      const watch = new Watch([slots.A, slots.B]);
      const client = openClient(postgres.ownerUrl(database), READS_WITHIN_MS);
      await client.connect();
      const scene = await setTheScene(client, pbx, {
        leads: house.leads,
        sharesPhones: plan.sharesPhones,
      });
      await closeClient(client);
      const parts = { postgres, database, pbx, slots, watch, scene, signal };
      return await withEngines(new World(parts), plan, house);
    } finally {
      await pbx.close();
    }
  } finally {
    await withClient(postgres.superUrl, (client) =>
      client.query(`drop database if exists ${database} with (force)`),
    );
  }
}

async function openSlot(
  name: EngineName,
  plan: RoundPlan,
  postgres: TorturePostgres,
  database: string,
  pbx: RoundPbx,
): Promise<EngineSlot> {
  const { host, port } = postgres.server;
  const toDatabase = await TorturedLine.open({ host, port });
  const toPbx = await TorturedLine.open(pbx.address);
  const url = new URL(postgres.ownerUrl(database));
  url.port = String(toDatabase.port);
  const env = {
    DATABASE_URL: url.href,
    DATABASE_MAX_CONNECTIONS: String(MAX_CONNECTIONS),
    UNHEALTHY_AFTER_MS: String(UNHEALTHY_AFTER_MS),
    PORT: "0",
    ...TIMINGS,
    ...pbx.engineEnv(toPbx.port),
  };
  const { restartAfterMs } = plan;
  const lines = { database: toDatabase, pbx: toPbx };
  return new EngineSlot({ name, env, restartAfterMs, ...lines });
}

async function withEngines(
  world: World,
  plan: RoundPlan,
  house: PbxHouse,
): Promise<RoundResult> {
  const { watch, slots } = world;
  const stop = async (): Promise<void> => {
    await Promise.all(world.both().map((slot) => slot.stop()));
  };
  try {
    watch.start();
    for (const name of engineNames) slots[name].start();
    await waitFor("both engines to be ready", () => isReady(world), {
      timeoutMs: STARTS_WITHIN_MS,
      intervalMs: 20,
    }).catch((error: unknown) => {
      throw new Error(`The engines last said:\n${lastWords(world)}`, {
        cause: error,
      });
    });
    const beganAt = Date.now();
    await activate(world);
    const faults = await torture(world, plan.faults, beganAt);
    const healedAt = Date.now();
    const sharedMs = plan.sharesPhones ? SHARED_PHONES_MS : 0;
    const seen = await drain(world, house.drainWithinMs + sharedMs);
    watch.stop();
    await stop();
    return await conclude(world, plan, { beganAt, healedAt, faults, ...seen });
  } finally {
    watch.stop();
    await stop();
  }
}

function lastWords(world: World): string {
  return world
    .both()
    .flatMap((slot) => slot.logs().at(-1)?.slice(-8) ?? [])
    .map((line) => line.slice(0, 400))
    .join("\n");
}

function isReady({ watch, signal }: World): boolean {
  signal.throwIfAborted();
  const last = engineNames.map((engine) => watch.last(engine));
  return (
    last.every((sample) => sample?.code === 200 && sample.connected) &&
    last.some((sample) => sample?.standby === false)
  );
}

async function activate(world: World): Promise<void> {
  await world.command((client) =>
    client.query(
      "update campaigns set status = 'ACTIVE' where status = 'DRAFT'",
    ),
  );
}

async function torture(
  world: World,
  faults: readonly PlannedFault[],
  beganAt: number,
): Promise<AppliedFault[]> {
  const done = await Promise.allSettled(
    faults.map(async (fault): Promise<AppliedFault> => {
      await world.wait(Math.max(0, beganAt + fault.atMs - Date.now()));
      const from = Date.now();
      const note = await acts[fault.kind](world, fault);
      return { kind: fault.kind, from, to: Date.now(), note };
    }),
  );
  return done.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

interface AfterAll {
  readonly drainedAt: number;
  readonly stillOpen: string | null;
  readonly rows: Rows;
  readonly calls: Evidence["calls"];
  readonly recordedBy: Evidence["recordedBy"];
  readonly pbxKeeps: Evidence["pbxKeeps"];
  readonly liveAtPbx: number;
}

/**
 * Waits until everything is dialled and both engines report that they are healthy, or until the time limit. Delays of
 * the machine extend the limit, at most threefold.
 */
async function drain(world: World, withinMs: number): Promise<AfterAll> {
  const { postgres, database, pbx, watch, signal } = world;
  const client = openClient(postgres.ownerUrl(database), READS_WITHIN_MS);
  try {
    await client.connect();
    const beganAt = Date.now();
    const isOver = (): boolean => {
      const lateMs = Math.min(watch.lateSince(beganAt), 3 * withinMs);
      return Date.now() > beganAt + withinMs + lateMs;
    };
    const stillOpen = await untilNothingIsOpen(client, isOver, signal);
    const drainedAt = Date.now();
    await waitFor(
      "both engines to be well",
      () => isReadyAt(world, drainedAt),
      {
        timeoutMs: HEALTHY_WITHIN_MS,
        intervalMs: 50,
      },
    ).catch(() => watch);
    return {
      drainedAt,
      stillOpen,
      rows: await readRows(client),
      calls: await pbx.calls(),
      recordedBy: pbx.recordedBy,
      pbxKeeps: pbx.keeps,
      liveAtPbx: await pbx.live(),
    };
  } finally {
    await closeClient(client);
  }
}

async function untilNothingIsOpen(
  client: pg.Client,
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<string | null> {
  for (;;) {
    const open = await readOpen(client);
    if (open === null || isOver()) return open;
    await pause(LOOKS_EVERY_MS, undefined, { signal });
  }
}

function isReadyAt(world: World, at: number): boolean {
  world.signal.throwIfAborted();
  return engineNames.every((engine) => {
    const last = world.watch.last(engine);
    return last?.code === 200 && last.at >= at;
  });
}

type Seen = AfterAll & Pick<Evidence, "beganAt" | "healedAt" | "faults">;

async function conclude(
  world: World,
  plan: RoundPlan,
  seen: Seen,
): Promise<RoundResult> {
  const { postgres, database, watch, slots } = world;
  const client = openClient(postgres.ownerUrl(database), READS_WITHIN_MS);
  await client.connect();
  try {
    const evidence: Evidence = {
      plan,
      ...seen,
      rows: { ...seen.rows, jobs: await readJobs(client) },
      commands: world.commands.toSorted((a, b) => a.to - b.to),
      outages: world.outages,
      late: world.late,
      frozen: world
        .both()
        .flatMap(({ name, frozen }) =>
          frozen.map((span) => ({ ...span, engine: name })),
        ),
      lives: world.both().flatMap((slot) => slot.lives()),
      health: watch.health,
      connections: watch.connections,
      maxConnections: MAX_CONNECTIONS,
      unhealthyAfterMs: UNHEALTHY_AFTER_MS,
      lag: watch.lag,
    };
    return {
      evidence,
      verdict: judge(evidence),
      details: {
        events: await readEvents(client),
        attempts: await readAttempts(client),
        logs: { A: slots.A.logs(), B: slots.B.logs() },
      },
    };
  } finally {
    await closeClient(client);
  }
}
