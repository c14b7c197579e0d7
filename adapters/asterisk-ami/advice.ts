/** What is wrong with the connection to Asterisk and what to do about it, for an operator. */
import { describeNeighbour } from "../connection/neighbour.ts";
import type { Neighbour } from "../connection/neighbour.ts";

const byCode: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    "nothing listens there. Is Asterisk running, with enabled = yes, bindaddr and port in manager.conf as ASTERISK_HOST and ASTERISK_AMI_PORT say?",
  ENOTFOUND: "the name cannot be found. Check ASTERISK_HOST and the DNS",
  EAI_AGAIN: "the name cannot be looked up now. Check the DNS",
  EHOSTUNREACH: "no route to that machine. Check ASTERISK_HOST and the network",
  ENETUNREACH: "no route to that network. Check ASTERISK_HOST and the network",
  ECONNRESET:
    "the connection was reset. Asterisk went away, its connection limit (authlimit) was reached, or it cut a client that did not read in time (writetimeout)",
  EPIPE: "the connection was closed while writing",
  ETIMEDOUT: "the machine stopped answering. Check the network and firewalls",
};

/** @param cause the socket's error, or anything without a code when time ran out */
export function connectAdvice(
  cause: object,
  host: string,
  port: number,
): string {
  const code = "code" in cause ? String(cause.code) : null;
  const what =
    code === null
      ? "no greeting in time. Is it AMI's TLS port (5039)? The engine speaks plain AMI: set ASTERISK_AMI_PORT to the port of [general] in manager.conf (5038). Or a firewall in between, or not AMI's port"
      : (byCode[code] ?? code);
  return `Asterisk's AMI at ${host}:${String(port)}: ${what}`;
}

/** @param met who answers there instead, or AMI whose greeting stops half-way */
export function foreignAdvice(
  met: Neighbour,
  host: string,
  port: number,
): string {
  const where = `${host}:${String(port)}`;
  return met.kind === "ami"
    ? `Asterisk's AMI at ${where}: its greeting does not end (${met.words}). A slow network, or something in between that cuts the connection`
    : `${where} does not answer as Asterisk's AMI but as ${describeNeighbour(met)}: check ASTERISK_HOST and ASTERISK_AMI_PORT`;
}
