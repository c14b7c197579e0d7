/** Feeds bytes of an Asterisk to the wire in any pieces, and what comes of it to the tracker and the reducer. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import net from "node:net";
import { pino } from "pino";

import { AmiCallTracker } from "../../../../adapters/asterisk-ami/call-tracker.ts";
import type { AmiMessage } from "../../../../adapters/asterisk-ami/message.ts";
import { AmiWire } from "../../../../adapters/asterisk-ami/wire.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import type { AttemptFacts } from "../../../../dialing/call-facts.ts";
import { foldEvents, settle } from "../../../../dialing/call-state.ts";
import { originating } from "../../dialing/attempt.ts";
import { installationId } from "./recordings.ts";
import type { Recording } from "./recordings.ts";

export const silent = pino({ level: "silent" });
const GREETING = "Asterisk Call Manager/11.0.0\r\n";

export interface Feed {
  readonly wire: AmiWire;
  /** One TCP read. */
  push(bytes: Uint8Array): void;
  readonly messages: AmiMessage[];
  /** What the wire logged as errors: also what a listener threw. */
  readonly complaints: readonly string[];
  readonly closedBecause: () => string | null;
  close(): void;
}

/** Opens feeds over one server that accepts and says nothing. */
export async function startFeeds(): Promise<{
  open(onMessage?: (message: AmiMessage) => void): Promise<Feed>;
  close(): Promise<void>;
}> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    open: (onMessage) => openFeed(port, onMessage),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    },
  };
}

async function openFeed(
  port: number,
  onMessage?: (message: AmiMessage) => void,
): Promise<Feed> {
  const messages: AmiMessage[] = [];
  const complaints: string[] = [];
  const log = pino(
    { level: "error" },
    { write: (line) => void complaints.push(line) },
  );
  let reason: string | null = null;
  let socket: net.Socket | undefined;
  const note = (made: unknown): void => {
    socket ??= (made as { socket: net.Socket }).socket;
  };
  subscribe("net.client.socket", note);
  const opening = AmiWire.open({
    host: "127.0.0.1",
    port,
    user: "dialer",
    secret: "secret",
    connectTimeoutMs: 5_000,
    log,
    onMessage: onMessage ?? ((message) => messages.push(message)),
    onClose: (why) => {
      reason = why;
    },
  });
  unsubscribe("net.client.socket", note);
  const client = socket;
  if (client === undefined) throw new Error("No socket was made");
  await new Promise((resolve) => {
    client.once("connect", resolve);
  });
  client.push(Buffer.from(GREETING));
  const wire = await opening;
  return {
    wire,
    messages,
    complaints,
    push: (bytes) => client.push(bytes),
    closedBecause: () => reason,
    close: () => {
      wire.close("The test is over");
    },
  };
}

/** The recording's calls, sent and followed by a tracker of their own. */
export function trackRecording(recording: Recording, graceMs = 1_000) {
  const events: CallEvent[] = [];
  const tracker = new AmiCallTracker({
    installationId,
    graceMs,
    emit: (event) => events.push(event),
  });
  for (const { attemptId, actionId } of recording.calls) {
    tracker.sent(attemptId, actionId);
  }
  return { tracker, events };
}

/** What the database would hold of each call, once every grace and SETTLE has passed. */
export function finalAttempts(
  recording: Recording,
  events: readonly CallEvent[],
): AttemptFacts[] {
  return recording.calls.map(({ attemptId }) =>
    settle(
      foldEvents(
        originating({ id: attemptId }),
        events.filter((event) => event.attemptId === attemptId),
      ),
    ),
  );
}
