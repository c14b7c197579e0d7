/**
 * The configuration of one lab: the very files of docs/asterisk/, with their placeholders filled in as an operator
 * would, and the lab's own additions from etc/.
 */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ports } from "./ports.ts";

const DOCS = fileURLToPath(new URL("../../../docs/asterisk/", import.meta.url));
const LAB = fileURLToPath(new URL("etc/", import.meta.url));

/** `plain`: docs/asterisk/*.conf as they are; `freepbx`: docs/asterisk/freepbx/*_custom.conf in a PBX like FreePBX. */
export type Flavour = "plain" | "freepbx";

export interface LabSettings {
  readonly flavour: Flavour;
  /** Where fetch.sh put Asterisk. */
  readonly root: string;
  /** The lab's own folder. */
  readonly folder: string;
  readonly triplet: string;
  readonly ports: Ports;
  readonly secret: string;
}

/** Writes `<folder>/etc`, and makes the other folders that Asterisk wants. */
export async function writeConfiguration(settings: LabSettings): Promise<void> {
  const { folder } = settings;
  for (const name of ["etc", "lib", "agi", "spool", "run", "log", "bin"])
    await mkdir(join(folder, name), { recursive: true });
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(folder, "etc", name), text);
  for (const name of await readdir(LAB)) {
    const text = await readFile(join(LAB, name), "utf8");
    await write(name, fillMarks(text, settings));
  }
  const files = settings.flavour === "plain" ? plain() : likeFreePbx();
  for (const [name, { docs, before = "", after = "" }] of Object.entries(
    files,
  )) {
    const text = await readFile(join(DOCS, docs), "utf8");
    await write(`docs-${name}`, fillIn(docs, text, settings));
    await write(name, `${before}#include docs-${name}\n${after}`);
  }
}

interface Included {
  readonly docs: string;
  readonly before?: string;
  readonly after?: string;
}

function plain(): Record<string, Included> {
  return {
    "manager.conf": {
      docs: "manager.conf",
      after: "#include manager-lab.conf\n",
    },
    "pjsip.conf": { docs: "pjsip.conf", after: "#include pjsip-lab.conf\n" },
    "extensions.conf": {
      docs: "extensions.conf",
      after: "#include extensions-lab.conf\n",
    },
    "queues.conf": {
      docs: "queues.conf",
      after: "#include queues-lab.conf\n",
    },
  };
}

/** FreePBX writes the main files from its GUI and includes the custom ones; trunks and queues are the GUI's. */
function likeFreePbx(): Record<string, Included> {
  return {
    ...plain(),
    "manager.conf": {
      docs: "freepbx/manager_custom.conf",
      before: "[general]\nenabled = yes\nbindaddr = 127.0.0.1\n",
      after: "#include manager-lab.conf\n",
    },
    "queues.conf": {
      docs: "freepbx/queues_custom.conf",
      before:
        "[general]\nautofill = yes\n[dialer]\nstrategy = rrmemory\ntimeout = 12\nringinuse = no\nmember => PJSIP/1001,0,Agent 1001,PJSIP/1001\n",
    },
    "extensions.conf": {
      docs: "freepbx/extensions_custom.conf",
      before: "[globals]\nASTETCDIR = unused\n",
      after: "#include extensions-lab.conf\n",
    },
  };
}

function fillMarks(text: string, settings: LabSettings): string {
  const { ports } = settings;
  const values: Readonly<Record<string, string | number>> = {
    ROOT: settings.root,
    RUN: settings.folder,
    TRIPLET: settings.triplet,
    SECRET: settings.secret,
    AMI_PORT: ports.ami,
    AGENTS_PORT: ports.agents,
    DEAD_PORT: ports.dead,
    RTP_START: ports.rtp[0],
    RTP_END: ports.rtp[1],
  };
  return text.replaceAll(/@([A-Z_]+)@/g, (_mark, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`No value for the mark @${name}@`);
    return String(value);
  });
}

/** What each page of the docs tells the operator to change, and to what the lab changes it. */
function fillIn(docs: string, text: string, settings: LabSettings): string {
  const { ports, secret } = settings;
  const changes: Readonly<Record<string, readonly [string, string][]>> = {
    "manager.conf": [["secret = CHANGE-ME", `secret = ${secret}`]],
    "freepbx/manager_custom.conf": [
      ["secret = CHANGE-ME", `secret = ${secret}`],
    ],
    "pjsip.conf": [
      ["bind = 0.0.0.0:5060", `bind = 127.0.0.1:${String(ports.sip)}`],
      ["sip.carrier.example:5060", `127.0.0.1:${String(ports.carrier)}`],
      ["sip.carrier.example", "127.0.0.1"],
      ["CHANGE-ME", secret],
    ],
  };
  let filled = text;
  for (const [from, to] of changes[docs] ?? []) {
    if (!filled.includes(from))
      throw new Error(`docs/asterisk/${docs} no longer holds "${from}"`);
    filled = filled.replaceAll(from, to);
  }
  return filled;
}
