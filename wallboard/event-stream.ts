/** One viewer's response as a stream of server-sent events, whose memory is bounded however slow the viewer is. */
import type { ServerResponse } from "node:http";

import type { Sink } from "./feed.ts";

const keepAliveMs = 15_000;
/** A viewer that reads nothing for this long is considered gone, whatever the socket says. */
const stuckMs = 30_000;

export interface EventStream extends Sink {
  /** Ends with a last event. */
  finish(text: string): void;
}

/**
 * Begins the response. `onClose` is called once, however it ends: by the viewer, by `end`, or because it is stuck.
 */
export function openEventStream(
  response: ServerResponse,
  onClose: () => void,
): EventStream {
  let waiting: string | null = null;
  let full = false;
  let stuck: NodeJS.Timeout | null = null;
  const write = (text: string) => {
    if (response.write(text)) return;
    full = true;
    stuck = setTimeout(() => response.destroy(), stuckMs);
  };
  const keepAlive = setInterval(() => {
    if (!full) write(": still here\n\n");
  }, keepAliveMs);
  response.on("drain", () => {
    full = false;
    if (stuck !== null) clearTimeout(stuck);
    const text = waiting;
    waiting = null;
    if (text !== null) write(text);
  });
  response.once("close", () => {
    clearInterval(keepAlive);
    if (stuck !== null) clearTimeout(stuck);
    onClose();
  });
  // The stream has no time limit; a stuck one is detected here.
  response.socket?.setTimeout(0);
  response.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no", // nginx would buffer events
  });
  response.flushHeaders();
  return {
    send: (text) => {
      if (full) waiting = text;
      else write(text);
    },
    end: () => response.end(),
    finish: (text) => response.end(text),
  };
}
