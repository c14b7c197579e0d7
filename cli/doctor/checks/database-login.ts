/** From the host's name to a login: finds out what keeps the engine from its database. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { ServerFacts } from "../server-queries.ts";
import { type Finding, found } from "../finding.ts";
import { codeOf, reasonOf } from "../run-check.ts";

interface Address {
  readonly address: string;
  readonly family: number;
}

const aSocket = {
  en: "a socket of this machine",
  "pt-BR": "um socket desta máquina",
};

/** @param find addresses of a name; for tests */
export async function checkDatabaseName(
  url: string,
  find: (host: string) => Promise<readonly Address[]> = (host) =>
    lookup(host, { all: true }),
  hasIpv6: boolean = machineHasIpv6(),
): Promise<readonly Finding[]> {
  const host = hostOf(url);
  if (host === null || isIP(host) !== 0)
    return [found("database.name.address", { host: host ?? aSocket })];
  try {
    const addresses = await find(host);
    if (!hasIpv6 && addresses.every(({ family }) => family === 6))
      return [found("database.name.ipv6-only", { host })];
    const shown = addresses.map(({ address }) => address).join(", ");
    return [found("database.name.ok", { host, addresses: shown })];
  } catch (error) {
    const reason = reasonOf(error);
    return [found("database.name.unknown", { host, reason })];
  }
}

/** null: a Unix socket. */
function hostOf(url: string): string | null {
  const parsed = new URL(url);
  const host = parsed.searchParams.get("host") ?? parsed.hostname;
  const name = decodeURIComponent(host).replace(/^\[(.*)\]$/, "$1");
  return name === "" || name.startsWith("/") ? null : name;
}

/** An address beyond this machine and its local link. */
function machineHasIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(
      ({ family, internal, address }) =>
        family === "IPv6" && !internal && !/^fe[89ab]/i.test(address),
    );
}

export function loggedIn({ role, database }: ServerFacts): Finding {
  return found("database.login.ok", { role, database });
}

/** @param error why the connection failed */
export function loginProblem(error: unknown, url: string): Finding {
  const { host, pathname, username } = new URL(url);
  const user = decodeURIComponent(username);
  const reason = reasonOf(error);
  switch (codeOf(error)) {
    case "28P01":
      return found("database.login.password", { user, reason });
    case "3D000": {
      const database = decodeURIComponent(pathname.slice(1));
      return found("database.login.database", { database, host });
    }
    case "53300":
      return found("database.login.full", { user, reason });
    case "ECONNREFUSED":
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ECONNRESET":
      return found("database.login.refused", { host, reason });
    default:
      return byWords(reason, user, host);
  }
}

/** Poolers and the client's own checks give no code, or an unspecific one. */
function byWords(reason: string, user: string, host: string): Finding {
  if (/tenant or user not found/i.test(reason))
    return found("database.login.tenant", { reason });
  if (/max clients|max client connections/i.test(reason))
    return found("database.login.full", { user, reason });
  if (/SASL|password/i.test(reason))
    return found("database.login.password", { user, reason });
  if (/SSL|certificate|TLS/i.test(reason))
    return found("database.login.tls", { reason });
  if (/timeout|connection terminated/i.test(reason))
    return found("database.login.refused", { host, reason });
  return found("database.login.other", { user, reason });
}
