/** What a real Asterisk says to a second login where it allows one only, and at its TLS port: engine and doctor tell it rightly. */
import { appendFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { startAsterisk } from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import { examineEnvironment } from "../../support/doctor-run.ts";
import { selfSigned } from "../../support/self-signed.ts";
import { waitFor } from "../../support/wait-for.ts";
import { adapterFor } from "../adapters/asterisk-ami/real-line.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

let lab: AsteriskLab;
let tlsPort = 0;

beforeAll(async () => {
  lab = await startAsterisk();
  const folder = dirname(dirname(lab.databaseFile));
  const certificate = join(folder, "etc", "ami.pem");
  await writeFile(certificate, selfSigned("pabx.example"));
  tlsPort = lab.sparePort;
  await appendFile(
    join(folder, "etc", "manager-lab.conf"),
    `\n[general](+)\nallowmultiplelogin = no\ntlsenable = yes\ntlsbindaddr = 127.0.0.1:${String(tlsPort)}\ntlscertfile = ${certificate}\n`,
  );
  await lab.restart();
});
afterAll(() => lab.stop());

const ignore = {
  onCallEvent: () => undefined,
  onConnection: () => undefined,
};

function examine(port: number) {
  const { host, user, secret } = lab.account("dialer");
  return examineEnvironment({
    VOICE_ADAPTER: "asterisk_ami",
    ASTERISK_HOST: host,
    ASTERISK_AMI_PORT: String(port),
    ASTERISK_AMI_USER: user,
    ASTERISK_AMI_SECRET: secret,
  });
}

test("allowmultiplelogin = no: the first engine is in, the second and the doctor are told why they are not", async () => {
  const first = adapterFor(lab.account("dialer"), "first");
  const second = adapterFor(lab.account("dialer"), "second");
  await first.connect(ignore);
  try {
    expect(first.connection()).toMatchObject({ status: "CONNECTED" });
    await second.connect(ignore);
    await waitFor("the second to be told", () =>
      Promise.resolve(
        JSON.stringify(second.connection()).includes("allowmultiplelogin"),
      ),
    );
    expect(second.connection()).toMatchObject({
      status: "DISCONNECTED",
      reason: expect.stringMatching(
        /lets AMI user dialer log in only once.*allowmultiplelogin = yes/,
      ),
    });
    const found = await examine(lab.ami.port);
    expect(found.codes("asterisk.login")).toEqual(["asterisk.login.in-use"]);
    expect(found.text("asterisk.login.in-use")).toMatch(
      /dialer log in only once.*Login Already In Use.*allowmultiplelogin = yes.*restart Asterisk/,
    );
    expect(first.connection()).toMatchObject({ status: "CONNECTED" });
  } finally {
    await second.disconnect();
    await first.disconnect();
  }
});

test("a reload shows allowmultiplelogin = yes and does not keep to it, which is why the advice is a restart", async () => {
  const folder = dirname(dirname(lab.databaseFile));
  await appendFile(
    join(folder, "etc", "manager-lab.conf"),
    "\n[general](+)\nallowmultiplelogin = yes\n",
  );
  await lab.cli("manager reload");
  await waitFor("the setting to be shown", async () =>
    /Allow multiple login:\s+Yes/i.test(await lab.cli("manager show settings")),
  );
  const first = adapterFor(lab.account("dialer"), "first");
  await first.connect(ignore);
  try {
    expect((await examine(lab.ami.port)).codes("asterisk.login")).toEqual([
      "asterisk.login.in-use",
    ]);
    await lab.restart();
    await waitFor("the engine to be back", () =>
      Promise.resolve(first.connection().status === "CONNECTED"),
    );
    expect((await examine(lab.ami.port)).codes("asterisk.login")).toEqual([
      "asterisk.login.ok",
    ]);
  } finally {
    await first.disconnect();
  }
});

test("AMI's TLS port is told from everything else, by engine and doctor", async () => {
  const found = await examine(tlsPort);
  expect(found.codes("asterisk.tcp")).toEqual(["asterisk.tcp.tls"]);
  expect(found.text("asterisk.tcp.tls")).toMatch(
    /TLS.*ASTERISK_AMI_PORT.*5038/,
  );
  expect(found.codes("asterisk.login")).toEqual(["skipped.after"]);
  const adapter = adapterFor(
    { ...lab.account("dialer"), port: tlsPort },
    "to-tls",
  );
  await adapter.connect(ignore);
  try {
    await waitFor("the engine to be told", () =>
      Promise.resolve(JSON.stringify(adapter.connection()).includes("TLS")),
    );
    expect(adapter.connection()).toMatchObject({ status: "DISCONNECTED" });
  } finally {
    await adapter.disconnect();
  }
});
