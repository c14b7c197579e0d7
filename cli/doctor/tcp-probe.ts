/** Probes a TCP port: whether it answers, from which of our addresses, and with which first bytes. */
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Finding, found } from "./finding.ts";
import { codeOf, reasonOf } from "./run-check.ts";

export type Probe =
  | {
      readonly reached: true;
      /** Ours, as the other side sees it when nothing translates addresses in between. */
      readonly localAddress: string;
      /** What was received, as Latin-1; empty when nothing arrived in time. */
      readonly greeting: string;
    }
  | { readonly reached: false; readonly code: string; readonly reason: string };

export interface ProbeOptions {
  readonly host: string;
  readonly port: number;
  readonly connectMs: number;
  /** How long to wait until the first bytes are complete; 0: not at all. */
  readonly greetingMs: number;
  /** Whether the bytes are complete; without it, once anything was received. */
  readonly isWhole?: (received: string) => boolean;
  readonly signal: AbortSignal;
}

/** Never rejects. */
export function probe(options: ProbeOptions): Promise<Probe> {
  const { host, port, connectMs, greetingMs, signal } = options;
  const { isWhole = () => true } = options;
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    let localAddress = "";
    let received = "";
    const settle = (result: Probe): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const greeted = (): void => {
      const greeting = received.slice(0, 400);
      settle({ reached: true, localAddress, greeting });
    };
    let timer = setTimeout(() => {
      settle({ reached: false, code: "ETIMEDOUT", reason: "ETIMEDOUT" });
    }, connectMs);
    socket.on("connect", () => {
      localAddress = socket.localAddress?.replace(/^::ffff:/, "") ?? "";
      clearTimeout(timer);
      timer = setTimeout(greeted, greetingMs);
    });
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      if (isWhole(received) || received.length >= 400) greeted();
    });
    socket.on("error", (error) => {
      // The connection was cut while the service was sending.
      if (received !== "") {
        greeted();
        return;
      }
      const code = codeOf(error);
      settle({ reached: false, code, reason: reasonOf(error) });
    });
    socket.on("end", greeted);
  });
}

/** Whether a silent port answers an HTTP request. Never rejects. */
export async function speaksHttp({
  host,
  port,
  connectMs,
  signal,
}: Omit<ProbeOptions, "greetingMs" | "isWhole">): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    let received = "";
    const settle = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(/^HTTP\/\d/.test(received));
    };
    const timer = setTimeout(settle, connectMs);
    socket.on("connect", () => {
      socket.write("HEAD / HTTP/1.0\r\n\r\n");
    });
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      if (received.length >= 6) settle();
    });
    socket.on("error", settle);
    socket.on("end", settle);
  });
}

/**
 * Whether a silent port expects TLS: then it answers our handshake, possibly with an alert. Never rejects. Nothing but
 * the handshake is sent, and the certificate is not verified.
 */
export function speaksTls({
  host,
  port,
  connectMs,
  signal,
}: Omit<ProbeOptions, "greetingMs" | "isWhole">): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host, port, rejectUnauthorized: false });
    const settle = (answer: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      socket.destroy();
      resolve(answer);
    };
    const giveUp = (): void => {
      settle(false);
    };
    const timer = setTimeout(giveUp, connectMs);
    signal.addEventListener("abort", giveUp);
    socket.on("secureConnect", () => {
      settle(true);
    });
    socket.on("error", (error: Error) => {
      // An alert is TLS; for other bytes the code differs.
      settle(
        /^ERR_SSL_.*ALERT|^EPROTO$/.test(codeOf(error)) &&
          /alert/i.test(error.message),
      );
    });
    socket.on("end", giveUp);
  });
}

type Pbx = "asterisk" | "freeswitch" | "mock";

/** Why the connection failed. @param where host:port */
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
