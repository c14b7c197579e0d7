/** `npm run test:pbx` against the scripted switch: it accepts what is right, and names what is wrong. */
import { describe, expect, it, onTestFinished } from "vitest";

import { startCommand } from "../../support/command-process.ts";
import { startEslServer } from "../../support/esl-server.ts";
import type { EslServer, EslServerOptions } from "../../support/esl-server.ts";
import { waitFor } from "../../support/wait-for.ts";

async function startSwitch(options: EslServerOptions = {}): Promise<EslServer> {
  const server = await startEslServer({
    ...options,
    pace: { secondMs: 200, ...options.pace },
    limits: { sessionsPerSecond: 200, ...options.limits },
  });
  onTestFinished(() => server.close());
  return server;
}

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function testPbx(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const command = startCommand("test-pbx.ts", args, {
    FREESWITCH_ESL_PASSWORD: "",
    ...env,
  });
  const code = await command.exited;
  return { code, ...command.output };
}

const at = (server: EslServer, password = "ClueCon") => [
  "--freeswitch",
  `127.0.0.1:${String(server.port)}`,
  "--password",
  password,
];

describe("a switch with docs/freeswitch/dialplan", () => {
  it("is accepted, and nothing of it is left up", async () => {
    const server = await startSwitch();
    const { code, stdout, stderr } = await testPbx(at(server));
    expect({ stdout, stderr }).toEqual({
      stdout: expect.stringMatching(/^All 11 as they must be\.$/m),
      stderr: "",
    });
    expect(stdout).not.toContain("FAILED");
    expect(stdout.match(/^ok /gm)).toHaveLength(11);
    expect(code).toBe(0);
    await waitFor("all calls to end", () => server.switch.legs.size === 0);
    const urls = server.originates().flatMap((one) => one.urls);
    for (const url of urls) {
      expect(url).toMatch(
        /^(?:loopback\/[a-z]+\/dialer-test|sofia\/gateway\/dialer-test-nowhere\/100)$/,
      );
    }
  });

  it("is accepted with a restricted user, by a password from the environment", async () => {
    const server = await startSwitch({ users: [restricted()] });
    const { code, stdout } = await testPbx(
      ["--freeswitch", `localhost:${String(server.port)}`],
      { FREESWITCH_ESL_PASSWORD: "engine@dialer:secret" },
    );
    expect(stdout).toContain("All 11 as they must be.");
    expect(code).toBe(0);
  });
});

function restricted() {
  return {
    name: "engine@dialer",
    password: "secret",
    events:
      "BACKGROUND_JOB CHANNEL_CREATE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_HANGUP_COMPLETE CHANNEL_DESTROY HEARTBEAT SHUTDOWN CUSTOM callcenter::info dialer::info".split(
        " ",
      ),
    api: "bgapi originate show status global_getvar uuid_exists uuid_dump uuid_getvar uuid_setvar uuid_kill".split(
      " ",
    ),
  };
}

describe("what is wrong is named", () => {
  it("a password", async () => {
    const { code, stdout } = await testPbx(at(await startSwitch(), "wrong"));
    expect(stdout).toContain("refused the password");
    expect(stdout).toContain("event_socket.conf.xml");
    expect(stdout).toContain("Nothing else was tried.");
    expect(code).toBe(1);
  });

  it("an address that the access list does not have", async () => {
    const server = await startSwitch();
    server.reject(true);
    const { code, stdout } = await testPbx(at(server));
    expect(stdout).toContain("apply-inbound-acl");
    expect(code).toBe(1);
  });

  it("a command that the user may not run", async () => {
    const user = restricted();
    const api = user.api.filter((name) => name !== "uuid_setvar");
    const server = await startSwitch({ users: [{ ...user, api }] });
    const { code, stdout } = await testPbx(at(server, "engine@dialer:secret"));
    expect(stdout).toContain("uuid_setvar");
    expect(code).toBe(1);
  });

  it("nobody there", async () => {
    const server = await startSwitch();
    const where = at(server);
    await server.close();
    const { code, stdout } = await testPbx(where);
    expect(stdout).toContain("nothing listens there");
    expect(code).toBe(1);
  });

  it("a dialplan that is not there, the rest being tried all the same", async () => {
    const { code, stdout } = await testPbx([
      ...at(await startSwitch()),
      "--context",
      "elsewhere",
    ]);
    expect(stdout).toMatch(/^FAILED an answered call is handed over/m);
    expect(stdout).toContain("docs/freeswitch/dialplan/dialer.xml");
    expect(stdout).toMatch(/^ok {5}variables arrive/m);
    expect(stdout).toContain("1 of 11 failed.");
    expect(code).toBe(1);
  });

  it("a switch that refuses calls itself", async () => {
    const server = await startSwitch({ limits: { isPaused: true } });
    const { code, stdout } = await testPbx(at(server));
    expect(stdout).toContain("fsctl pause");
    expect(code).toBe(1);
  });
});

describe("the command line", () => {
  it.each([
    [[], "--freeswitch is missing"],
    [["--freeswitch", "127.0.0.1"], "expected HOST:PORT"],
    [["--freeswitch", "127.0.0.1:8021"], "--password is missing"],
    [
      ["--freeswitch", "127.0.0.1:8021", "--password", "x", "--context", "a b"],
      "--context is",
    ],
    [
      ["--freeswitch", "pbx.example:8021", "--password", "x"],
      "only with --allow-remote",
    ],
    [["--freeswitch", "10.0.0.1:8021", "--password", "x"], "not this machine"],
    [["--nonsense"], "--help"],
  ])("says what is wrong with %j", async (args, expected) => {
    const { code, stdout, stderr } = await testPbx(args);
    expect(stderr).toContain(expected);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("explains itself", async () => {
    const { code, stdout } = await testPbx(["--help"]);
    expect(stdout).toContain("npm run test:pbx -- --freeswitch HOST:PORT");
    expect(stdout).toContain("--allow-remote");
    expect(code).toBe(0);
  });

  it("hangs up and stops at Ctrl-C", async () => {
    const server = await startSwitch({ pace: { secondMs: 5_000 } });
    const command = startCommand("test-pbx.ts", at(server));
    await waitFor("a call", () => server.switch.legs.size > 0);
    command.kill("SIGINT");
    expect(await command.exited).toBe(130);
    await waitFor("all calls to end", () => server.switch.legs.size === 0);
  });
});
