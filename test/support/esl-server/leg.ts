/**
 * One leg of the scripted FreeSWITCH. created → rung, early media → answered → bridged → ended; every step emits its
 * event. Ended is final. A leg survives the loss of an engine's connection; a restart of the switch removes it without
 * an event.
 */
import { randomUUID } from "node:crypto";

import type { LegView } from "./event-words.ts";
import type { LegTimes } from "./event-times.ts";
import type { ScriptedSwitch } from "./switch.ts";
import {
  causeOfRejection,
  endSource,
  livingSource,
  talkSource,
} from "./templates.ts";
import type { Ending, LegKind } from "./templates.ts";

export interface LegBirth {
  readonly uuid: string;
  readonly kind: LegKind;
  readonly number: string;
  readonly callerNumber: string;
  readonly channelName: string;
  readonly originated: ReadonlyMap<string, string>;
  readonly context: string;
}

export class Leg implements LegView {
  readonly uuid: string;
  readonly kind: LegKind;
  readonly number: string;
  readonly callerNumber: string;
  readonly channelName: string;
  readonly originated: ReadonlyMap<string, string>;
  readonly context: string;
  readonly sipCallId = randomUUID() as string;
  readonly set = new Map<string, string>();
  /** Scheduled by the dialplan: hangups and transfers of this leg. */
  readonly scheduled = new Set<() => void>();
  cause: string | null = null;
  /** The agent's leg, or for it the customer's. */
  other: Leg | null = null;
  /** The other half of a loopback call. */
  peer: Leg | null = null;
  application = "";
  /** The result of the originate's job is not emitted yet. */
  tellJob: ((body: string) => void) | null = null;
  onAnswered: (() => void) | null = null;
  readonly onEnd = new Set<() => void>();
  /** Breaks the dialplan off, to go on elsewhere. */
  onTransfer: ((extension: string, context: string) => void) | null = null;
  readonly #switch: ScriptedSwitch;
  #times: LegTimes;
  #partner: "agent" | "queue_agent" | null = null;
  #hasVanished = false;

