/** One sipp that plays the carrier, or the agents' phones, and what it saw. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "../wait-for.ts";
import { farEndScenario } from "./carrier-scenario.ts";
import type { Sounds } from "./carrier-scenario.ts";
import { startLabProcess } from "./process.ts";
import type { LabProcess } from "./process.ts";

/** One call as the far end saw it. Times are epoch milliseconds. */
export interface SeenCall {
  /** SIP Call-ID. */
  readonly callId: string;
  /** The number called: the user part of the INVITE's address. */
  readonly number: string;
  /** When the first INVITE came. */
  readonly at: number;
  /** INVITEs received, repetitions included. */
  readonly invites: number;
  /** Status of every response that it sent to INVITEs, in order, repetitions left out. */
  readonly responses: readonly number[];
  /** When it first sent 180 or 183, when 200, and when its last response. */
  readonly rangAt: number | null;
  readonly answeredAt: number | null;
  readonly respondedAt: number | null;
  /** Who ended it and how; null while it lasts, and for a refused call, whose end is its last response. */
  readonly end: "BYE received" | "BYE sent" | "CANCEL received" | null;
  readonly endAt: number | null;
}

export interface FarEnd {
  /** Every call so far, in the order of their first INVITEs. */
  calls(): Promise<SeenCall[]>;
  /** Kills it; calls up go on without a far end. */
  stop(): Promise<void>;
  /** Starts it again after `stop`; it has forgotten its calls, the record has not. */
  start(): Promise<void>;
}

export interface FarEndSettings {
  readonly name: string;
  /** The loader's command line that runs sipp. */
  readonly command: readonly [string, ...string[]];
  /** Where the scenario and its logs go. */
  readonly folder: string;
  readonly port: number;
  readonly controlPort: number;
  readonly rtp: readonly [number, number];
  readonly sounds: Sounds;
}

/** More than any test has at once. */
const MOST_CALLS = 5_000;

/** Starts sipp and waits until it listens. */
export async function startFarEnd(settings: FarEndSettings): Promise<FarEnd> {
  const { name, folder, sounds } = settings;
  const scenario = join(folder, `${name}.xml`);
  await writeFile(scenario, farEndScenario(sounds));
  const records: string[] = [];
  let sipp: LabProcess | undefined;
  const start = async (): Promise<void> => {
    const record = join(folder, `${name}-${String(records.length)}.log`);
    sipp = await startSipp(settings, scenario, record);
    records.push(record);
  };
  await start();
  return {
    start,
    stop: async () => {
      await sipp?.end("SIGKILL");
    },
    calls: async () => {
      const texts = records.map((file) =>
        readFile(file, "utf8").catch(() => ""),
      );
      return parseRecord((await Promise.all(texts)).join(""));
    },
  };
}

async function startSipp(
  settings: FarEndSettings,
  scenario: string,
  record: string,
): Promise<LabProcess> {
  const { name, folder, port, controlPort, rtp } = settings;
  const [command, ...loader] = settings.command;
  const address = "127.0.0.1";
  const options: Readonly<Record<string, string | number>> = {
    "-sf": scenario,
    "-i": address,
    "-mi": address,
    "-p": port,
    // Without these it opens port 8888 on all addresses.
    "-ci": address,
    "-cp": controlPort,
    "-min_rtp_port": rtp[0],
    "-max_rtp_port": rtp[1],
    "-l": MOST_CALLS,
    "-error_file": join(folder, `${name}.errors`),
    "-shortmessage_file": record,
  };
  const sipp = startLabProcess(
    command,
    [
      ...loader,
      ...Object.entries(options).flatMap(([key, value]) => [
        key,
        String(value),
      ]),
      ...["-aa", "-nostdin", "-trace_err", "-trace_shortmsg"],
    ],
    { cwd: folder, output: join(folder, `${name}.out`) },
  );
  await waitFor(`sipp (${name}) to listen`, async () => {
    if (!sipp.isRunning())
      throw new Error(`sipp (${name}) has ended:\n${sipp.lastWords()}`);
    return (await listeners()).has(port);
  });
  return sipp;
}

/** Local UDP ports in use, from the kernel. */
async function listeners(): Promise<ReadonlySet<number>> {
  const table = await readFile("/proc/net/udp", "utf8");
  const ports = table.matchAll(/^ *\d+: [0-9A-F]{8}:([0-9A-F]{4})/gm);
  return new Set([...ports].map(([, hex = ""]) => Number.parseInt(hex, 16)));
}

interface OpenRecord {
  callId: string;
  number: string;
  at: number;
  invites: number;
  responses: number[];
  rangAt: number | null;
  answeredAt: number | null;
  respondedAt: number | null;
  end: SeenCall["end"];
  endAt: number | null;
}

/** Reads sipp's record of short messages: date, time, epoch, S or R, Call-ID, CSeq, first line. */
function parseRecord(text: string): SeenCall[] {
  const calls = new Map<string, OpenRecord>();
  for (const line of text.split("\n")) {
    const [, , epoch, direction, callId, cseq, first] = line.split("\t");
    if (callId === undefined || cseq === undefined || first === undefined)
      continue;
    const at = Number(epoch) * 1_000;
    const invite = /^INVITE sip:([^@;>]*)@/.exec(first);
    if (direction === "R" && invite !== null && !calls.has(callId)) {
      const number = invite[1] ?? "";
      calls.set(callId, {
        ...{ callId, number, at, invites: 0, responses: [] },
        ...{ rangAt: null, answeredAt: null, respondedAt: null },
        ...{ end: null, endAt: null },
      });
    }
    const call = calls.get(callId);
    if (call !== undefined) note(call, direction === "R", cseq, first, at);
  }
  return [...calls.values()];
}

function note(
  call: OpenRecord,
  received: boolean,
  cseq: string,
  first: string,
  at: number,
): void {
  const status = /^SIP\/2\.0 (\d{3})/.exec(first)?.[1];
  if (received && first.startsWith("INVITE ")) call.invites += 1;
  else if (!received && status !== undefined && cseq.endsWith(" INVITE")) {
    if (call.responses.at(-1) !== Number(status)) {
      call.responses.push(Number(status));
      call.respondedAt = at;
    }
    if (status === "180" || status === "183") call.rangAt ??= at;
    if (status === "200") call.answeredAt ??= at;
  } else if (call.end === null) {
    if (received && first.startsWith("CANCEL ")) call.end = "CANCEL received";
    else if (first.startsWith("BYE "))
      call.end = received ? "BYE received" : "BYE sent";
    if (call.end !== null) call.endAt = at;
  }
}

/** The most calls whose first INVITEs came within any one second. */
export function worstSecond(calls: readonly SeenCall[]): number {
  const times = calls.map(({ at }) => at).sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  times.forEach((at, last) => {
    while (at - (times[first] ?? at) >= 1_000) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
}
