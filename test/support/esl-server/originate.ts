/** The result of an originate: refused, or a leg with its timers, its far end and its dialplan. */
import { randomUUID } from "node:crypto";

import { runDialplan, scheduleHangup } from "./applications.ts";
import { playFarEnd, voiceOf } from "./far-end.ts";
import { Leg } from "./leg.ts";
import { parseOriginate } from "./originate-line.ts";
import type { Destination, OriginateLine } from "./originate-line.ts";
import type { ScriptedSwitch } from "./switch.ts";
import { plainSource } from "./templates.ts";
import type { LegKind } from "./templates.ts";

const USAGE =
  "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n";

type Parsed = Extract<OriginateLine, { kind: "originate" }>;

/** @param tell receives the result, as in BACKGROUND_JOB's body; called once, or never if the switch restarts before */
export function originate(
  owner: ScriptedSwitch,
  line: string,
  tell: (body: string) => void,
): void {
  const parsed = parseOriginate(line);
  if (parsed.kind === "usage") {
    tell(USAGE);
    return;
  }
  if (parsed.kind === "malformed") {
    tell("-ERR DESTINATION_OUT_OF_ORDER\n");
    return;
  }
  const [destination] = parsed.destinations;
  if (destination === undefined) {
    tell("-ERR DESTINATION_OUT_OF_ORDER\n");
    return;
  }
  const uuid = parsed.variables.get("origination_uuid") ?? randomUUID();
  const way = wayOut(owner, destination.url);
  if ("error" in way) {
    if (way.hasChannel) tellNoChannel(owner, uuid, way.error, parsed);
    tell(`-ERR ${way.error}\n`);
    return;
  }
  if (owner.legs.has(uuid) || !owner.admit()) {
    tell("-ERR DESTINATION_OUT_OF_ORDER\n");
    return;
  }
  start(owner, way, { uuid, parsed, destination, tell });
}

type Way =
  | { readonly kind: "carrier"; readonly number: string; readonly name: string }
  | {
      readonly kind: "loopback";
      readonly number: string;
      readonly name: string;
      readonly context: string;
    }
  | { readonly error: string; readonly hasChannel: boolean };

function wayOut(owner: ScriptedSwitch, url: string): Way {
  const gateway = /^sofia\/gateway\/([^/]+)\/(.+)$/.exec(url);
  if (gateway !== null) {
    const [, name = "", number = ""] = gateway;
    const state = owner.options.gateways[name];
    if (state === "up") {
      return { kind: "carrier", number, name: `sofia/lab/${number}` };
    }
    const error = state === "down" ? "GATEWAY_DOWN" : "INVALID_GATEWAY";
    return { error, hasChannel: true };
  }
  const loopback = /^loopback\/([^/]+)\/([^/]+)/.exec(url);
  if (loopback === null) {
    return { error: "CHAN_NOT_IMPLEMENTED", hasChannel: false };
  }
  const [, number = "", context = ""] = loopback;
  return { kind: "loopback", number, context, name: `loopback/${number}-a` };
}

/** A gateway that makes no channel: the one event is CHANNEL_DESTROY, of a channel named N/A. */
function tellNoChannel(
  owner: ScriptedSwitch,
  uuid: string,
  cause: string,
  { variables }: Parsed,
): void {
  const source = plainSource(
    cause === "GATEWAY_DOWN"
      ? "sip-carrier-port-closed"
      : "orig-unknown-gateway",
    "CHANNEL_DESTROY",
  );
  const leg = legOf(owner, "carrier", {
    uuid,
    number: "",
    name: "N/A",
    originated: variables,
  });
  owner.emit(source, { ...view(leg), cause: null });
}

/** A copy of the parts that an event contains, so that later changes do not affect it. */
function view(
  leg: Leg,
): Pick<
  Leg,
  | "uuid"
  | "number"
  | "callerNumber"
  | "channelName"
  | "sipCallId"
  | "times"
  | "originated"
  | "set"
