/** How each fault is caused. An act ends when its effects are undone, and returns a description of what it did. */
import { clientActs } from "./client-acts.ts";
import type { EngineSlot } from "./engine-slot.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { LineFault } from "./line.ts";
import type { PlannedFault } from "./plan.ts";
import type { World } from "./world.ts";
import type { Act } from "./client-acts.ts";

/** Time for events under way when a connection is no longer slowed. */
const ON_ITS_WAY_MS = 200;

export const acts: Readonly<Record<FaultKind, Act>> = {
  ...clientActs,
  HOLDER_KILLED: (world) => kill([world.holder()], "SIGKILL"),
  STANDBY_KILLED: (world) => kill([world.standby()], "SIGKILL"),
  BOTH_KILLED: (world) => kill(world.both(), "SIGKILL"),
  HOLDER_REPLACED: (world) => kill([world.holder()], "SIGTERM"),
  HOLDER_FROZEN_BRIEFLY: (world, { forMs }) =>
    freeze(world, world.holder(), forMs),
  HOLDER_FROZEN_LONG: (world, { forMs }) =>
    freeze(world, world.holder(), forMs),
  STANDBY_FROZEN: (world, { forMs }) => freeze(world, world.standby(), forMs),
  POSTGRES_RESTARTED: (world, { forMs }) => interrupt(world, "fast", forMs),
  POSTGRES_CRASHED: (world, { forMs }) => interrupt(world, "crash", forMs),
  POSTGRES_FROZEN: freezePostgres,
  BACKENDS_TERMINATED: terminateBackends,
  DATABASE_READ_ONLY: makeReadOnly,
  HOLDER_CUT_FROM_DATABASE: (world, { forMs }) =>
    away(world, "DATABASE", [world.holder()], { mode: "refuse" }, forMs),
  BOTH_CUT_FROM_DATABASE: (world, { forMs }) =>
    away(world, "DATABASE", world.both(), { mode: "refuse" }, forMs),
  HOLDER_LOSES_DATABASE: (world, { forMs }) =>
    away(world, "DATABASE", [world.holder()], { mode: "blackhole" }, forMs),
  HOLDER_CUT_FROM_PBX: (world, { forMs }) =>
    away(world, "PBX", [world.holder()], { mode: "refuse" }, forMs),
  BOTH_CUT_FROM_PBX: (world, { forMs }) =>
    away(world, "PBX", world.both(), { mode: "refuse" }, forMs),
  HOLDER_LOSES_PBX: (world, { forMs }) =>
    away(world, "PBX", [world.holder()], { mode: "blackhole" }, forMs),
  BOTH_LOSE_PBX: (world, { forMs }) =>
    away(world, "PBX", world.both(), { mode: "blackhole" }, forMs),
  DATABASE_FAR_AWAY: (world, fault) => farAway(world, "database", fault),
  PBX_FAR_AWAY: (world, fault) => farAway(world, "pbx", fault),
  PBX_RESTARTED: restartPbx,
  PBX_FROZEN: freezePbx,
  PBX_REFUSES: refuse,
};

function kill(
  slots: readonly EngineSlot[],
  signal: "SIGKILL" | "SIGTERM",
): Promise<string> {
  const notes = slots.map((slot) =>
    slot.kill(signal) ? slot.name : `${slot.name} did not run`,
  );
  return Promise.resolve(notes.join(", "));
}

async function freeze(
  world: World,
  slot: EngineSlot,
  forMs: number,
): Promise<string> {
  const thaw = slot.freeze();
  if (thaw === null) return `${slot.name} did not run`;
  try {
    await world.wait(forMs);
  } finally {
    thaw();
  }
  return slot.name;
}

function interrupt(
  world: World,
  how: "fast" | "crash",
  forMs: number,
): Promise<string> {
  return world.postgres.mutex(async () => {
    const end = world.outage("DATABASE", world.both());
    try {
      await world.postgres.interrupt(how, forMs);
    } finally {
      end();
    }
    return "";
  });
}

function freezePostgres(
  world: World,
  { forMs }: PlannedFault,
): Promise<string> {
  return world.postgres.mutex(async () => {
    const thaw = await world.postgres.freeze();
    const end = world.outage("DATABASE", world.both(), true);
    try {
      await world.wait(forMs);
    } finally {
      thaw();
      end();
    }
    return "";
  });
}

async function terminateBackends(
  { postgres, database }: World,
  { size }: PlannedFault,
): Promise<string> {
  const ended = await postgres.insist(postgres.superUrl, async (client) => {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = $1 and application_name like 'dialer-engine%' and random() < $2`,
      [database, 0.2 + size],
    );
    return rowCount ?? 0;
  });
  return `${ended} of them`;
}

async function makeReadOnly(
  world: World,
  { forMs }: PlannedFault,
): Promise<string> {
  const makeWritable = await world.postgres.makeReadOnly();
  const end = world.outage("DATABASE", world.both());
  try {
    await world.wait(forMs);
  } finally {
    await makeWritable();
    end();
  }
  return "";
}

async function away(
  world: World,
  of: "DATABASE" | "PBX",
  slots: readonly EngineSlot[],
  fault: LineFault,
  forMs: number,
): Promise<string> {
  const line = of === "DATABASE" ? "database" : "pbx";
  const ends = slots.map((slot) => slot[line].impose({ ...fault }));
  const end = world.outage(of, slots, fault.mode === "blackhole");
  try {
    await world.wait(forMs);
  } finally {
    for (const heal of ends) heal();
    end();
  }
  return slots.map(({ name }) => name).join(" and ");
}

async function farAway(
  world: World,
  line: "database" | "pbx",
  { forMs, size }: PlannedFault,
): Promise<string> {
  const delayMs = Math.round(10 + size * 150);
  const ends = world
    .both()
    .map((slot) => slot[line].impose({ mode: "delay", delayMs }));
  const from = Date.now();
  try {
    await world.wait(forMs);
  } finally {
    for (const heal of ends) heal();
    const to = Date.now() + delayMs + ON_ITS_WAY_MS;
    world.late.push({ from, to, byMs: 2 * delayMs });
  }
  return `${delayMs} ms each way`;
}

function restartPbx(world: World, { forMs }: PlannedFault): Promise<string> {
  return world.pbx.mutex(async () => {
    const slots = world.both();
    const ends = slots.map((slot) => slot.pbx.impose({ mode: "refuse" }));
    const end = world.outage("PBX", slots);
    try {
      await world.pbx.restart();
      await world.wait(forMs);
    } finally {
      for (const heal of ends) heal();
      end();
    }
    return "";
  });
}

function freezePbx(world: World, { forMs }: PlannedFault): Promise<string> {
  return world.pbx.mutex(async () => {
    const thaw = await world.pbx.freeze();
    const end = world.outage("PBX", world.both(), true);
    const from = Date.now();
    try {
      await world.wait(forMs);
    } finally {
      thaw();
      end();
      const to = Date.now();
      world.late.push({ from, to: to + ON_ITS_WAY_MS, byMs: to - from });
    }
    return "";
  });
}

function refuse(world: World, { forMs, size }: PlannedFault): Promise<string> {
  return world.pbx.mutex(async () => {
    const end = await world.pbx.refuse(size);
    try {
      await world.wait(forMs);
    } finally {
      await end();
    }
    return "";
  });
}
