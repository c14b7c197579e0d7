/** Each call has one final event, in whatever order the PBX reports its end. */
import { expect, it } from "vitest";

import type { CallEvent } from "../../../adapters/port.ts";
import { waitFor } from "../wait-for.ts";
import { place, written } from "./line.ts";
import type { Context, Line } from "./line.ts";

/** Calls of each kind: the orders of a real PBX differ from call to call. */
const CALLS = 6;

export function describeLastWord({ openLine }: Context): void {
  it("emits one final event for each call, whichever end of it came first", async () => {
    const line = await openLine();
    const made = await Promise.all(
      Array.from({ length: CALLS }, () => [
        place(line, "busy"),
        place(line, "declines"),
        place(line, "invalid"),
        place(line, "rings"),
        originate(line),
      ]).flat(),
    );
    const ids = made.filter((id) => id !== null);
    for (const id of ids) {
      await waitFor(
        "the call to ring or to be over",
        () =>
          line.kinds(id).includes("RINGING") || lastWords(line, id).length > 0,
      );
      await line.adapter.hangup(id);
    }
    for (const id of ids)
      await waitFor("the final event", () => lastWords(line, id).length > 0);
    // All events of earlier calls have arrived when a later call is over.
    await line.expectEvent(await place(line, "answers"), "ENDED");
    for (const id of ids) {
      const words = new Map(
        lastWords(line, id).map(({ dedupKey, kind }) => [dedupKey, kind]),
      );
      expect([...words.values()]).toHaveLength(1);
    }
  });
}

function lastWords(line: Line, id: string): CallEvent[] {
  return line
    .events(id)
    .filter(({ kind }) => kind === "ENDED" || kind === "REFUSED");
}

/** @returns null for a call that the PBX refused at once, which is its final event */
async function originate(line: Line): Promise<string | null> {
  const request = line.request("no_such_trunk");
  const { status } = await line.adapter.originate(request, written);
  return status === "accepted" ? request.attemptId : null;
}
