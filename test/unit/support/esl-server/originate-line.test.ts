/** The scripted server reads an originate line as the recorded FreeSWITCH did. */
import { describe, expect, it } from "vitest";

import { parseOriginate } from "../../../support/esl-server/originate-line.ts";
import {
  headerOf,
  recordedCommands,
  recordedMessages,
} from "../../../support/esl-server/recordings.ts";

interface RecordedLine {
  readonly job: string;
  readonly line: string;
  readonly body: string;
  /** `customer_name` as it arrived; null when the call never came to be. */
  readonly arrived: string | null | undefined;
}

function recordedLines(recording: string): RecordedLine[] {
  const messages = recordedMessages(recording);
  return recordedCommands(recording).flatMap((command) => {
    const line = /^bgapi originate (.*)$/m.exec(command)?.[1];
    const job = /^Job-UUID: (.*)$/m.exec(command)?.[1] ?? "none";
    if (line === undefined) return [];
    const result = messages.find(
      ({ headers }) => headerOf(headers, "Job-UUID") === job,
    );
    const body = headerOf(result?.headers ?? [], "_body") ?? "";
    const uuid = /^\+OK (\S+)/.exec(body)?.[1];
    const end = messages.find(
      ({ headers }) =>
        headerOf(headers, "Event-Name") === "CHANNEL_HANGUP_COMPLETE" &&
        headerOf(headers, "Unique-ID") === uuid,
    );
    const arrived =
      end === undefined
        ? null
        : headerOf(end.headers, "variable_customer_name");
    return [{ job, line, body, arrived }];
  });
}

const lines = ["escaping-matrix", "escaping-matrix-2"].flatMap(recordedLines);

describe("an originate line", () => {
  it("was recorded in 42 spellings", () => {
    expect(lines).toHaveLength(42);
  });

  it.each(lines)("is read as recorded: $line", ({ line, body, arrived }) => {
    const parsed = parseOriginate(line);
    if (body.startsWith("-USAGE")) {
      expect(parsed.kind).toBe("usage");
    } else if (body.startsWith("-ERR DESTINATION_OUT_OF_ORDER")) {
      expect(parsed.kind).toBe("malformed");
    } else if (body.startsWith("-ERR")) {
      const urls =
        parsed.kind === "originate"
          ? parsed.destinations.map((d) => d.url)
          : [];
      expect(urls[0]).not.toMatch(/^(?:sofia|loopback)\//);
    } else {
      expect(parsed.kind).toBe("originate");
      const variables =
        parsed.kind === "originate" ? parsed.variables : new Map();
      expect(arrived).not.toBeNull();
      expect(variables.get("customer_name")).toBe(arrived);
    }
  });

  it.each([
    ["inject-number-adds-leg-comma", 2],
    ["inject-number-pipe-failover", 2],
    ["inject-sip-number-comma-second-leg", 2],
  ])("has the second destination that was smuggled in: %s", (name, count) => {
    const [recorded] = recordedLines(name);
    const parsed = parseOriginate(recorded?.line ?? "");
    expect(parsed.kind === "originate" && parsed.destinations).toHaveLength(
      count,
    );
  });

  it("has the application that was smuggled in", () => {
    const [recorded] = recordedLines("inject-number-changes-app");
    const parsed = parseOriginate(recorded?.line ?? "");
    expect(parsed.kind === "originate" && parsed.extension).toMatch(/^&/);
    expect(recorded?.line.startsWith("{")).toBe(true);
  });
});