> {
  const { uuid, number, callerNumber, channelName } = leg;
  const { sipCallId, times, originated, set } = leg;
  return {
    uuid,
    number,
    callerNumber,
    channelName,
    sipCallId,
    times,
    originated,
    set,
  };
}

function legOf(
  owner: ScriptedSwitch,
  kind: LegKind,
  birth: {
    readonly uuid: string;
    readonly number: string;
    readonly name: string;
    readonly originated: ReadonlyMap<string, string>;
  },
): Leg {
  const { uuid, number, name, originated } = birth;
  return new Leg(owner, {
    uuid,
    kind,
    number,
    callerNumber:
      originated.get("origination_caller_id_number") ?? "0000000000",
    channelName: name,
    originated,
    context: "default",
  });
}

function start(
  owner: ScriptedSwitch,
  way: Exclude<Way, { error: string }>,
  order: {
    readonly uuid: string;
    readonly parsed: Parsed;
    readonly destination: Destination;
    readonly tell: (body: string) => void;
  },
): void {
  const { uuid, parsed, destination, tell } = order;
  const originated = new Map([...destination.variables, ...parsed.variables]);
  const birth = { uuid, number: way.number, name: way.name, originated };
  const leg = legOf(owner, way.kind, birth);
  leg.tellJob = tell;
  leg.onAnswered = () => handOver(owner, leg, parsed);
  leg.create();
  armTimers(owner, leg);
  if (way.kind === "carrier") {
    void playFarEnd(owner, leg);
    return;
  }
  const far = legOf(owner, "far", {
    ...birth,
    uuid: randomUUID(),
    name: way.name.replace(/-a$/, "-b"),
  });
  far.peer = leg;
  leg.peer = far;
  far.create();
  far.onEnd.add(() => leg.hangup(far.cause, farEnding(leg, far)));
  leg.onEnd.add(() => far.hangup(leg.cause, "ours"));
  const entry = { extension: way.number, context: way.context };
  void runDialplan(owner, far, entry, { voice: null, key: "" });
}

function farEnding(leg: Leg, far: Leg) {
  return leg.isAnswered
    ? ("far_end" as const)
    : { rejected: far.cause ?? "NORMAL_CLEARING" };
}

/** Whole-second clock: originate_timeout fires up to a second early, the progress timeout up to one late. */
function armTimers(owner: ScriptedSwitch, leg: Leg): void {
  const { secondMs } = owner.options.pace;
  const seconds = Number(leg.originated.get("originate_timeout") ?? "60");
  leg.scheduled.add(
    owner.after((seconds - owner.between(0.03, 0.9)) * secondMs, () => {
      if (!leg.isAnswered) leg.hangup("NO_ANSWER", "timeout");
    }),
  );
  const progress = Number(leg.originated.get("leg_progress_timeout") ?? "0");
  if (progress <= 0) return;
  leg.scheduled.add(
    owner.after((progress + owner.between(0.3, 1)) * secondMs, () => {
      const { times, isAnswered } = leg;
      if (isAnswered || times.progress > 0 || times.progressMedia > 0) return;
      leg.hangup("PROGRESS_TIMEOUT", "progress_timeout");
    }),
  );
}

/** The job succeeds a moment after the answer; a BYE in between makes it fail, as recorded. */
function handOver(owner: ScriptedSwitch, leg: Leg, parsed: Parsed): void {
  for (const stop of leg.scheduled) stop();
  leg.scheduled.clear();
  const [application, ...rest] = (
    leg.originated.get("execute_on_answer") ?? ""
  ).split(" ");
  if (application === "sched_hangup") {
    scheduleHangup(owner, leg, rest.join(" "));
  }
  owner.after(owner.between(0, 3), () => {
    if (leg.isOver) return;
    const tell = leg.tellJob;
    leg.tellJob = null;
    tell?.(`+OK ${leg.uuid}\n`);
    if (parsed.extension === "&park()") leg.park();
    if (parsed.extension.startsWith("&")) return;
    void runDialplan(
      owner,
      leg,
      { extension: parsed.extension, context: parsed.context },
      { voice: voiceOf(leg.number), key: "" },
    );
  });
}
