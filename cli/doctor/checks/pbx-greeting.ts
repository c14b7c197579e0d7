/** Which service answers on the PBX's port, by its complete greeting, in however many pieces it arrives. */
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
/** Time limit of the whole greeting. */
const greetingMs = 2_500;
/** Time limit of each question to a silent service. */
const questionMs = 1_500;

export interface Met {
  /** Our address; empty when the connection failed. */
  readonly address: string;
  /** Its first line; null: the service is not the PBX, as the finding says. */
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

/** Names the service in both languages, with its first line. */
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

/** Reads FreeSWITCH's greeting: `auth/request`, or the rejection by its access list. Never rejects. */
export async function meetFreeswitch(place: Place): Promise<Met> {
  const where = `${place.host}:${String(place.port)}`;
  const isFrame = (received: string) => received.includes("\n\n");
  const isWhole = (received: string) =>
    isFrame(received) ||
    (isLineWhole(received) && neighbourOf(received)?.kind !== "esl");
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

/** A silent service may wait for the client to speak first; null: it stays silent then, too. */
async function questioned(place: Place): Promise<Neighbour | null> {
  const options = { ...place, connectMs: questionMs };
  if (await speaksTls(options)) return { kind: "tls", words: "" };
  return (await speaksHttp(options)) ? { kind: "http", words: "" } : null;
}
