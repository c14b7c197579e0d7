/** Who answers on the PBX's port, by the whole of its greeting, in however many pieces that comes. */
import {
  isLineWhole,
  type Neighbour,
  neighbourOf,
  type NeighbourKind,
} from "../../../adapters/connection/neighbour.ts";
import type { Translated } from "../../language.ts";
import { type Finding, found } from "../finding.ts";
import { probe, speaksHttp, speaksTls, unreached } from "../tcp-probe.ts";

const connectMs = 4_000;
/** Of all of the greeting. */
const greetingMs = 2_500;
/** Of each question to one that says nothing. */
const questionMs = 1_500;

export interface Met {
  /** Ours; empty when nobody was reached. */
  readonly address: string;
  /** Its first line; null: it is not the PBX, as the finding says. */
  readonly greeting: string | null;
  readonly finding: Finding | null;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

const names: Readonly<Record<NeighbourKind, Translated>> = {
  ami: { en: "Asterisk's AMI", "pt-BR": "o AMI do Asterisk" },
  esl: {
    en: "FreeSWITCH's Event Socket",
    "pt-BR": "o Event Socket do FreeSWITCH",
  },
  ssh: { en: "an SSH server", "pt-BR": "um servidor SSH" },
  http: { en: "a web server (HTTP)", "pt-BR": "um servidor web (HTTP)" },
  sip: { en: "a SIP server", "pt-BR": "um servidor SIP" },
  mail: { en: "a mail server", "pt-BR": "um servidor de e-mail" },
  ftp: { en: "an FTP server", "pt-BR": "um servidor FTP" },
  tls: { en: "something that speaks TLS", "pt-BR": "algo que fala TLS" },
  database: { en: "a MySQL server", "pt-BR": "um servidor MySQL" },
  other: { en: "something else", "pt-BR": "outra coisa" },
};

/** In both languages, with what it said. */
function named({ kind, words }: Neighbour): Translated {
  const said = words === "" ? "" : ` ("${words}")`;
  const { en, "pt-BR": pt } = names[kind];
  return { en: `${en}${said}`, "pt-BR": `${pt}${said}` };
}

/** Never rejects. */
export async function meetAsterisk(place: Place): Promise<Met> {
  const where = `${place.host}:${String(place.port)}`;
  const isWhole = isLineWhole;
  const seen = await probe({ ...place, connectMs, greetingMs, isWhole });
  if (!seen.reached) return strange("", unreached("asterisk", where, seen));
  const { localAddress: address, greeting } = seen;
  const met = neighbourOf(greeting) ?? (await questioned(place));
  if (met === null)
    return strange(address, found("asterisk.tcp.silent", { where }));
  if (met.kind === "tls" && greeting === "")
    return strange(address, found("asterisk.tcp.tls", { where }));
  if (met.kind !== "ami")
    return strange(
      address,
      found("asterisk.tcp.not-ami", { where, what: named(met) }),
    );
  return isLineWhole(greeting)
    ? { address, greeting: met.words, finding: null }
    : strange(
        address,
        found("asterisk.tcp.unfinished", { where, greeting: met.words }),
      );
}

/** Of FreeSWITCH, `auth/request` or the words of its access list. Never rejects. */
export async function meetFreeswitch(place: Place): Promise<Met> {
  const where = `${place.host}:${String(place.port)}`;
  const isFrame = (heard: string) => heard.includes("\n\n");
  const isWhole = (heard: string) =>
    isFrame(heard) ||
    (isLineWhole(heard) && neighbourOf(heard)?.kind !== "esl");
  const seen = await probe({ ...place, connectMs, greetingMs, isWhole });
  if (!seen.reached) return strange("", unreached("freeswitch", where, seen));
  const { localAddress: address, greeting } = seen;
  const met = neighbourOf(greeting) ?? (await questioned(place));
  if (met === null)
    return strange(address, found("freeswitch.tcp.silent", { where }));
  if (met.kind !== "esl")
    return strange(
      address,
      found("freeswitch.tcp.not-esl", { where, what: named(met) }),
    );
  return isFrame(greeting)
    ? { address, greeting: met.words, finding: null }
    : strange(
        address,
        found("freeswitch.tcp.unfinished", { where, greeting: met.words }),
      );
}

function strange(address: string, finding: Finding): Met {
  return { address, greeting: null, finding };
}

/** One that says nothing waits to be spoken to; null: it says nothing then either. */
async function questioned(place: Place): Promise<Neighbour | null> {
  const options = { ...place, connectMs: questionMs };
  if (await speaksTls(options)) return { kind: "tls", words: "" };
  return (await speaksHttp(options)) ? { kind: "http", words: "" } : null;
}
