/** What a trunk's dial string needs the PBX to have. */

export type Pbx = "asterisk_ami" | "freeswitch_esl" | "mock";

export type WayOut =
  /** A device of Asterisk, e.g. PJSIP/carrier: an endpoint, a peer. */
  | { readonly kind: "device"; readonly name: string }
  /** A context of the dialplan, which a Local channel enters. */
  | { readonly kind: "context"; readonly name: string }
  /** A gateway of FreeSWITCH's sofia. */
  | { readonly kind: "gateway"; readonly name: string }
  /** Nothing in it can be asked for by name. */
  | { readonly kind: "unknown" };

const freeswitchEndpoints =
  /^(?:[[<]|sofia\/|loopback\/|user\/|group\/|verto\.|verto\/|freetdm\/|rtc\/|error\/)/;

/** The PBX that understands a dial string; null if none does. */
export function pbxOf(dialString: string): Pbx | null {
  if (dialString.startsWith("mock/")) return "mock";
  if (freeswitchEndpoints.test(dialString)) return "freeswitch_esl";
  return /^[A-Za-z0-9_]+\/./.test(dialString) ? "asterisk_ami" : null;
}

/** @param dialString with its placeholders, as in trunk_config */
export function wayOutOf(dialString: string): WayOut {
  const gateway = /(?:^|[\]}>])sofia\/gateway\/([^/{]+)\//.exec(
    dialString,
  )?.[1];
  if (gateway !== undefined) return { kind: "gateway", name: gateway };
  const [, technology = "", rest = ""] =
    /^([A-Za-z0-9_]+)\/(.+)$/.exec(dialString) ?? [];
  switch (technology.toUpperCase()) {
    case "LOCAL": {
      const context = /@([^/{@]+)/.exec(rest)?.[1];
      return context === undefined
        ? { kind: "unknown" }
        : { kind: "context", name: context };
    }
    case "PJSIP":
    case "SIP":
    case "IAX2":
      return device(technology, rest);
    default:
      return { kind: "unknown" };
  }
}

/** `{number}@carrier`, `carrier/{number}` and `carrier/sip:{number}@host` all mean carrier. */
function device(technology: string, rest: string): WayOut {
  const [first = "", ...more] = rest.split("/");
  const at = first.lastIndexOf("@");
  const peer = at >= 0 ? first.slice(at + 1) : more.length > 0 ? first : "";
  return /^[A-Za-z0-9_.:-]+$/.test(peer)
    ? { kind: "device", name: `${technology}/${peer}` }
    : { kind: "unknown" };
}
