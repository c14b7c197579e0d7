/**
 * What the engine replaces: a dialer of three polling loops over the same tables and the same PBX.
 *
 *   scheduler 250 ms   leads → queued attempts
 *   executor  100 ms   queued attempts → Originates, by a token bucket per trunk
 *   timers    500 ms   passed deadlines → hang-ups
 *
 * Written fairly: set-based statements, indexes of its own, no limit on how much one round takes, and events of the PBX
 * are applied on arrival, in batches. It does less than the engine: no calling windows by zone, no number checks, no
 * retry rules, no lease, no crash recovery. A process of its own; the environment as for the engine.
 */
import type pg from "pg";

import { createMockAdapter } from "../adapters/mock/adapter.ts";
import type { VoiceAdapter } from "../adapters/port.ts";
import { loadConfig } from "../config/reading.ts";
import { createStatePool } from "../database/pools.ts";
import { readInstallationId } from "../database/reconciliation.ts";
import { fillDialString } from "../dialing/phone-number.ts";
import { EventWriter } from "./polling/event-writer.ts";
import { scheduleCampaigns } from "./polling/schedule.ts";
import { loadBenchSql } from "./sql.ts";

const schedulerMs = 250;
const executorMs = 100;
const timersMs = 500;
const timersAtOnce = 1_000;

interface StartedCall {
  readonly id: string;
  readonly campaignId: string;
  readonly leadId: string;
  readonly phone: string;
  readonly dialString: string;
  readonly setupTimeoutSeconds: number;
  readonly ringTimeoutSeconds: number;
  readonly maxCallDurationSeconds: number;
}

/** Runs a round every `ms`, or at once when the last one took longer. */
function loop(ms: number, round: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;
  const next = async (): Promise<void> => {
    const startedMs = performance.now();
    await round().catch((error: unknown) => {
      console.error(error);
    });
    if (stopped) return;
    const leftMs = Math.max(0, startedMs + ms - performance.now());
    timer = setTimeout(() => void next(), leftMs);
  };
  timer = setTimeout(() => void next(), 0);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

class PollingDialer {
  readonly #pool: pg.Pool;
  readonly #adapter: VoiceAdapter;
  readonly #mostUnanswered: number;
  readonly #unanswered = new Set<string>();
  readonly #executeSql = loadBenchSql("baseline_execute");
  readonly #timersSql = loadBenchSql("baseline_timers");

  constructor(pool: pg.Pool, adapter: VoiceAdapter, mostUnanswered: number) {
    this.#pool = pool;
    this.#adapter = adapter;
    this.#mostUnanswered = mostUnanswered;
  }

  noteSettled(attemptId: string): void {
    this.#unanswered.delete(attemptId);
  }

  async schedule(): Promise<void> {
    await scheduleCampaigns(this.#pool);
  }

  async execute(): Promise<void> {
    const room = this.#mostUnanswered - this.#unanswered.size;
    if (room <= 0) return;
    const { rows } = await this.#pool.query<StartedCall>(this.#executeSql, [
      room,
    ]);
    for (const call of rows) {
      this.#unanswered.add(call.id);
      this.#send(call).catch((error: unknown) => {
        console.error(error);
      });
    }
  }

  async fireTimers(): Promise<void> {
    const { rows } = await this.#pool.query<{ id: string }>(this.#timersSql, [
      timersAtOnce,
    ]);
    await Promise.all(rows.map(({ id }) => this.#adapter.hangup(id)));
  }

  async #send(call: StartedCall): Promise<void> {
    await this.#adapter.originate(
      {
        attemptId: call.id,
        campaignId: call.campaignId,
        leadId: call.leadId,
        dialString: fillDialString(call.dialString, call.phone),
        callerId: null,
        context: null,
        extension: "s",
        setupTimeoutSeconds: call.setupTimeoutSeconds,
        ringTimeoutSeconds: call.ringTimeoutSeconds,
        maxCallDurationSeconds: call.maxCallDurationSeconds,
        variables: {},
      },
      () => true,
    );
  }
}

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const { voice } = config;
  if (voice.adapter !== "mock" || voice.mockPbxUrl === null)
    throw new Error(
      "The baseline dials on a mock PBX only: set VOICE_ADAPTER=mock and MOCK_PBX_URL.",
    );
  const pool = createStatePool(
    { ...config.database, applicationName: "polling-baseline" },
    config.database.maxConnections,
    (error) => {
      console.error(error);
    },
  );
  await pool.query(loadBenchSql("baseline_indexes"));
  const installationId = await readInstallationId(pool);
  const adapter = createMockAdapter({ installationId, url: voice.mockPbxUrl });
  const dialer = new PollingDialer(
    pool,
    adapter,
    config.scheduler.maxConcurrentOriginates,
  );
  const events = new EventWriter(pool);
  await adapter.connect({
    onCallEvent: (event) => {
      if (event.kind === "ANSWERED" || event.kind === "ENDED")
        dialer.noteSettled(event.attemptId);
      events.push(event);
    },
    onConnection: () => undefined,
  });
  await pool.query(loadBenchSql("baseline_hold_node"), [voice.node]);
  const stops = [
    loop(schedulerMs, () => dialer.schedule()),
    loop(executorMs, () => dialer.execute()),
    loop(timersMs, () => dialer.fireTimers()),
  ];
  process.once("SIGTERM", () => {
    for (const stop of stops) stop();
    process.exit(0);
  });
}

await main();
