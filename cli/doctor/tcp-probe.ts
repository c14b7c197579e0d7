/** One look at a TCP port: who answers, from which address of ours, and with what first bytes. */
import { connect } from "node:net";
import { type Finding, found } from "./finding.ts";
import { codeOf, reasonOf } from "./run-check.ts";

export type Probe =
  | {
      readonly reached: true;
      /** Ours, as the other side sees it when nothing translates addresses in between. */
      readonly localAddress: string;
      /** Empty when nothing was said in time. */
      readonly greeting: string;
    }
  | { readonly reached: false; readonly code: string; readonly reason: string };

export interface ProbeOptions {
  readonly host: string;
  readonly port: number;
  readonly connectMs: number;
  /** How long to wait for the first words; 0: not at all. */
  readonly greetingMs: number;
  readonly signal: AbortSignal;
}

/** Never rejects. */
export function probe(options: ProbeOptions): Promise<Probe> {
  const { host, port, connectMs, greetingMs, signal } = options;
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    let localAddress = "";
    const settle = (result: Probe): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const greeted = (greeting: string): void => {
      settle({ reached: true, localAddress, greeting });
    };
    let timer = setTimeout(() => {
      settle({ reached: false, code: "ETIMEDOUT", reason: "ETIMEDOUT" });
    }, connectMs);
    socket.on("connect", () => {
      localAddress = socket.localAddress?.replace(/^::ffff:/, "") ?? "";
      clearTimeout(timer);
      timer = setTimeout(() => {
        greeted("");
      }, greetingMs);
    });
    socket.on("data", (bytes) => {
      greeted(bytes.toString("latin1").slice(0, 400));
    });
    socket.on("error", (error) => {
      const code = codeOf(error);
      settle({ reached: false, code, reason: reasonOf(error) });
    });
    socket.on("end", () => {
      greeted("");
    });
  });
}

type Pbx = "asterisk" | "freeswitch" | "mock";

/** Why nobody was reached. @param where host:port */
export function unreached(
  pbx: Pbx,
  where: string,
  { code, reason }: Extract<Probe, { reached: false }>,
): Finding {
  switch (code) {
    case "ECONNREFUSED":
      return found(`${pbx}.tcp.refused`, { where });
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return found(`${pbx}.tcp.unknown`, { where });
    default:
      return found(`${pbx}.tcp.unreachable`, { where, reason });
  }
}
