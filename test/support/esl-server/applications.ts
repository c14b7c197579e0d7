/** The dialplan applications that `docs/freeswitch/dialplan` uses, run on a scripted leg. */
import { randomUUID } from "node:crypto";

import { actionsFor } from "./dialplan.ts";
import type { DialplanAction } from "./dialplan.ts";
import { Leg } from "./leg.ts";
import { inQueue } from "./queue.ts";
import type { ScriptedSwitch } from "./switch.ts";
import { customSource } from "./templates.ts";

/** How the person sounds, for amd; null: no sound at all. */
export type Voice = "human" | "machine" | null;

export interface RunOptions {
  readonly voice: Voice;
  /** The key pressed when asked for one. */
  readonly key: string;
}

interface Run {
  readonly owner: ScriptedSwitch;
  readonly leg: Leg;
  readonly options: RunOptions;
  /** Resolves when the leg ends or is sent elsewhere. */
  readonly broken: Promise<void>;
  readonly isBroken: () => boolean;
}

/** Where the dialplan goes on. */
type Next = { readonly extension: string; readonly context: string } | null;

/** Runs until the leg has ended or the dialplan has no more to say, which hangs it up. */
export async function runDialplan(
  owner: ScriptedSwitch,
  leg: Leg,
  start: { readonly extension: string; readonly context: string },
  options: RunOptions,
): Promise<void> {
  let next: Next = start;
  for (let hops = 0; next !== null && hops < 20; hops += 1) {
    next = await runOnce(owner, leg, next, options);
  }
  const didNothing = /^sched_(?:cancel|hangup)$/.test(leg.application);
  leg.hangup("NORMAL_CLEARING", didNothing ? "nothing_left" : "ours");
}

async function runOnce(
  owner: ScriptedSwitch,
  leg: Leg,
  { extension, context }: NonNullable<Next>,
  options: RunOptions,
): Promise<Next> {
  let sentTo: Next = null;
  let breakOff: () => void = () => undefined;
  const broken = new Promise<void>((resolve) => {
    breakOff = resolve;
  });
  leg.onEnd.add(breakOff);
  leg.onTransfer = (to, where) => {
    sentTo = { extension: to, context: where };
    breakOff();
  };
  const isBroken = () => leg.isOver || sentTo !== null;
  const run = { owner, leg, options, broken, isBroken };
  const actions = actionsFor(
    owner.options.dialplan,
    context,
    extension,
    (name) => leg.variable(name) ?? "",
  );
  if (actions === null) leg.hangup("NO_ROUTE_DESTINATION", "no_context");
  for (const action of actions ?? []) {
    if (isBroken()) break;
    await apply(run, action);
  }
  leg.onEnd.delete(breakOff);
  leg.onTransfer = null;
  return leg.isOver ? null : sentTo;
}

async function apply(run: Run, { application, data }: DialplanAction) {
  const expanded = data.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    return run.leg.variable(name) ?? "";
  });
  const act = applications[application];
  const { leg } = run;
  // A module that is not loaded: FreeSWITCH hangs the leg up, and what ran last was another application.
  if (act === undefined) {
    leg.set.set("last_app", leg.application);
    leg.hangup("DESTINATION_OUT_OF_ORDER", "ours");
    return;
  }
  leg.application = application;
  if (application === "hangup") leg.set.set("last_app", application);
  await act(run, expanded);
}

type Application = (run: Run, data: string) => Promise<void> | void;

const applications: Readonly<Record<string, Application>> = {
  answer: ({ leg }) => {
    leg.peer?.answer();
    leg.answer();
  },
  ring_ready: ({ leg }) => {
    leg.peer?.ring();
    leg.ring();
  },
  // Until the leg is over or sent elsewhere.
  park: ({ broken }) => broken,
  sleep: (run, data) => wait(run, scaled(run.owner, Number(data))),
  set: ({ leg }, data) => {
    const at = data.indexOf("=");
    leg.set.set(data.slice(0, at), data.slice(at + 1));
  },
  event: ({ owner, leg }, data) => {
    const given = data.split(",").map((part): readonly [string, string] => {
      const at = part.indexOf("=");
      return [part.slice(0, at), part.slice(at + 1)];
    });
    owner.emit(customSource(leg.kind, given), leg, leg.other);
  },
  hangup: ({ leg }, data) => {
    const cause = data === "" ? "NORMAL_CLEARING" : data;
    leg.hangup(cause, "ours");
  },
  transfer: ({ leg }, data) => {
    const [extension = "", , context = leg.context] = data.split(" ");
    leg.onTransfer?.(extension, context);
  },
  playback: (run, data) => {
    const silence = /^silence_stream:\/\/(\d+)/.exec(data)?.[1];
    const { pace } = run.owner.options;
    return wait(
      run,
      silence === undefined
        ? pace.playbackMs
        : scaled(run.owner, Number(silence)),
    );
  },
  play_and_get_digits: async (run, data) => {
    const name = data.split(" ")[7] ?? "digits";
    await wait(run, run.owner.options.pace.playbackMs);
    if (run.options.key !== "") run.leg.set.set(name, run.options.key);
  },
  sched_hangup: ({ owner, leg }, data) => scheduleHangup(owner, leg, data),
  sched_cancel: ({ leg }) => {
    for (const stop of leg.scheduled) stop();
    leg.scheduled.clear();
  },
  sched_transfer: ({ owner, leg }, data) => {
    const [time = "", extension = "", , context = ""] = data.split(" ");
    const ms = Number(time.replace("+", "")) * owner.options.pace.secondMs;
    leg.scheduled.add(
      owner.after(ms, () => leg.onTransfer?.(extension, context)),
    );
  },
  amd: listen,
  bridge: ringAgent,
  callcenter: (run, data) => inQueue(run, data),
};

