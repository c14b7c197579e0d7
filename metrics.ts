import {
  Counter,
  Gauge,
  Histogram,
  Registry,
  collectDefaultMetrics,
} from "prom-client";

/** The engine's Prometheus metrics; times are in seconds, as Prometheus wants them. */
export interface Metrics {
  readonly registry: Registry;
  /** Originates written to the PBX. */
  readonly callsOriginated: Counter<"trunk">;
  /** Attempts that ended. */
  readonly callOutcomes: Counter<"outcome">;
  /** Attempts that have not ended. */
  readonly liveCalls: Gauge<"state">;
  /** Calls sent in the last whole second. */
  readonly callsPerSecond: Gauge<"trunk">;
  /** From a deadline to the transaction that acts on it. */
  readonly timerLateness: Histogram;
  /** One scheduling pass. */
  readonly pass: Histogram;
  /** From the later of the lead's arrival and its slot to the Originate on the wire. */
  readonly originateLatency: Histogram;
  readonly originatesUnanswered: Gauge;
  /** Call events in memory, not yet enqueued. */
  readonly eventsWaiting: Gauge;
  /** Call events given up because the memory for them was full. */
  readonly eventsDropped: Counter;
  /** 1 while this engine holds its voice node's lease. */
  readonly leaseHeld: Gauge;
  readonly pbxConnected: Gauge;
  readonly jobsFailed: Counter<"task">;
  /** Campaign snapshots for Supabase Realtime. */
  readonly realtimeSnapshots: Counter<"result">;
}

/** Fine where the budgets of this design lie (5, 20, 60 ms), coarse up to 10 s. */
const latencyBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** How many live attempts there are, by state; asked for at each scrape. */
export type LiveCallReader = () => Promise<Readonly<Record<string, number>>>;
/** Calls that were sent in the last whole second, by trunk; asked for at each scrape. */
export type CallsPerSecondReader = LiveCallReader;

/**
 * Makes a registry of its own with every metric in it, and those of the Node process.
 *
 * @param readLiveCalls a failure leaves the last numbers standing, here and there
 */
export function createMetrics(
  readLiveCalls: LiveCallReader = () => Promise.resolve({}),
  readCallsPerSecond: CallsPerSecondReader = () => Promise.resolve({}),
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Its monitor of the event loop would wake an idle process 100 times a second, most of what it costs then; and at a
  // wider spacing its figures are that spacing. What is left of it is the lag at the moment of the scrape.
  collectDefaultMetrics({
    register: registry,
    eventLoopMonitoringPrecision: 60_000,
  });
  for (const figure of ["min", "max", "mean", "stddev", "p50", "p90", "p99"])
    registry.removeSingleMetric(`nodejs_eventloop_lag_${figure}_seconds`);
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `dialer_${name}`, help, registers });
  return {
    registry,
    ...createCounters(registers),
    liveCalls: askedGauge(
      "state",
      {
        name: "dialer_live_calls",
        help: "Call attempts that have not ended, by state",
      },
      readLiveCalls,
      registers,
    ),
    callsPerSecond: askedGauge(
      "trunk",
      {
        name: "dialer_calls_per_second",
        help: "Calls sent to the PBX in the last whole second, by trunk of the node whose lease this engine holds",
      },
      readCallsPerSecond,
      registers,
    ),
    ...createHistograms(registers),
    originatesUnanswered: gauge(
      "originates_unanswered",
      "Originates that the PBX has not answered yet",
    ),
    eventsWaiting: gauge(
      "events_waiting",
      "Call events in memory, waiting for the database",
    ),
    leaseHeld: gauge("lease_held", "1 while this engine holds the lease"),
    pbxConnected: gauge("pbx_connected", "1 while the PBX is connected"),
  };
}

function createHistograms(registers: Registry[]) {
  const histogram = (name: string, help: string) =>
    new Histogram({
      name: `dialer_${name}`,
      help,
      buckets: latencyBuckets,
      registers,
    });
  return {
    timerLateness: histogram(
      "timer_lateness_seconds",
      "Time from a deadline to the action on it",
    ),
    pass: histogram("pass_seconds", "Duration of a scheduling pass"),
    originateLatency: histogram(
      "originate_latency_seconds",
      "Time from a lead's arrival or its slot to the Originate on the wire",
    ),
  };
}

/** A gauge whose numbers are read at each scrape; a failure leaves the last ones standing. */
function askedGauge<Label extends string>(
  label: Label,
  named: { readonly name: string; readonly help: string },
  read: LiveCallReader,
  registers: Registry[],
): Gauge<Label> {
  return new Gauge<Label>({
    ...named,
    labelNames: [label],
    registers,
    async collect() {
      const numbers = await read().catch(() => null);
      if (numbers === null) return;
      this.reset();
      for (const [value, number] of Object.entries(numbers))
        this.set({ [label]: value } as Partial<Record<Label, string>>, number);
    },
  });
}

function createCounters(registers: Registry[]) {
  return {
    callsOriginated: new Counter({
      name: "dialer_calls_originated_total",
      help: "Originates written to the PBX, by trunk",
      labelNames: ["trunk"] as const,
      registers,
    }),
    callOutcomes: new Counter({
      name: "dialer_call_outcomes_total",
      help: "Call attempts that ended, by outcome",
      labelNames: ["outcome"] as const,
      registers,
    }),
    eventsDropped: new Counter({
      name: "dialer_events_dropped_total",
      help: "Call events given up because the memory for them was full",
      registers,
    }),
    jobsFailed: new Counter({
      name: "dialer_jobs_failed_total",
      help: "Jobs that ended with an error, by task",
      labelNames: ["task"] as const,
      registers,
    }),
    realtimeSnapshots: new Counter({
      name: "dialer_realtime_snapshots_total",
      help: "Campaign snapshots for Supabase Realtime, by result: sent, failed",
      labelNames: ["result"] as const,
      registers,
    }),
  };
}
