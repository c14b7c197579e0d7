/** Calls placed by a bare AMI Originate, as an adapter would, and what Asterisk told of them. */
import { randomUUID } from "node:crypto";
import type {
  AmiClient,
  AmiHeaders,
  AmiMessage,
} from "../../support/asterisk-lab.ts";
import { PATIENCE_MS } from "../../support/wait-for.ts";

export interface PlacedCall {
  /** ChannelId, which is the Uniqueid of the customer's leg. */
  readonly id: string;
  /** Asterisk's answer to the Originate. */
  readonly response: AmiMessage;
  /** Waits for an event about this call's own leg (or, with `anyLeg`, about any leg that hangs on it). */
  event(
    name: string,
    matches?: (message: AmiMessage) => boolean,
    options?: { readonly anyLeg?: boolean; readonly timeoutMs?: number },
  ): Promise<AmiMessage>;
  /** The OriginateResponse of this call. */
  result(timeoutMs?: number): Promise<AmiMessage>;
  /** Whether the event has come. */
  has(name: string, matches?: (message: AmiMessage) => boolean): boolean;
}

export interface CallPlan {
  readonly exten?: string;
  readonly timeoutMs?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

let numbers = 0;

/** A number of its own that the far end treats as `suffix` says. */
export function numberFor(suffix: string): string {
  numbers += 1;
  return `55119${String(numbers).padStart(5, "0")}${suffix}`;
}

/** @param channel e.g. `PJSIP/5511900001200@carrier` */
export async function placeCall(
  client: AmiClient,
  channel: string,
  { exten = "s", timeoutMs = 20_000, variables = {} }: CallPlan = {},
): Promise<PlacedCall> {
  const id = randomUUID();
  const from = client.messages.length;
  const headers: AmiHeaders = [
    ["Channel", channel],
    ["ChannelId", id],
    ["Context", "from-dialer"],
    ["Exten", exten],
    ["Priority", "1"],
    ["Timeout", String(timeoutMs)],
    ["Account", "lab"],
    ["Async", "true"],
    ["Variable", `CORRELATION_ID=${id}`],
    ...Object.entries(variables).map(
      ([name, value]) => ["Variable", `${name}=${value}`] as const,
    ),
  ];
  const response = await client.action("Originate", headers);
  const actionId = response["ActionID"];
  const isAbout = (message: AmiMessage, name: string, anyLeg: boolean) =>
    message["Event"] === name &&
    ((message["DestUniqueid"] ?? message["Uniqueid"]) === id ||
      (anyLeg && (message["DestLinkedid"] ?? message["Linkedid"]) === id));
  return {
    id,
    response,
    event: (name, matches = () => true, options = {}) =>
      client.next(
        `${name} of the call to ${channel}`,
        (message) =>
          isAbout(message, name, options.anyLeg ?? false) && matches(message),
        { from, timeoutMs: options.timeoutMs ?? PATIENCE_MS },
      ),
    result: (timeoutMsToWait = PATIENCE_MS) =>
      client.next(
        `OriginateResponse of the call to ${channel}`,
        (message) =>
          message["Event"] === "OriginateResponse" &&
          message["ActionID"] === actionId,
        { from, timeoutMs: timeoutMsToWait },
      ),
    has: (name, matches = () => true) =>
      client.messages
        .slice(from)
        .some((message) => isAbout(message, name, false) && matches(message)),
  };
}
