/** How fast events of FreeSWITCH are processed, beside the bare npm client. */
import { fork } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { fileURLToPath } from "node:url";

import type { BenchContext } from "./arena.ts";
import type { EslCost } from "./esl-contestant.ts";
import { EslStream } from "./esl-stream.ts";
import { atLeast, atMost, median } from "./measurement.ts";
import type { Result, Row } from "./measurement.ts";

const program = fileURLToPath(new URL("esl-contestant.ts", import.meta.url));
/** Answered, ended by the far end: the longest ordinary life. */
const recording = "sip-answer-remote-hangup";
const callsAtOnce = 50;
const burstEvents = 10_000;

type ClientName = "codec" | "modesl";

export async function measureEslEvents(context: BenchContext): Promise<Result> {
  const stream = new EslStream(recording);
  const rounds = context.quick ? 1 : 5;
  const burstCalls = Math.ceil(burstEvents / stream.eventsPerCall);
  const runCalls = context.quick ? burstCalls : burstCalls * 6;
  const measure = (name: ClientName) =>
    measureClient(context, name, stream, { rounds, runCalls, burstCalls });
  const codec = await measure("codec");
  const modesl = await measure("modesl");
  const kilobytes = stream.bytes(0, 1).length / 1_000;
  return {
    name: "esl-events",
    title: "Events of FreeSWITCH, as recorded",
    baseline: "modesl",
    notes: [
      `Per call ${String(stream.eventsPerCall)} events of ${kilobytes.toFixed(1)} kB in all (recording ${recording}), over TCP to a process of its own; ${String(runCalls)} calls, median of ${String(rounds)}. Per second of CPU time, so on one core.`,
      "The engine's side takes the events apart and follows every call to its end; modesl 1.2.1 beside it only counts them.",
      `The stall is the longest by the clock, the turn the longest by CPU time, which other programs on the machine do not lengthen, in ${String(rounds)} bursts of ${burstEvents.toLocaleString("en")} events.`,
    ],
    rows: rowsOf(codec, modesl),
  };
}

interface Measured {
  readonly perSecond: number;
  readonly cpuPerCallMs: number;
  readonly stallMs: number;
  readonly turnMs: number;
}

function rowsOf(codec: Measured, modesl: Measured): Row[] {
  return [
    {
      what: "events",
      unit: "per s of CPU",
      engine: codec.perSecond,
      baseline: modesl.perSecond,
      must: atLeast(10_000),
    },
    {
      what: "CPU of a call's events",
      unit: "ms",
      engine: codec.cpuPerCallMs,
      baseline: modesl.cpuPerCallMs,
    },
    {
      what: "event loop stall in a burst",
      unit: "ms",
      engine: codec.stallMs,
      baseline: modesl.stallMs,
      must: atMost(50),
    },
    {
      what: "longest turn in a burst",
      unit: "ms of CPU",
      engine: codec.turnMs,
      baseline: modesl.turnMs,
    },
  ];
}

async function measureClient(
  context: BenchContext,
  name: ClientName,
  stream: EslStream,
  given: {
    readonly rounds: number;
    readonly runCalls: number;
    readonly burstCalls: number;
  },
): Promise<Measured> {
  const { rounds, runCalls, burstCalls } = given;
  const runs: EslCost[] = [];
  const bursts: EslCost[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    context.say(`esl-events, ${name}, round ${String(round)}`);
    runs.push(await run(name, stream, runCalls));
    bursts.push(await run(name, stream, burstCalls));
  }
  const cpuMs = median(runs.map((cost) => cost.cpuMs)) ?? NaN;
  return {
    perSecond: (runCalls * stream.eventsPerCall * 1_000) / cpuMs,
    cpuPerCallMs: cpuMs / runCalls,
    stallMs: Math.max(...bursts.map((cost) => cost.stallMs)),
    turnMs: Math.max(...bursts.map((cost) => cost.turnMs)),
  };
}

async function run(
  name: ClientName,
  stream: EslStream,
  calls: number,
): Promise<EslCost> {
  const bytes: Buffer[] = [];
  for (let from = 0; from < calls; from += callsAtOnce)
    bytes.push(stream.bytes(from, Math.min(calls, from + callsAtOnce)));
  await using stack = new AsyncDisposableStack();
  const server = net.createServer((socket) => {
    serve(socket, bytes);
  });
  stack.defer(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const args = [name, port, calls, stream.eventsPerCall].map(String);
  const child = fork(program, args, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  stack.defer(() => void child.kill());
  let complaint = "";
  child.stderr?.on("data", (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2_000);
  });
  const ended = once(child, "exit").then(() => {
    throw new Error(`the client ${name} ended by itself: ${complaint}`);
  });
  const told = once(child, "message").then(([cost]) => cost as EslCost);
  ended.catch(() => undefined);
  return await Promise.race([told, ended]);
}

/** Greets, accepts everything, and streams when told to. */
function serve(socket: net.Socket, bytes: readonly Buffer[]): void {
  socket.on("error", () => undefined);
  socket.write("Content-Type: auth/request\n\n");
  let rest = "";
  socket.on("data", (read) => {
    const commands = (rest + read.toString()).split("\n\n");
    rest = commands.pop() ?? "";
    for (const command of commands) {
      socket.write("Content-Type: command/reply\nReply-Text: +OK accepted\n\n");
      if (command === "nolinger")
        for (const piece of bytes) socket.write(piece);
    }
  });
}
