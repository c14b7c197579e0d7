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

/** Of the switch that was recorded, as its README tells. */
const LAB = `<include><context name="default">
  <extension name="answer"><condition field="destination_number" expression="^answer_(\\d+)$">
    <action application="ring_ready"/><action application="sleep" data="300"/><action application="answer"/>
    <action application="playback" data="silence_stream://$1"/><action application="hangup" data="NORMAL_CLEARING"/>
  </condition></extension>
  <extension name="hold"><condition field="destination_number" expression="^hold_(\\d+)$">
    <action application="answer"/><action application="playback" data="silence_stream://$1"/>
  </condition></extension>
  <extension name="reject"><condition field="destination_number" expression="^reject_(\\w+)$">
    <action application="hangup" data="$1"/>
  </condition></extension>
  <extension name="ring_then"><condition field="destination_number" expression="^ring_then_(\\w+)$">
    <action application="ring_ready"/><action application="sleep" data="1500"/><action application="hangup" data="$1"/>
  </condition></extension>
  <extension name="ring"><condition field="destination_number" expression="^ring$">
    <action application="ring_ready"/><action application="sleep" data="60000"/>
  </condition></extension>
</context></include>`;

beforeEach(async () => {
  server = await startEslServer({
    pace: { secondMs: 60 },
    disorder: 0,
    dialplan: LAB,
  });
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

/**
 * Calls through the switch's own dialplan; not orig-answer-our-uuid_kill, whose CHANNEL_CREATE was told after its answer,
 * with what it knew by then.
 */
const loopbackCalls = [
  "orig-answer-remote-hangup",
  "orig-cancelled-while-ringing-uuid_kill",
  "orig-ring-no-answer-timeout",
  "orig-ring-then-busy",
  "orig-no-dialplan-match",
  ...[
    "CALL_REJECTED",
    "NORMAL_TEMPORARY_FAILURE",
    "NO_ROUTE_DESTINATION",
    "NO_USER_RESPONSE",
    "SWITCH_CONGESTION",
    "UNALLOCATED_NUMBER",
    "USER_BUSY",
  ].map((cause) => `orig-reject-${cause}`),
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

describe("a call", () => {
  it.each([...calls, ...loopbackCalls])(
    "has the recorded events and headers: %s",
    async (name) => {
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
    },
  );

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
    const kept = text.match(/"[^"]+":"[^"]*(?:1555\d{6}|corr-|job-sip)[^"]*"/g);
    expect(kept).toBeNull();
    for (const name of ["sip-callcenter-queue-agent", ...calls]) {
      const recorded = originatedUuid(name);
      expect(recorded).toMatch(/^[0-9a-f-]{36}$/);
      expect(text).not.toContain(recorded);
    }
  });
});

/** Of an originate's braces, theirs and ours, and what goes from there to an agent's leg; whose phone rings here first. */
const GIVEN =
  /^variable_(?:origination_.*|ignore_early_media|originate_timeout|correlation_id|accountcode|presence_data|CORRELATION_ID|export_vars|current_application.*|pre_transfer_.*|cc_agent(?:_uuid)?|hangup_after_bridge|continue_on_fail|call_timeout|leg_progress_timeout|progress_stamp)$|^Channel-Presence-Data$/;

describe("a talk with an agent", () => {
  it.each([
    ["1001", "sip-bridge-agent-customer-hangup"],
    ["queue", "sip-callcenter-queue-agent"],
  ])(
    "has the recorded events and headers: %s",
    async (extension, recording) => {
      await client.ask("auth ClueCon");
      await client.ask(
        `event json ${COMPARED.join(" ")} CHANNEL_BRIDGE CHANNEL_UNBRIDGE CUSTOM callcenter::info`,
      );
      const uuid = "3f1c0c1e-0000-4000-8000-000000000001";
      await client.ask(
        `bgapi originate {origination_uuid=${uuid},CORRELATION_ID=${uuid},export_vars=CORRELATION_ID}sofia/gateway/carrier/551190001205 ${extension} XML dialer`,
      );
      await event("CHANNEL_BRIDGE");
      await client.ask(`api uuid_kill ${uuid}`);
      await client.message(
        "the end of the call",
        ({ headers }) =>
          headerOf(headers, "Event-Name") === "CHANNEL_DESTROY" &&
          headerOf(headers, "Unique-ID") === uuid,
      );
      const told = shapes(client.messages(), uuid);
      const recorded = shapes(
        recordedMessages(recording),
        originatedUuid(recording),
      );
      const compared = [
        ...[
          "other CHANNEL_CREATE",
          "other CHANNEL_ANSWER",
          "ours CHANNEL_BRIDGE",
        ],
        ...["other CHANNEL_HANGUP_COMPLETE", "ours CHANNEL_HANGUP_COMPLETE"],
        ...(extension === "queue"
          ? [
              "ours CUSTOM member-queue-start",
              "none CUSTOM agent-offering",
              "other CUSTOM bridge-agent-start",
              "other CUSTOM bridge-agent-end",
              "ours CUSTOM member-queue-end",
            ]
          : ["ours CHANNEL_UNBRIDGE"]),
      ];
      for (const kind of compared) {
        expect({ kind, names: told.get(kind) }).toEqual({
          kind,
          names: recorded.get(kind),
        });
      }
    },
  );
});

function shapes(
  messages: readonly { readonly headers: Headers }[],
  uuid: string | undefined,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { headers } of messages) {
    const id = headerOf(headers, "Unique-ID");
    const whose = id === undefined ? "none" : id === uuid ? "ours" : "other";
    const words = [
      whose,
      headerOf(headers, "Event-Name"),
      headerOf(headers, "CC-Action"),
    ];
    const key = words.filter((word) => word !== undefined).join(" ");
    if (!found.has(key)) {
      found.set(
        key,
        names(headers).filter((name) => !GIVEN.test(name)),
      );
    }
  }
  return found;
}

describe("a heartbeat", () => {
  it("has the recorded headers and the switch's own limits", async () => {
    await client.ask("auth ClueCon");
    await client.ask("event json HEARTBEAT");
    server.switch.limits.sessionsPerSecond = 77;
    server.heartbeat();
    const told = await event("HEARTBEAT");
    expect(names(told)).toEqual(names(recordedHeartbeat()));
    // What is left of this second: nothing was started in it.
    expect(headerOf(told, "Session-Per-Sec")).toBe("77");
    expect(headerOf(told, "Max-Sessions")).toBe("1000");
    expect(headerOf(told, "Core-UUID")).toBe(server.switch.coreUuid);
  });
});