  constructor(owner: ScriptedSwitch, birth: LegBirth) {
    this.#switch = owner;
    this.uuid = birth.uuid;
    this.kind = birth.kind;
    this.number = birth.number;
    this.callerNumber = birth.callerNumber;
    this.channelName = birth.channelName;
    this.originated = birth.originated;
    this.context = birth.context;
    this.#times = {
      created: owner.nowUs(),
      progress: 0,
      progressMedia: 0,
      answered: 0,
      bridged: 0,
      hangup: 0,
    };
  }

  get times(): LegTimes {
    return this.#times;
  }

  get isOver(): boolean {
    return this.cause !== null || this.#hasVanished;
  }

  get isAnswered(): boolean {
    return this.#times.answered > 0;
  }

  variable(name: string): string | undefined {
    return this.set.get(name) ?? this.originated.get(name);
  }

  create(): void {
    this.#switch.legs.set(this.uuid, this);
    this.#tell("CHANNEL_CREATE");
  }

  ring(): void {
    if (this.isOver || this.#times.progress > 0) return;
    this.#mark("progress");
    this.#tell("CHANNEL_PROGRESS");
  }

  earlyMedia(): void {
    if (this.isOver || this.#times.progressMedia > 0) return;
    this.#mark("progressMedia");
    this.#tell("CHANNEL_PROGRESS_MEDIA");
  }

  answer(): void {
    if (this.isOver || this.isAnswered) return;
    this.#mark("answered");
    this.#tell("CHANNEL_ANSWER");
    this.onAnswered?.();
  }

  /** Talks with `agent` from now on. */
  bridge(agent: Leg): void {
    this.other = agent;
    agent.other = this;
    this.#partner = agent.kind === "queue_agent" ? "queue_agent" : "agent";
    this.#mark("bridged");
    agent.#mark("bridged");
    this.#tellTalk("CHANNEL_BRIDGE");
  }

  /** The agent left; the customer stays. */
  unbridge(): void {
    this.#tellTalk("CHANNEL_UNBRIDGE");
    this.other = null;
  }

  /** Stays as it is, for ever. */
  park(): void {
    this.application = "park";
    this.#tell("CHANNEL_PARK");
  }

  execute(event: "CHANNEL_EXECUTE" | "CHANNEL_EXECUTE_COMPLETE"): void {
    this.#tell(event);
  }

  /** @param ending what the recorded end must be like */
  hangup(cause: string | null, ending: Ending): void {
    if (this.isOver) return;
    this.#mark("hangup");
    this.cause =
      cause ??
      (typeof ending === "object"
        ? causeOfRejection(ending.rejected)
        : "NORMAL_CLEARING");
    for (const stop of this.scheduled) stop();
    // The recorded customer of a talk was hung up by us.
    if (this.#partner !== null && ending === "far_end") {
      this.set.set("sip_hangup_disposition", "recv_bye");
    }
    // The recordings of calls that had nowhere to go lack this one event, which says no more than the next.
    const isLost = ending === "no_context" || ending === "nothing_left";
    this.#tellEnd("CHANNEL_HANGUP", isLost ? "ours" : ending);
    for (const act of [...this.onEnd]) act();
    if (this.#partner !== null && this.other !== null) {
      this.#tellTalk("CHANNEL_UNBRIDGE");
    }
    this.#tellTheRest(ending);
    this.#switch.legs.delete(this.uuid);
  }

  /** The switch was killed. */
  vanish(): void {
    this.#hasVanished = true;
    this.tellJob = null;
    for (const stop of this.scheduled) stop();
    this.onEnd.clear();
  }

  /** The job's result comes before, between or after the last two events, as recorded. */
  #tellTheRest(ending: Ending): void {
    const steps: (() => void)[] = [
      () => this.#tellEnd("CHANNEL_HANGUP_COMPLETE", ending),
      () => this.#tellEnd("CHANNEL_DESTROY", ending),
    ];
    const tellJob = this.tellJob;
    this.tellJob = null;
    if (tellJob !== null) {
      const body = `-ERR ${this.cause ?? ""}\n`;
      // After our own time-outs the job's result comes first (recorded: always); otherwise the leg's end, in 4 of 5.
      const isTimeout = ending === "timeout" || ending === "progress_timeout";
      const at = isTimeout ? 0 : this.#switch.random() < 0.8 ? 1 : 2;
      steps.splice(at, 0, () => tellJob(body));
    }
    for (const step of steps) step();
  }

  /** Emitted on the customer's leg. */
  #tellTalk(event: "CHANNEL_BRIDGE" | "CHANNEL_UNBRIDGE"): void {
    const agent = this.other;
    const partner = this.#partner;
    if (agent === null || partner === null) return;
    const source = talkSource(partner, event, this.isOver);
    const sides: Readonly<Record<string, string>> = {
      "Bridge-A-Unique-ID": this.uuid,
      "Bridge-B-Unique-ID": agent.uuid,
    };
    const headers = source.headers.map(
      ([name, value]) => [name, sides[name] ?? value] as const,
    );
    this.#switch.emit({ ...source, headers }, this, agent);
  }

  #mark(moment: keyof LegTimes): void {
    this.#times = { ...this.#times, [moment]: this.#switch.nowUs() };
  }

  #tell(event: string): void {
    this.#switch.emit(livingSource(this.kind, event), this, this.other);
  }

  #tellEnd(event: string, ending: Ending): void {
    const { progress, progressMedia } = this.#times;
    const source = endSource(
      {
        kind: this.kind,
        isAnswered: this.isAnswered,
        hasRung: progress > 0 || progressMedia > 0,
        partner: this.#partner,
        ending,
      },
      event,
    );
    this.#switch.emit(source, this, this.other);
  }
}
