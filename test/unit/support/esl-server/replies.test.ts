/** The scripted server answers commands as the real FreeSWITCH was recorded to, byte for byte. */
import net from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { startEslServer } from "../../../support/esl-server.ts";
import type { EslServer } from "../../../support/esl-server.ts";
import { connectRaw } from "../../../support/esl-server/raw-client.ts";
import type { RawClient } from "../../../support/esl-server/raw-client.ts";
import {
  recordedCommands,
  recordedMessages,
} from "../../../support/esl-server/recordings.ts";
import type { RecordedMessage } from "../../../support/esl-server/recordings.ts";
import { waitFor } from "../../../support/wait-for.ts";

let server: EslServer;
let client: RawClient;
const ENGINE = "esl@lab";

beforeEach(async () => {
  server = await startEslServer({
    disorder: 0,
    pace: { tableLagMs: 300 },
    users: [
      {
        name: ENGINE,
        password: "pw-esl",
        events: ["BACKGROUND_JOB", "CHANNEL_ANSWER", "CHANNEL_HANGUP_COMPLETE"],
        api: [
          "status",
          "originate",
          "uuid_kill",
          "uuid_exists",
          "show",
          "bgapi",
        ],
      },
    ],
  });
  client = await connectRaw(server.port);
});
afterEach(async () => {
  client.close();
  await server.close();
});

const isUuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Without what is chance: ids, and the counts of `status` and `uptime`. */
function wordsOf({ type, head, body }: RecordedMessage) {
  const text = body.replace(/\d+/g, "0");
  return {
    type,
    head: head
      .replace(isUuid, "ID")
      .replace(/Content-Length: \d+/, "Content-Length: 0"),
    text,
  };
}

describe("replies", () => {
  it.each([
    "auth-ok",
    "auth-bad",
    "auth-command-before-auth",
    "auth-userauth-restricted",
    "sub-errors",
  ])("are those of the recording: %s", async (name) => {
    const recorded = recordedMessages(name).filter(
      ({ type }) => !type.startsWith("text/event"),
    );
    for (const command of recordedCommands(name)) client.send(`${command}\n\n`);
    await waitFor(
      "all replies",
      () => client.messages().length >= recorded.length,
    );
    expect(client.messages().map(wordsOf)).toEqual(recorded.map(wordsOf));
  });

  it("tell an address that is not in the access list to go away", async () => {
    server.reject(true);
    const chunks: Buffer[] = [];
    const socket = net.connect(server.port, "127.0.0.1");
    socket.on("data", (bytes) => chunks.push(bytes));
    await new Promise((resolve) => socket.once("close", resolve));
    const text = Buffer.concat(chunks).toString("utf8");
    const recorded = recordedMessages("auth-acl-rejected");
    expect(text).toBe(
      recorded.map(({ head, body }) => `${head}\n\n${body}`).join(""),
    );
  });

  it("come in the order of the commands, and the job's after its reply", async () => {
    client.send(
      [
        "auth ClueCon",
        "event json BACKGROUND_JOB",
        "bgapi status\nJob-UUID: job-a",
        "api uuid_exists x",
        "bgapi originate {a=b c}x &park()\nJob-UUID: job-b",
        "api uptime",
      ]
        .map((command) => `${command}\n\n`)
        .join(""),
    );
    await waitFor("both jobs", () => jobs().length === 2);
    const replies = client
      .messages()
      .filter(
        ({ type }) => type === "command/reply" || type === "api/response",
      );
    expect(
      replies.map(({ head }) => /Job-UUID: (\S+)$/.exec(head)?.[1]),
    ).toEqual([undefined, undefined, "job-a", undefined, "job-b", undefined]);
    for (const job of ["job-a", "job-b"]) {
      const order = client
        .messages()
        .filter(({ head, body }) => `${head}${body}`.includes(job))
        .map(({ type }) => type);
      expect(order).toEqual(["command/reply", "text/event-json"]);
    }
  });

  it("are eaten by a Content-Length that was smuggled in", async () => {
    await client.ask("auth ClueCon");
    client.send("api uuid_exists x\nContent-Length: 12\n\napi status\n\n");
    client.send("api uptime\n\n");
    await waitFor("the answers", () => client.messages().length >= 4);
    expect(
      client
        .messages()
        .slice(2)
        .map(({ body }) => body),
    ).toEqual(["false", expect.stringMatching(/^\d+\n$/)]);
  });
});

