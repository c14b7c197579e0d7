/**
 * One client of the Event Socket in a process of its own: receives what the bench streams, and reports the cost.
 *
 *   node bench/esl-contestant.ts codec|modesl PORT CALLS EVENTS_PER_CALL
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

import modesl from "modesl";
import { pino } from "pino";

import { EslCallTracker } from "../adapters/freeswitch-esl/call-tracker.ts";
import { EslSession } from "../adapters/freeswitch-esl/session.ts";
import { eslCallId, eslInstallationId } from "./esl-stream.ts";

/** Sent to the parent once everything is processed. */
export interface EslCost {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Longest time in which the event loop did nothing else, by the clock on the wall. */
  readonly stallMs: number;
  /** Most CPU time of the main thread in one turn of the event loop: the stall of a machine with nothing else to do. */
  readonly turnMs: number;
}

const [, , name = "", port = "0", callCount = "0", perCall = "0"] =
  process.argv;
const calls = Number(callCount);
const delay = monitorEventLoopDelay({ resolution: 1 });

let startedMs = 0;
let turnMs = 0;
let isRunning = false;
let startCpu = process.cpuUsage();

function start(): void {
  startedMs = performance.now();
  startCpu = process.cpuUsage();
  delay.enable();
  isRunning = true;
  watchTurns(process.threadCpuUsage());
}

function watchTurns(before: NodeJS.CpuUsage): void {
  if (!isRunning) return;
  const now = process.threadCpuUsage();
  const usedMs = (now.user + now.system - before.user - before.system) / 1_000;
  turnMs = Math.max(turnMs, usedMs);
  setImmediate(watchTurns, now);
}

function done(): void {
  delay.disable();
  isRunning = false;
  const { user, system } = process.cpuUsage(startCpu);
  const cost: EslCost = {
    cpuMs: (user + system) / 1_000,
    wallMs: performance.now() - startedMs,
    stallMs: delay.max / 1e6,
    turnMs,
  };
  process.send?.(cost, () => process.exit(0));
}

/** As the adapter does: frames, events, and the state of each call. */
async function runCodec(): Promise<void> {
  let ended = 0;
  const tracker = new EslCallTracker({
    installationId: eslInstallationId,
    emit: ({ kind }) => {
      if (kind !== "ENDED") return;
      ended += 1;
      if (ended === calls) done();
    },
  });
  for (let call = 0; call < calls; call += 1) tracker.sent(eslCallId(call));
  const session = await EslSession.open({
    host: "127.0.0.1",
    port: Number(port),
    password: "ClueCon",
    connectTimeoutMs: 5_000,
    commandTimeoutMs: 60_000,
    pingIntervalMs: 600_000,
    log: pino({ level: "silent" }),
    onEvent: (event) => {
      tracker.handle(event, Date.now());
    },
    onStatus: () => undefined,
    onClose: (reason) => {
      throw new Error(reason);
    },
  });
  await session.login();
  start();
  await session.ask({ line: "nolinger" });
}

/** The bare client: events are only counted. */
function runModesl(): void {
  const events = calls * Number(perCall);
  let heard = 0;
  const connection = new modesl.Connection(
    "127.0.0.1",
    Number(port),
    "ClueCon",
    () => {
      connection.on(
        "esl::event::**",
        (event: { getHeader(n: string): unknown }) => {
          if (event.getHeader("Event-Name") === undefined) return;
          heard += 1;
          if (heard === events) done();
        },
      );
      start();
      connection.sendRecv("nolinger");
    },
  );
  connection.on("error", (error: unknown) => {
    throw error;
  });
}

if (name === "codec") await runCodec();
else runModesl();