/** `+N CAUSE`; fires up to half a second early, as recorded. */
export function scheduleHangup(
  owner: ScriptedSwitch,
  leg: Leg,
  data: string,
): void {
  const [time = "", cause = "ALLOTTED_TIMEOUT"] = data.split(" ");
  const seconds = Number(time.replace("+", ""));
  const ms = (seconds - owner.between(0, 0.5)) * owner.options.pace.secondMs;
  leg.scheduled.add(owner.after(ms, () => leg.hangup(cause, "ours")));
}

/** mod_amd: blocks until it has a verdict; without any sound it never has. */
async function listen(run: Run): Promise<void> {
  const { leg, owner, options } = run;
  leg.execute("CHANNEL_EXECUTE");
  if (options.voice === null) {
    await run.broken;
    return;
  }
  await wait(run, owner.options.pace.amdMs);
  if (run.isBroken()) return;
  const isHuman = options.voice === "human";
  leg.set.set("amd_result", isHuman ? "HUMAN" : "MACHINE");
  leg.set.set("amd_cause", isHuman ? "HUMAN" : "LONGGREETING");
  leg.execute("CHANNEL_EXECUTE_COMPLETE");
}

/** `user/NNNN@domain`; the first of several. */
async function ringAgent(run: Run, data: string): Promise<void> {
  const { leg } = run;
  const number = /^user\/(\d+)@/.exec(data)?.[1] ?? "0";
  const agent = agentLeg(run, number, "agent");
  agent.other = leg;
  leg.other = agent;
  agent.create();
  agent.ring();
  await answerOf(run, agent, number);
  if (run.isBroken() || agent.isOver) {
    agent.hangup(leg.isOver ? "ORIGINATOR_CANCEL" : "NO_ANSWER", "ours");
    if (!leg.isOver) leg.other = null;
    return;
  }
  agent.answer();
  leg.bridge(agent);
  await talk(run, agent);
  if (leg.isOver) return;
  leg.unbridge();
  leg.hangup("NORMAL_CLEARING", "ours");
}

export function agentLeg(
  { leg, owner }: Pick<Run, "leg" | "owner">,
  number: string,
  kind: "agent" | "queue_agent",
): Leg {
  const exported = (leg.variable("export_vars") ?? "")
    .split(",")
    .map((name) => [name, leg.variable(name) ?? ""] as const)
    .filter(([, value]) => value !== "");
  return new Leg(owner, {
    uuid: randomUUID(),
    kind,
    number,
    callerNumber: leg.callerNumber,
    channelName: `sofia/lab/${number}`,
    originated: new Map(exported),
    context: "default",
  });
}

/** Until the agent would pick up; over when he declines or the dialplan's call_timeout passes. */
export async function answerOf(
  run: Pick<Run, "owner" | "leg" | "broken">,
  agent: Leg,
  number: string,
): Promise<void> {
  const { owner, leg } = run;
  const { pace, agents } = owner.options;
  const behaviour = agents(number);
  const seconds = Number(leg.variable("call_timeout") ?? "60");
  const patience =
    behaviour === "rings" ? seconds * pace.secondMs : pace.agentRingMs;
  await Promise.race([owner.pause(patience), run.broken]);
  if (behaviour === "declines" && !leg.isOver) {
    agent.hangup(null, { rejected: "486" });
  }
  if (behaviour === "rings" && !leg.isOver) agent.hangup("NO_ANSWER", "ours");
}

/** Until one of the two has hung up; then so has the agent. */
export async function talk(
  { leg }: Pick<Run, "leg">,
  agent: Leg,
): Promise<void> {
  await new Promise<void>((resolve) => {
    leg.onEnd.add(() => {
      agent.hangup("NORMAL_CLEARING", "ours");
      resolve();
    });
    agent.onEnd.add(() => resolve());
  });
}

function wait(
  { owner, broken }: Pick<Run, "owner" | "broken">,
  ms: number,
): Promise<void> {
  return Promise.race([owner.pause(ms), broken]);
}

function scaled(owner: ScriptedSwitch, ms: number): number {
  return (ms * owner.options.pace.secondMs) / 1_000;
}
