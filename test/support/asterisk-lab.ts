/**
 * A real Asterisk for the tests, with the configuration of docs/asterisk/, a carrier and agents' phones behind it
 * (sipp), all on 127.0.0.1 and out of a folder: no root, nothing installed. Several may run at once.
 *
 * What the far ends do is decided by the last three digits of the number called: `FAR_END`.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connectAmi } from "./asterisk-lab/ami-client.ts";
import type { AmiAccount, AmiClient } from "./asterisk-lab/ami-client.ts";
import { writeConfiguration } from "./asterisk-lab/configuration.ts";
import type { Flavour, LabSettings } from "./asterisk-lab/configuration.ts";
import { startFarEnd } from "./asterisk-lab/far-end.ts";
import type { FarEnd } from "./asterisk-lab/far-end.ts";
import { takePorts } from "./asterisk-lab/ports.ts";
import { startLabProcess } from "./asterisk-lab/process.ts";
import type { LabProcess } from "./asterisk-lab/process.ts";
import { writeSounds } from "./asterisk-lab/sounds.ts";
import { fetchProgram } from "./fetched-programs.ts";
import { PATIENCE_MS, waitFor } from "./wait-for.ts";

export { FAR_END, MOVED_TO } from "./asterisk-lab/carrier-scenario.ts";
export { connectAmi } from "./asterisk-lab/ami-client.ts";
export { worstSecond } from "./asterisk-lab/far-end.ts";
export type {
  AmiClient,
  AmiHeaders,
  AmiMessage,
} from "./asterisk-lab/ami-client.ts";
export type { FarEnd, SeenCall } from "./asterisk-lab/far-end.ts";

const BOOT_TIMEOUT_MS = 2 * PATIENCE_MS;

/** AMI users; `dialer` is the one of docs/asterisk/manager.conf, the others are defined in etc/manager-lab.conf. */
export type AmiUser =
  | "dialer"
  | "lab"
  | "unfiltered"
  | "impatient"
  | "readonly"
  | "nosystem"
  | "elsewhere"
  | "nocall"
  | "noagent"
  /** Receives all events but the one of that name. */
  | `without-${string}`;

