/** What was emitted of one call, as the history that its end carries (`CallHistory` in port.ts). */

import { noHistory } from "../port.ts";
import type { CallEvent, CallHistory } from "../port.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type AgentEvent = Extract<
  CallEvent,
  { readonly kind: "WAITING_AGENT" | "AGENT_RINGING" | "BRIDGED" }
>;

const NO_AGENT = { agentId: null, agentChannel: null };

/** Takes the events in any order, with any repeats. */
export class CallMemory {
  readonly #history: Mutable<CallHistory> = { ...noHistory };
  #agentPhaseAt = "";

  get isAnswered(): boolean {
    return this.#history.answerAt !== null;
  }

  get isBridged(): boolean {
    return this.#history.bridgeAt !== null;
  }

  /** @returns a copy: the memory may go on */
  history(): CallHistory {
    return { ...this.#history };
  }

  note(event: CallEvent): void {
    const history = this.#history;
    switch (event.kind) {
      case "RINGING":
        history.ringAt ??= event.at;
        break;
      case "EARLY_MEDIA":
        history.earlyMediaAt ??= event.at;
        break;
      case "ANSWERED":
        history.answerAt ??= event.at;
        break;
      case "AMD_RESULT":
        history.amdResult ??= event.result;
        break;
      case "WAITING_AGENT":
      case "AGENT_RINGING":
      case "BRIDGED":
        this.#noteAgent(event);
        break;
      default:
    }
  }

  #noteAgent(event: AgentEvent): void {
    const history = this.#history;
    const { kind, at } = event;
    if (kind === "WAITING_AGENT") {
      history.waitingAgentAt = earlier(history.waitingAgentAt, at);
    }
    if (kind === "BRIDGED") history.bridgeAt = earlier(history.bridgeAt, at);
    // The mock never gives two of them the same millisecond.
    if (at <= this.#agentPhaseAt) return;
    this.#agentPhaseAt = at;
    const { agentId, agentChannel } =
      kind === "WAITING_AGENT" ? NO_AGENT : event;
    history.agentId = agentId;
    history.agentChannel = agentChannel;
  }
}

function earlier(held: string | null, given: string): string {
  return held === null || given < held ? given : held;
}
