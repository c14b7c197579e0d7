/** mod_callcenter as recorded (`sip-callcenter-queue-agent`): the events of a queue with one agent. */
import { randomUUID } from "node:crypto";

import { agentLeg, answerOf, talk } from "./applications.ts";
import type { Leg } from "./leg.ts";
import type { ScriptedSwitch } from "./switch.ts";
import { plainSource } from "./templates.ts";

const RECORDING = "sip-callcenter-queue-agent";
/** Of docs/freeswitch/autoload_configs/callcenter.conf.xml. */
const AGENT = "1001";
const MAX_WAIT_SECONDS = 30;

interface Member {
  readonly owner: ScriptedSwitch;
  readonly leg: Leg;
  readonly broken: Promise<void>;
  readonly isBroken: () => boolean;
}

/** @param queue e.g. `dialer@default` */
export async function inQueue(member: Member, queue: string): Promise<void> {
  const { leg, owner } = member;
  const memberUuid = randomUUID();
  const domain = queue.split("@")[1] ?? "default";
  const tell = (action: string, agent: Leg | null, about: Leg | null) => {
    const source = plainSource(RECORDING, "CUSTOM", { "CC-Action": action });
    const words = wordsOf(source.headers, {
      queue,
      domain,
      memberUuid,
      customer: leg,
      agent,
    });
    owner.emit(source, about, about === leg ? agent : leg, words);
  };
  tell("member-queue-start", null, leg);
  if (owner.options.agents(AGENT) !== "answers") {
    const ms = MAX_WAIT_SECONDS * owner.options.pace.secondMs;
    await Promise.race([owner.pause(ms), member.broken]);
    tell("member-queue-end", null, leg);
    return;
  }
  tell("agent-offering", null, null);
  const agent = agentLeg(member, AGENT, "queue_agent");
  agent.other = leg;
  agent.set.set("cc_agent", `${AGENT}@${domain}`);
  agent.create();
  await answerOf(member, agent, AGENT);
  if (member.isBroken()) {
    agent.hangup("ORIGINATOR_CANCEL", "ours");
    tell("member-queue-end", null, leg);
    return;
  }
  agent.answer();
  tell("bridge-agent-start", agent, agent);
  leg.set.set("cc_agent_uuid", agent.uuid);
  leg.bridge(agent);
  leg.set.set("cc_agent", `${AGENT}@${domain}`);
  await talk(member, agent);
  tell("bridge-agent-end", agent, agent);
  tell("member-queue-end", agent, leg);
  if (leg.isOver) return;
  leg.unbridge();
  leg.hangup("NORMAL_CLEARING", "ours");
}

function wordsOf(
  headers: readonly (readonly [string, string])[],
  now: {
    readonly queue: string;
    readonly domain: string;
    readonly memberUuid: string;
    readonly customer: Leg;
    readonly agent: Leg | null;
  },
): ReadonlyMap<string, string> {
  const recorded = new Map(headers);
  const words = new Map<string, string>();
  const put = (name: string, value: string | undefined) => {
    const text = recorded.get(name);
    if (text !== undefined && value !== undefined) words.set(text, value);
  };
  put("CC-Queue", now.queue);
  put("CC-Agent", `${AGENT}@${now.domain}`);
  put("CC-Member-UUID", now.memberUuid);
  put("CC-Member-Session-UUID", now.customer.uuid);
  put("CC-Member-CID-Number", now.customer.number);
  put("CC-Agent-UUID", now.agent?.uuid);
  return words;
}
