/** A real Asterisk as a server: who may log in and what they see, and how it goes away and comes back. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  FAR_END,
  connectAmi,
  startAsterisk,
} from "../../support/asterisk-lab.ts";
import type { AmiClient, AsteriskLab } from "../../support/asterisk-lab.ts";
import { waitFor } from "../../support/wait-for.ts";
import { numberFor, placeCall } from "./place-call.ts";

let lab: AsteriskLab;
const open: AmiClient[] = [];

beforeAll(async () => {
  lab = await startAsterisk();
});
afterAll(async () => {
  for (const client of open) await client.close();
  await lab.stop();
});

async function connect(
  ...user: Parameters<AsteriskLab["connect"]>
): Promise<AmiClient> {
  const client = await lab.connect(...user);
  open.push(client);
  return client;
}

function dialString(suffix: string): string {
  return `PJSIP/${numberFor(suffix)}@carrier`;
}

function eventNames(client: AmiClient): Set<string> {
  return new Set(
    client.messages.flatMap(({ Event }) =>
      Event === undefined ? [] : [Event],
    ),
  );
}

describe("the user of docs/asterisk/manager.conf", () => {
  it("sees what the engine needs of a call, with the PBX's time, and nothing else", async () => {
    const engine = await connect("dialer");
    const everything = await connect("lab");
    const call = await placeCall(engine, dialString(FAR_END.answers));
    const hangup = await call.event("Hangup");
    expect(hangup["AccountCode"]).toBe("lab");
    await waitFor("the agent's leg to end", async () =>
      (await lab.cli("core show channels count")).includes("0 active"),
    );
    for (const name of [
      ...["FullyBooted", "OriginateResponse", "Newchannel", "Newstate"],
      ...["DialBegin", "DialState", "DialEnd", "BridgeEnter", "BridgeLeave"],
      ...["HangupRequest", "SoftHangupRequest", "Hangup", "UserEvent"],
    ])
      expect(eventNames(engine)).toContain(name);
    for (const noise of ["VarSet", "Newexten"]) {
      expect(eventNames(everything)).toContain(noise);
      expect(eventNames(engine)).not.toContain(noise);
    }
    for (const message of engine.messages)
      if (message["Event"] !== undefined && message["Event"] !== "FullyBooted")
        expect(message["Timestamp"]).toMatch(/^\d+\.\d{6}$/);
  });

  it("gets the lists that it asks for, filter or not", async () => {
    const engine = await connect("dialer");
    const call = await placeCall(engine, dialString(FAR_END.rings));
    await call.event("DialState");
    await engine.action("CoreShowChannels");
    await engine.next(
      "the call's row",
      (m) => m["Event"] === "CoreShowChannel" && m["Uniqueid"] === call.id,
    );
    await engine.action("Status", [["Channel", call.id]]);
    await engine.next("the status", (m) => m["Event"] === "StatusComplete");
    const ended = await engine.action("Hangup", [
      ["Channel", call.id],
      ["Cause", "16"],
    ]);
    expect(ended["Response"]).toBe("Success");
    await call.event("Hangup");
  });

  it("can neither run commands nor read or reload the configuration", async () => {
    const engine = await connect("dialer");
    const dangerous = [
      ["Command", [["Command", "core show version"]]],
      ["GetConfig", [["Filename", "manager.conf"]]],
      ["Reload", []],
      ["UpdateConfig", [["SrcFilename", "manager.conf"]]],
      ["ModuleLoad", [["LoadType", "load"]]],
      ["Redirect", [["Channel", "x"]]],
    ] as const;
    for (const [name, headers] of dangerous) {
      const answer = await engine.action(name, headers);
      expect([name, answer["Response"]]).toEqual([name, "Error"]);
    }
    const program = await engine.action("Originate", [
      ["Channel", "Local/1001@from-agents"],
      ["Application", "System"],
      ["Data", "id"],
    ]);
    expect(program["Message"]).toContain("Originate Access Forbidden");
  });
});

describe("other users", () => {
  it("are refused in the same words for a wrong secret, a wrong name and a wrong address", async () => {
    const refused = [
      { ...lab.ami, secret: "wrong" },
      { ...lab.ami, user: "nobody" },
      lab.account("elsewhere"),
    ];
    for (const account of refused)
      await expect(connectAmi(account)).rejects.toThrow(
        "Login refused: Authentication failed",
      );
  });

  it("may look on without the right to dial", async () => {
    const watcher = await connect("readonly");
    const { response } = await placeCall(watcher, dialString(FAR_END.talks));
    expect(response).toMatchObject({
      Response: "Error",
      Message: "Permission denied",
    });
  });

  it("are not told of FullyBooted without the class system", async () => {
    const client = await connect("nosystem");
    await client.action("Ping");
    expect(eventNames(client)).not.toContain("FullyBooted");
  });
});

describe("a trunk that dies", () => {
  it("is found out by OPTIONS, and back again", async () => {
    const client = await connect();
    const failed = async (): Promise<boolean> => {
      const call = await placeCall(client, dialString(FAR_END.rings));
      await lab.cli("pjsip qualify carrier");
      await waitFor(
        "ringing or a failure",
        () =>
          call.has("DialState") ||
          client.messages.some(
            (m) =>
              m["Event"] === "OriginateResponse" &&
              m["ActionID"] === call.response["ActionID"],
          ),
      );
      await client.action("Hangup", [["Channel", call.id]]);
      return !call.has("Newchannel");
    };
    expect(await failed()).toBe(false);
    await lab.carrier.stop();
    await lab.cli("pjsip qualify carrier");
    await waitFor(
      "the trunk to be unavailable",
      async () =>
        /carrier\/.* Unavail /.test(await lab.cli("pjsip show contacts")),
      { intervalMs: 50 },
    );
    expect(await failed()).toBe(true);
    await lab.carrier.start();
    await lab.cli("pjsip qualify carrier");
    await waitFor("the trunk to be back", async () =>
      /carrier\/.* Avail /.test(await lab.cli("pjsip show contacts")),
    );
    expect(await failed()).toBe(false);
  });
});

describe("Asterisk", () => {
  it("says good-bye on `core restart now`, and comes back without its calls", async () => {
    const client = await connect();
    const call = await placeCall(client, dialString(FAR_END.talksAtOnce));
    await call.result();
    const before = await client.action("CoreStatus");
    await lab.cli("core restart now");
    const goodbye = await client.next(
      "the Shutdown event",
      (m) => m["Event"] === "Shutdown",
    );
    expect(goodbye["Restart"]).toBe("True");
    const next = await waitFor("AMI to be back", () =>
      lab.connect().catch(() => null),
    );
    open.push(next);
    await next.next("FullyBooted", (m) => m["Event"] === "FullyBooted");
    const after = await next.action("CoreStatus");
    // The same process: signal 0 fails when there is none.
    expect(process.kill(lab.pid(), 0)).toBe(true);
    expect(startup(after)).not.toBe(startup(before));
    expect(await lab.cli("core show channels count")).toContain("0 active");
  });

  it("says nothing when it is killed, and comes back without its calls", async () => {
    const client = await connect();
    const call = await placeCall(client, dialString(FAR_END.talksAtOnce));
    await call.result();
    await lab.kill();
    await expect(client.action("Ping")).rejects.toThrow("line closed");
    expect(eventNames(client)).not.toContain("Shutdown");
    await lab.restart();
    expect(await lab.cli("core show channels count")).toContain("0 active");
  });

  it("runs beside another, with FreePBX's way of loading docs/asterisk/freepbx", async () => {
    const other = await startAsterisk({ flavour: "freepbx" });
    const before = (await lab.carrier.calls()).length;
    try {
      expect(await other.log()).not.toMatch(/WARNING|ERROR/);
      const client = await other.connect("dialer");
      open.push(client);
      for (const [exten, agent] of [
        ["s", "206"],
        ["1004", "200"],
        ["amd", "206"],
      ] as const) {
        const call = await placeCall(client, dialString(FAR_END.human), {
          exten,
          variables: { DIALER_MAX_SECONDS: "20" },
        });
        const request = await call.event(
          "UserEvent",
          (m) => m["UserEvent"] === "AgentRequest",
        );
        expect(request).toMatchObject({ CORRELATION_ID: call.id });
        expect(request["Timestamp"]).toBeDefined();
        await call.event("BridgeEnter");
        expect((await other.agents.calls()).at(-1)?.number).toBe(agent);
        await client.action("Hangup", [["Channel", call.id]]);
        await call.event("Hangup");
      }
      // Each dialled by its own Asterisk, to its own carrier.
      expect(await other.carrier.calls()).toHaveLength(3);
      expect(await lab.carrier.calls()).toHaveLength(before);
    } finally {
      await other.stop();
    }
  });
});

describe("a machine without what it takes to fetch Asterisk", () => {
  it("is told so, and the tests fail", async () => {
    const folder = await mkdtemp(join(tmpdir(), "no-asterisk-"));
    const script = fileURLToPath(
      new URL("../../support/asterisk-lab/fetch.sh", import.meta.url),
    );
    const { code, errors } = await new Promise<{
      code: unknown;
      errors: string;
    }>((resolve) => {
      const env = { PATH: folder, ASTERISK_LAB_DIR: folder };
      execFile("/bin/bash", [script], { env }, (error, _out, stderr) => {
        resolve({ code: error?.code, errors: stderr });
      });
    });
    expect(code).toBe(1);
    expect(errors).toContain("NO ASTERISK FOR THE TESTS");
    expect(errors).toContain("no 'apt-get'");
    await rm(folder, { recursive: true });
  });
});

function startup(status: Readonly<Record<string, string>>): string {
  return `${status["CoreStartupDate"] ?? ""} ${status["CoreStartupTime"] ?? ""}`;
}