function jobs(): readonly RecordedMessage[] {
  return client
    .messages()
    .filter(({ body }) => body.includes('"BACKGROUND_JOB"'));
}

describe("what the switch refuses itself", () => {
  const dial = (count: number) =>
    `bgapi originate {origination_uuid=3f1c0c1e-0000-4000-8000-00000000000${String(count)}}sofia/gateway/carrier/551190001205 &park()\nJob-UUID: job-${String(count)}`;

  it("is one less than its sessions per second, as recorded: 4 of 5", async () => {
    server.switch.limits.sessionsPerSecond = 5;
    await client.ask("auth ClueCon");
    await client.ask("event json BACKGROUND_JOB CHANNEL_CREATE");
    for (let count = 0; count < 9; count += 1)
      client.send(`${dial(count)}\n\n`);
    await waitFor("all jobs", () => jobs().length === 9);
    const refused = jobs().filter(({ body }) =>
      body.includes("-ERR DESTINATION_OUT_OF_ORDER"),
    );
    expect(refused).toHaveLength(5);
    expect(server.switch.legs.size).toBe(4);
  });

  it.each([
    ["paused", () => Object.assign(server.switch.limits, { isPaused: true })],
    ["full", () => Object.assign(server.switch.limits, { maxSessions: 0 })],
  ])("is told by the job alone when it is %s", async (_name, limit) => {
    limit();
    await client.ask("auth ClueCon");
    await client.ask("event json ALL");
    await client.ask(dial(1));
    await waitFor("the job", () => jobs().length === 1);
    expect(jobs()[0]?.body).toContain("-ERR DESTINATION_OUT_OF_ORDER");
    expect(
      client.messages().filter(({ type }) => type === "text/event-json"),
    ).toHaveLength(1);
  });

  it("is a uuid that is up already", async () => {
    await client.ask("auth ClueCon");
    await client.ask("event json ALL");
    await client.ask(dial(1));
    await waitFor("the first job", () => jobs().length === 1);
    await client.ask(dial(1));
    await waitFor("the second job", () => jobs().length === 2);
    expect(jobs()[1]?.body).toContain("-ERR DESTINATION_OUT_OF_ORDER");
  });
});

describe("show channels", () => {
  it("is late, and has no rows when it is empty", async () => {
    await client.ask("auth ClueCon");
    const recorded = recordedMessages("cmd-uuid-commands").find(({ body }) =>
      body.startsWith('{"row_count": 0}'),
    );
    const empty = await client.ask("api show channels as json");
    expect(empty.body).toBe(recorded?.body);
    await client.ask("event json CHANNEL_CREATE");
    await client.ask(
      "bgapi originate {origination_uuid=3f1c0c1e-0000-4000-8000-000000000001,accountcode=a,presence_data=b}sofia/gateway/carrier/551190001205 &park()",
    );
    await client.message("the call", ({ type }) => type === "text/event-json");
    const early = await client.ask("api show channels as json");
    expect(early.body).toBe(recorded?.body);
    const exists = await client.ask(
      "api uuid_exists 3f1c0c1e-0000-4000-8000-000000000001",
    );
    expect(exists.body).toBe("true");
    const shown = await waitFor("the row", async () => {
      const { body } = await client.ask("api show channels as json");
      return body.includes("ACTIVE") && body;
    });
    const row = recordedMessages("show-channels-correlation-columns").find(
      ({ body }) => body.startsWith('{"row_count":1'),
    );
    expect(columns(shown)).toEqual(columns(row?.body ?? ""));
    expect(JSON.parse(shown)).toMatchObject({
      row_count: 1,
      rows: [{ accountcode: "a", presence_data: "b", callstate: "ACTIVE" }],
    });
  });
});

function columns(json: string): string[] {
  const { rows } = JSON.parse(json) as { rows: Record<string, string>[] };
  return Object.keys(rows[0] ?? {});
}
