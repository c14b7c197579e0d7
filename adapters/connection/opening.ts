/** From a TCP connection to the PBX's greeting, and advice for the operator when none arrives. */
import { AdapterError } from "../port.ts";
import { describeNeighbour } from "./neighbour.ts";
import type { Neighbour, NeighbourKind } from "./neighbour.ts";

/** How to name the port of one kind of PBX, and what its operator can do about it. */
export interface PbxPort {
  /** E.g. `Asterisk's AMI`. */
  readonly name: string;
  readonly kind: NeighbourKind;
  readonly hostVariable: string;
  readonly portVariable: string;
  /** What to check when nothing listens. */
  readonly whenRefused: string;
  /** Why the PBX may have reset the connection. */
  readonly whenReset: string;
  /** What to check when no greeting arrives. */
  readonly whenSilent: string;
}

/** @param cause the socket's error, or anything without a code when no greeting arrived in time */
export function connectAdvice(
  pbx: PbxPort,
  cause: object,
  host: string,
  port: number,
): string {
  const code = "code" in cause ? String(cause.code) : null;
  const what =
    code === null
      ? `no greeting in time. ${pbx.whenSilent}`
      : (adviceByCode(pbx)[code] ?? code);
  return `${pbx.name} at ${host}:${String(port)}: ${what}`;
}

function adviceByCode(pbx: PbxPort): Readonly<Record<string, string>> {
  const { hostVariable } = pbx;
  return {
    ECONNREFUSED: `nothing listens there. ${pbx.whenRefused}`,
    ENOTFOUND: `the name cannot be found. Check ${hostVariable} and the DNS`,
    EAI_AGAIN: "the name cannot be looked up now. Check the DNS",
    EHOSTUNREACH: `no route to that machine. Check ${hostVariable} and the network`,
    ENETUNREACH: `no route to that network. Check ${hostVariable} and the network`,
    ECONNRESET: `the connection was reset. ${pbx.whenReset}`,
    EPIPE: "the connection was closed while writing",
    ETIMEDOUT: "the machine stopped answering. Check the network and firewalls",
  };
}

/** @param met the service that answers instead, or the PBX itself whose greeting stops half-way */
export function foreignAdvice(
  pbx: PbxPort,
  met: Neighbour,
  host: string,
  port: number,
): string {
  const where = `${host}:${String(port)}`;
  return met.kind === pbx.kind
    ? `${pbx.name} at ${where}: its greeting does not end (${met.words}). A slow network, or something in between that cuts the connection`
    : `${where} does not answer as ${pbx.name} but as ${describeNeighbour(met)}: check ${pbx.hostVariable} and ${pbx.portVariable}`;
}

/** A connection whose greeting is awaited. */
interface OpeningWire {
  /** Why there is no greeting yet, for an operator. */
  readonly missingGreeting: string;
  close(reason: string): void;
}

export interface WireEvents {
  /** Called once. @param rejection null: the greeting is complete; else what the PBX or another service sent instead */
  onGreeting(rejection: AdapterError | null): void;
  /** Called once; nothing is delivered afterwards. `reason` is for an operator. */
  onClose(reason: string): void;
}

/**
 * Opens a wire and waits for the greeting.
 *
 * @param limitMs for the connection and the greeting
 * @param onClose called once when the wire closes after the greeting
 * @throws AdapterError the rejection, or NOT_CONNECTED when the wire closes before or the time is over
 */
export function openWire<Wire extends OpeningWire>(
  limitMs: number,
  onClose: (reason: string) => void,
  connect: (events: WireEvents) => Wire,
): Promise<Wire> {
  return new Promise((resolve, reject) => {
    let state: "OPENING" | "OPEN" | "FAILED" = "OPENING";
    const fail = (error: AdapterError): void => {
      state = "FAILED";
      clearTimeout(timer);
      reject(error);
    };
    const wire = connect({
      onGreeting: (rejection) => {
        if (state !== "OPENING") return;
        if (rejection !== null) {
          fail(rejection);
          return;
        }
        state = "OPEN";
        clearTimeout(timer);
        resolve(wire);
      },
      onClose: (reason) => {
        if (state === "OPEN") onClose(reason);
        else if (state === "OPENING")
          fail(new AdapterError("NOT_CONNECTED", reason));
      },
    });
    const timer = setTimeout(() => {
      wire.close(wire.missingGreeting);
    }, limitMs);
  });
}
