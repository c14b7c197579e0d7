import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openEventStream } from "../../../wallboard/event-stream.ts";

/** As much of an answer as the stream uses; `takes` says whether the socket has room. */
class Answer extends EventEmitter {
  readonly written: string[] = [];
  takes = true;
  destroyed = false;
  writeHead() {
    return this;
  }
  flushHeaders() {}
  write(text: string): boolean {
    this.written.push(text);
    return this.takes;
  }
  end(text = "") {
    if (text !== "") this.written.push(text);
    this.emit("close");
  }
  destroy() {
    this.destroyed = true;
    this.emit("close");
  }
}

function open() {
  const answer = new Answer();
  const closed = vi.fn();
  const stream = openEventStream(answer as unknown as ServerResponse, closed);
  return { answer, stream, closed };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("a viewer's stream", () => {
  it("gives a slow viewer the newest picture only, when there is room again", () => {
    const { answer, stream } = open();
    answer.takes = false;
    for (const text of ["1", "2", "3", "4"]) stream.send(text);
    expect(answer.written).toEqual(["1"]);
    answer.takes = true;
    answer.emit("drain");
    expect(answer.written).toEqual(["1", "4"]);
    stream.send("5");
    expect(answer.written).toEqual(["1", "4", "5"]);
    stream.end();
  });

  it("is closed when a viewer takes nothing for half a minute", () => {
    const { answer, stream, closed } = open();
    answer.takes = false;
    stream.send("1");
    vi.advanceTimersByTime(29_000);
    expect(answer.destroyed).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(answer.destroyed).toBe(true);
    expect(closed).toHaveBeenCalledOnce();
  });

  it("says every 15 s that it is there, so that no proxy takes it for dead", () => {
    const { answer, stream } = open();
    vi.advanceTimersByTime(45_000);
    expect(answer.written).toEqual(Array(3).fill(": still here\n\n"));
    stream.finish("event: expired\ndata: {}\n\n");
    expect(answer.written.at(-1)).toContain("expired");
  });
});
