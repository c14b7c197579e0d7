/** The scripted server tells a call as the real FreeSWITCH was recorded to: same events, same headers, same order of them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { startEslServer } from "../../../support/esl-server.ts";
import type { EslServer } from "../../../support/esl-server.ts";
import { connectRaw } from "../../../support/esl-server/raw-client.ts";
import type { RawClient } from "../../../support/esl-server/raw-client.ts";
import { recordedHeartbeat } from "../../../support/esl-server/heartbeat.ts";
import {
  headerOf,
  originatedUuid,
  recordedCommands,
  recordedEvent,
  recordedMessages,
} from "../../../support/esl-server/recordings.ts";
import type { Headers } from "../../../support/esl-server/recordings.ts";

let server: EslServer;
let client: RawClient;

beforeEach(async () => {
  server = await startEslServer({ pace: { secondMs: 60 }, disorder: 0 });
  client = await connectRaw(server.port);
});
afterEach(async () => {
  client.close();
  await server.close();
});

/** Calls over the gateway, by the recorded client's own bytes. */
const calls = [
  ...["403", "404", "408", "410", "484", "486", "488", "500"].map(
    (status) => `sip-reject-${status}`,
  ),
  ...["600", "603", "607"].map((status) => `sip-reject-${status}`),
  "sip-answer-remote-hangup",
  "sip-answer-our-uuid_kill",
  "sip-cancel-while-ringing-uuid_kill",
  "sip-ring-timeout-CANCEL",
  "sip-ring-leg_progress_timeout-vs-180",
];

const COMPARED = [
  "CHANNEL_CREATE",
  "CHANNEL_PROGRESS",
  "CHANNEL_ANSWER",
  "CHANNEL_PARK",
  "CHANNEL_HANGUP",
  "CHANNEL_HANGUP_COMPLETE",
  "CHANNEL_DESTROY",
  "BACKGROUND_JOB",
];

/** Sends what the recorded client sent, the kill once the call rings or talks. */
async function replay(recording: string): Promise<void> {
  const commands = recordedCommands(recording);
  const kill = commands.find((one) => one.startsWith("api uuid_kill"));
  const last = commands.findIndex((one) => one.startsWith("bgapi originate"));
  for (const command of commands.slice(0, last + 1)) await client.ask(command);
  if (kill !== undefined) {
    await event(
      recording.includes("answer") ? "CHANNEL_PARK" : "CHANNEL_PROGRESS",
    );
    await client.ask(kill);
  }
  await event("CHANNEL_DESTROY");
  await event("BACKGROUND_JOB");
}

async function event(name: string): Promise<Headers> {
  const found = await client.message(
    name,
    ({ headers }) => headerOf(headers, "Event-Name") === name,
  );
  return found.headers;
}

function ofOurLeg(
  messages: readonly { readonly headers: Headers }[],
  uuid: string | undefined,
): Map<string, Headers> {
  const events = new Map<string, Headers>();
  for (const { headers } of messages) {
    const name = headerOf(headers, "Event-Name") ?? "";
    const isOurs =
      headerOf(headers, "Unique-ID") === uuid || name === "BACKGROUND_JOB";
    if (isOurs && COMPARED.includes(name)) events.set(name, headers);
  }
  return events;
}

function names(headers: Headers | undefined): string[] {
  return (headers ?? []).map(([name]) => name);
}

