/**
 * The mock PBX's own protocol: newline-delimited JSON over TCP, both sides checked.
 *
 * A client sends `hello` first. Every request carries an id and gets one `answer` or `error` with that id. In between,
 * the PBX sends `channel` and `event` messages to all engines.
 */

import { z } from "zod";

import {
  amdResults,
  handOverFindings,
  hangupSources,
  refusalReasons,
} from "../port.ts";
import type { CallEvent, OriginateRequest } from "../port.ts";
import { trunkFaultSchema } from "./scenario.ts";

/** A longer line is an attack or a defect. */
const MAX_LINE_LENGTH = 1_048_576;

const text = z.string();
const nullableText = text.nullable();
const nullableNumber = z.number().nullable();

const originateRequestSchema = z.strictObject({
  attemptId: text,
  campaignId: text,
  leadId: text,
  dialString: text,
  callerId: nullableText,
  context: nullableText,
  extension: text,
  setupTimeoutSeconds: z.number(),
  ringTimeoutSeconds: z.number(),
  maxCallDurationSeconds: z.number(),
  variables: z.record(text, text),
}) satisfies z.ZodType<OriginateRequest>;

const requestId = z.int().min(0);

/** What a client may send. The second half is for tests, over a connection with role `control`. */
export const clientMessageSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("hello"),
    requestId,
    installationId: text,
    role: z.enum(["engine", "control"]),
  }),
  z.strictObject({ type: z.literal("ping"), requestId }),
  z.strictObject({
    type: z.literal("originate"),
    requestId,
    request: originateRequestSchema,
  }),
  z.strictObject({ type: z.literal("hangup"), requestId, attemptId: text }),
  z.strictObject({ type: z.literal("isAlive"), requestId, attemptId: text }),
  z.strictObject({ type: z.literal("recall"), requestId, attemptId: text }),
  z.strictObject({ type: z.literal("list"), requestId }),
  z.strictObject({
    type: z.literal("handOver"),
    requestId,
    context: nullableText,
    extension: text,
  }),
  z.strictObject({ type: z.literal("stats"), requestId }),
  z.strictObject({ type: z.literal("journal"), requestId }),
  z.strictObject({ type: z.literal("playedCalls"), requestId }),
  z.strictObject({
    type: z.literal("setScenario"),
    requestId,
    scenario: z.unknown(),
  }),
  z.strictObject({
    type: z.literal("setTrunkFault"),
    requestId,
    trunk: text,
    fault: trunkFaultSchema.nullable(),
  }),
  z.strictObject({ type: z.literal("dropConnections"), requestId }),
  z.strictObject({
    type: z.literal("silence"),
    requestId,
    mode: z.enum(["off", "lose", "keep"]),
  }),
  z.strictObject({ type: z.literal("restart"), requestId }),
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;

const base = { attemptId: text, at: text, dedupKey: text };
const cause = {
  cause: nullableNumber,
  causeName: nullableText,
  sipStatus: nullableNumber,
  sipReason: nullableText,
};
const agent = { agentId: nullableText, agentChannel: nullableText };
const amdResult = z.enum(amdResults);

const historySchema = z.strictObject({
  ringAt: nullableText,
  earlyMediaAt: nullableText,
  answerAt: nullableText,
  bridgeAt: nullableText,
  ...agent,
  waitingAgentAt: nullableText,
  amdResult: amdResult.nullable(),
});

const plain = <K extends string>(kind: K) =>
  z.strictObject({ ...base, kind: z.literal(kind) });

const refusedSchema = z.strictObject({
  ...base,
  kind: z.literal("REFUSED"),
  reason: z.enum(refusalReasons),
  message: text,
});

const endedSchema = z.strictObject({
  ...base,
  ...cause,
  kind: z.literal("ENDED"),
  complete: z.boolean(),
  history: historySchema,
  source: z.enum(hangupSources).nullable(),
  timedOut: z.boolean(),
  sipCallId: nullableText,
  refusal: z.literal("NO_SUCH_EXTENSION").exactOptional(),
});

/** The whole vocabulary of the port, though a mock call uses a part of it. */
const callEventSchema = z.discriminatedUnion("kind", [
  plain("RINGING"),
  plain("EARLY_MEDIA"),
  plain("ANSWERED"),
  plain("AMD_STARTED"),
  plain("WAITING_AGENT"),
  z.strictObject({
    ...base,
    kind: z.literal("AMD_RESULT"),
    result: amdResult,
  }),
  z.strictObject({ ...base, kind: z.literal("AGENT_RINGING"), ...agent }),
  z.strictObject({ ...base, kind: z.literal("BRIDGED"), ...agent }),
  z.strictObject({ ...base, kind: z.literal("NOTED"), note: text }),
  z.strictObject({
    ...base,
    kind: z.literal("DISPOSITION"),
    disposition: text,
  }),
  refusedSchema,
  z.strictObject({ ...base, kind: z.literal("NOT_SENT"), message: text }),
  z.strictObject({
    ...base,
    ...cause,
    kind: z.literal("ORIGINATE_FAILED"),
    timedOut: z.boolean(),
  }),
  endedSchema,
]) satisfies z.ZodType<CallEvent>;

/** What the PBX sends. The requester checks `result`. */
export const serverMessageSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("answer"),
    requestId,
    result: z.unknown(),
  }),
  z.strictObject({ type: z.literal("error"), requestId, message: text }),
  z.strictObject({
    type: z.literal("channel"),
    installationId: text,
    attemptId: text,
  }),
  z.strictObject({
    type: z.literal("event"),
    installationId: text,
    event: callEventSchema,
  }),
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;
/** What the PBX sends unasked. */
export type CallMessage = Extract<
  ServerMessage,
  { readonly type: "channel" | "event" }
>;

/** The answers, by the request that they belong to. */
export const answerSchemas = {
  hello: z.strictObject({ runId: text }),
  originate: z.discriminatedUnion("status", [
    z.strictObject({ status: z.literal("accepted") }),
    z.strictObject({
      status: z.literal("refused"),
      reason: z.enum(refusalReasons),
      message: text,
    }),
  ]),
  hangup: z.enum(["requested", "no_such_channel"]),
  isAlive: z.boolean(),
  recall: z.discriminatedUnion("kind", [refusedSchema, endedSchema]).nullable(),
  handOver: z.enum(handOverFindings),
  list: z.array(
    z.strictObject({
      attemptId: text,
      answered: z.boolean(),
      createdAt: nullableText,
    }),
  ),
};

export function encodeLine(message: ClientMessage | ServerMessage): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Cuts a stream of text into lines.
 * @returns feed it chunks; it throws RangeError for a line above `MAX_LINE_LENGTH`
 */
export function createLineSplitter(
  onLine: (line: string) => void,
): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_LENGTH) {
      throw new RangeError(
        `A line of the mock PBX's protocol exceeds ${String(MAX_LINE_LENGTH)} characters`,
      );
    }
    for (const line of lines) onLine(line);
  };
}
