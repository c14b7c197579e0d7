/** HEARTBEAT as recorded, with the switch's own limits and counts. */
import { recordedMessages } from "./recordings.ts";
import type { Headers } from "./recordings.ts";
import type { ScriptedSwitch } from "./switch.ts";

/** Recorded as plain text, one header a line, values percent-encoded. */
export function recordedHeartbeat(): Headers {
  const body = recordedMessages("heartbeat").find(({ body: text }) =>
    text.startsWith("Event-Name: HEARTBEAT"),
  )?.body;
  return (body ?? "")
    .split("\n")
    .filter((line) => line.includes(": "))
    .map((line): readonly [string, string] => {
      const at = line.indexOf(": ");
      return [line.slice(0, at), decodeURIComponent(line.slice(at + 2))];
    });
}

export function heartbeat(owner: ScriptedSwitch): void {
  const { maxSessions, sessionsPerSecond } = owner.limits;
  const named = new Map([
    ["Uptime-msec", String(Date.now() - owner.startedMs)],
    ["Session-Count", String(owner.legs.size)],
    ["Max-Sessions", String(maxSessions)],
    // What is left of this second (`heartbeat-foreign-traffic`).
    [
      "Session-Per-Sec",
      String(Math.max(0, sessionsPerSecond - owner.sessionsThisSecond)),
    ],
    ["Session-Per-Sec-Last", String(owner.sessionsThisSecond)],
    ["Session-Since-Startup", String(owner.sessionsSinceStart)],
  ]);
  const headers = recordedHeartbeat().map(
    ([name, value]) => [name, named.get(name) ?? value] as const,
  );
  owner.emit({ recording: "heartbeat", headers }, null);
}