describe("a call over the gateway", () => {
  it.each(calls)("has the recorded events and headers: %s", async (name) => {
    await replay(name);
    const uuid = originatedUuid(name);
    const recorded = ofOurLeg(recordedMessages(name), uuid);
    const told = ofOurLeg(client.messages(), uuid);
    expect([...told.keys()].sort()).toEqual([...recorded.keys()].sort());
    for (const [kind, headers] of recorded) {
      expect({ kind, names: names(told.get(kind)) }).toEqual({
        kind,
        names: names(headers),
      });
    }
    const [then, now] = [recorded, told].map((events) =>
      [
        "Hangup-Cause",
        "variable_hangup_cause_q850",
        "variable_sip_term_status",
        "variable_sip_hangup_disposition",
        "variable_proto_specific_hangup_cause",
      ].map((header) =>
        headerOf(events.get("CHANNEL_HANGUP_COMPLETE") ?? [], header),
      ),
    );
    expect(now).toEqual(then);
    expect(headerOf(told.get("BACKGROUND_JOB") ?? [], "_body")).toBe(
      headerOf(recorded.get("BACKGROUND_JOB") ?? [], "_body"),
    );
  });

  it.each(["sip-carrier-port-closed", "orig-unknown-gateway"])(
    "that no gateway makes leaves CHANNEL_DESTROY of N/A and the job: %s",
    async (name) => {
      await replay(name);
      const uuid = originatedUuid(name);
      const told = ofOurLeg(client.messages(), uuid);
      expect([...told.keys()].sort()).toEqual([
        "BACKGROUND_JOB",
        "CHANNEL_DESTROY",
      ]);
      const destroyed = told.get("CHANNEL_DESTROY") ?? [];
      expect(names(destroyed)).toEqual(
        names(recordedEvent(name, "CHANNEL_DESTROY")),
      );
      expect(headerOf(destroyed, "Channel-Name")).toBe("N/A");
      expect(headerOf(destroyed, "Unique-ID")).toBe(uuid);
      const body = (headers: Headers) => headerOf(headers, "_body");
      expect(body(told.get("BACKGROUND_JOB") ?? [])).toBe(
        body(recordedEvent(name, "BACKGROUND_JOB")),
      );
    },
  );

  it.each([
    "orig-usage-error",
    "orig-unescaped-space-in-variable",
    "orig-unknown-endpoint",
  ])("that comes to nothing has its job alone: %s", async (name) => {
    const commands = recordedCommands(name).slice(0, 3);
    for (const command of commands) await client.ask(command);
    const told = await event("BACKGROUND_JOB");
    const recorded = recordedEvent(name, "BACKGROUND_JOB");
    expect(names(told)).toEqual(names(recorded));
    expect(headerOf(told, "_body")).toBe(headerOf(recorded, "_body"));
    expect(
      client.messages().filter(({ type }) => type === "text/event-json"),
    ).toHaveLength(1);
  });

  it("keeps nothing of the recorded call", async () => {
    await client.ask("auth ClueCon");
    await client.ask(
      `event json ${COMPARED.join(" ")} CUSTOM callcenter::info dialer::info`,
    );
    const uuid = "3f1c0c1e-0000-4000-8000-000000000001";
    await client.ask(
      `bgapi originate {origination_uuid=${uuid},accountcode=${uuid},CORRELATION_ID=${uuid},origination_caller_id_number=551130000000}sofia/gateway/carrier/551190001200 queue XML dialer\nJob-UUID: job-1`,
    );
    await client.message(
      "the end of the call",
      ({ headers }) =>
        headerOf(headers, "Event-Name") === "CHANNEL_DESTROY" &&
        headerOf(headers, "Unique-ID") === uuid,
    );
    const text = client
      .messages()
      .map(({ body }) => body)
      .join("");
    expect(text).not.toMatch(/1555\d{6}|15550001111|corr-|job-sip/);
    for (const name of ["sip-callcenter-queue-agent", ...calls]) {
      const recorded = originatedUuid(name);
      expect(recorded).toMatch(/^[0-9a-f-]{36}$/);
      expect(text).not.toContain(recorded);
    }
  });
});

describe("a heartbeat", () => {
  it("has the recorded headers and the switch's own limits", async () => {
    await client.ask("auth ClueCon");
    await client.ask("event json HEARTBEAT");
    server.switch.limits.sessionsPerSecond = 77;
    server.heartbeat();
    const told = await event("HEARTBEAT");
    expect(names(told)).toEqual(names(recordedHeartbeat()));
    expect(headerOf(told, "Session-Per-Sec")).toBe("77");
    expect(headerOf(told, "Max-Sessions")).toBe("1000");
    expect(headerOf(told, "Core-UUID")).toBe(server.switch.coreUuid);
  });
});