export interface AsteriskLab {
  /** Where AMI listens, and the user of docs/asterisk/manager.conf. */
  readonly ami: AmiAccount;
  /** Another of the AMI's users. */
  account(user: AmiUser): AmiAccount;
  /** A connection of the tests' own, as the user `lab` (who sees and may do everything) unless another is named. */
  connect(user?: AmiUser): Promise<AmiClient>;
  /** One command of Asterisk's CLI. @returns what it printed */
  cli(command: string): Promise<string>;
  /** The file of Asterisk's own database, which it writes once a second. */
  readonly databaseFile: string;
  readonly carrier: FarEnd;
  readonly agents: FarEnd;
  /** A TCP port reserved for this lab, for what a test adds. */
  readonly sparePort: number;
  /** Process id of Asterisk; `core restart now` keeps it. */
  pid(): number;
  /** SIGKILL, as in a power cut. */
  kill(): Promise<void>;
  /** Boots Asterisk after `kill` (which it calls when Asterisk runs), and waits until it has booted. */
  restart(): Promise<void>;
  /** Everything that Asterisk logged since the lab started. */
  log(): Promise<string>;
  /** Ends all programs and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Fetches Asterisk when it is not there yet (once, half a minute), starts it and its far ends, and waits until it has
 * booted and the carrier answers.
 *
 * @throws with what is missing when Asterisk cannot be had: nothing is skipped
 */
export async function startAsterisk({
  flavour = "plain",
}: { readonly flavour?: Flavour } = {}): Promise<AsteriskLab> {
  const root = await fetchProgram("asterisk");
  const ports = await takePorts();
  const folder = await mkdtemp(join(tmpdir(), "asterisk-lab-"));
  const settings: LabSettings = {
    ...{ flavour, root, folder, ports, triplet: triplet() },
    secret: randomBytes(12).toString("hex"),
  };
  const closers: (() => Promise<unknown>)[] = [
    () => ports.release(),
    () => rm(folder, { recursive: true, force: true }),
  ];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    await writeConfiguration(settings);
    const [carrier, agents] = await startFarEnds(settings);
    closers.push(
      () => carrier.stop(),
      () => agents.stop(),
    );
    const asterisk = new Asterisk(settings);
    closers.push(() => asterisk.stop());
    await asterisk.boot();
    return {
      ami: asterisk.account("dialer"),
      account: (user) => asterisk.account(user),
      connect: (user = "lab") => connectAmi(asterisk.account(user)),
      cli: (command) => asterisk.cli(command),
      carrier,
      agents,
      sparePort: ports.spare,
      databaseFile: join(folder, "lib", "astdb.sqlite3"),
      pid: () => asterisk.pid(),
      kill: () => asterisk.kill(),
      restart: () => asterisk.boot(),
      log: () => asterisk.log(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function triplet(): string {
  return `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
}

/** How a program of the fetched folder is run: by its own loader, with its own libraries. */
function loader({
  root,
  triplet: name,
}: Pick<LabSettings, "root" | "triplet">): [string, ...string[]] {
  return [
    join(root, "lib", `${name}-loader`),
    "--library-path",
    join(root, "usr/lib", name),
  ];
}

async function startFarEnds(
  settings: LabSettings,
): Promise<readonly [FarEnd, FarEnd]> {
  const { folder, ports, root } = settings;
  const sounds = await writeSounds(folder);
  const shared = {
    command: [...loader(settings), join(root, "usr/bin/sipp")] as [
      string,
      ...string[],
    ],
    folder,
    sounds,
  };
  const carrier = await startFarEnd({
    ...shared,
    ...{ name: "carrier", port: ports.carrier, rtp: ports.carrierRtp },
    controlPort: ports.carrierControl,
  });
  const agents = await startFarEnd({
    ...shared,
    ...{ name: "agents", port: ports.agents, rtp: ports.agentsRtp },
    controlPort: ports.agentsControl,
  }).catch(async (error: unknown) => {
    await carrier.stop();
    throw error;
  });
  return [carrier, agents];
}

class Asterisk {
  readonly #settings: LabSettings;
  #process: LabProcess | undefined;

  constructor(settings: LabSettings) {
    this.#settings = settings;
  }

  get #wrapper(): string {
    return join(this.#settings.folder, "bin/asterisk");
  }

  get #config(): string {
    return join(this.#settings.folder, "etc/asterisk.conf");
  }

  account(user: AmiUser): AmiAccount {
    const { ports, secret } = this.#settings;
    return { host: "127.0.0.1", port: ports.ami, user, secret };
  }

  pid(): number {
    return this.#process?.pid ?? 0;
  }

  async boot(): Promise<void> {
    await this.kill();
    const { folder, root } = this.#settings;
    // `core restart` starts argv[0] again, which must be a program that finds the loader by itself.
    const command = [...loader(this.#settings), "--argv0", this.#wrapper];
    const program = [...command, join(root, "usr/sbin/asterisk")];
    await writeFile(
      this.#wrapper,
      `#!/bin/sh\nexec ${program.map((word) => `'${word}'`).join(" ")} "$@"\n`,
    );
    await chmod(this.#wrapper, 0o755);
    await rm(join(folder, "run/asterisk.ctl"), { force: true });
    this.#process = startLabProcess(this.#wrapper, ["-f", "-C", this.#config], {
      cwd: folder,
      output: join(folder, "log/console"),
    });
    await this.#booted(this.#process);
  }

  /** AMI takes logins before Asterisk has booted, and a trunk that is not yet qualified refuses calls. */
  async #booted(running: LabProcess): Promise<void> {
    const options = { timeoutMs: BOOT_TIMEOUT_MS, intervalMs: 20 };
    const client = await waitFor(
      "Asterisk's AMI",
      async () => {
        if (!running.isRunning())
          throw new Error(
            `Asterisk has ended:\n${running.lastWords()}\n${await this.log()}`,
          );
        return connectAmi(this.account("lab")).catch(() => null);
      },
      options,
    );
    try {
      await client.next("FullyBooted", (m) => m["Event"] === "FullyBooted", {
        timeoutMs: BOOT_TIMEOUT_MS,
      });
      await waitFor(
        "Asterisk to find out which trunks answer OPTIONS",
        async () => {
          // It spreads its first OPTIONS over the whole qualify_frequency.
          await this.cli("pjsip qualify carrier");
          await this.cli("pjsip qualify watched");
          const contacts = await this.cli("pjsip show contacts");
          return (
            /carrier\/.* Avail /.test(contacts) &&
            /watched\/.* Unavail /.test(contacts)
          );
        },
        options,
      );
    } finally {
      await client.close();
    }
  }

  async cli(command: string): Promise<string> {
    const { stdout } = await promisify(execFile)(this.#wrapper, [
      ...["-C", this.#config, "-rx", command],
    ]);
    return stdout;
  }

  async kill(): Promise<void> {
    await this.#process?.end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#process?.end("SIGTERM");
  }

  async log(): Promise<string> {
    const file = join(this.#settings.folder, "log/full");
    return readFile(file, "utf8").catch(() => "");
  }
}
