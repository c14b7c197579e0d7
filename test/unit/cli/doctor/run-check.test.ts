import { expect, it } from "vitest";
import { found } from "../../../../cli/doctor/finding.ts";
import {
  codeOf,
  isPassed,
  reasonOf,
  runCheck,
} from "../../../../cli/doctor/run-check.ts";

const forever = new AbortController().signal;
const fine = found("http.port.any");

it("hands on what the work found", async () => {
  expect(await runCheck("http.port", 1_000, forever, () => [fine])).toEqual([
    fine,
  ]);
});

it("makes an error a finding, without credentials", async () => {
  const findings = await runCheck("http.port", 1_000, forever, () => {
    throw new Error("cannot open postgresql://me:secret@host/x\n  at once");
  });
  expect(findings).toMatchObject([
    { check: "http.port", code: "failed.error" },
  ]);
  const { reason } = findings[0]!.parameters;
  expect(reason).toBe("cannot open postgresql://me:[redacted]@host/x at once");
});

it("ends work that does not end by itself, by its signal", async () => {
  let seen: AbortSignal | undefined;
  const findings = await runCheck("http.port", 5, forever, (signal) => {
    seen = signal;
    return new Promise(() => undefined);
  });
  expect(findings).toMatchObject([{ code: "failed.time" }]);
  expect(seen?.aborted).toBe(true);
});

it("ends with the command", async () => {
  const stop = new AbortController();
  const running = runCheck(
    "http.port",
    60_000,
    stop.signal,
    () => new Promise(() => undefined),
  );
  stop.abort();
  expect(await running).toMatchObject([{ code: "failed.time" }]);
});

it("does not begin what is stopped already", async () => {
  const findings = await runCheck(
    "http.port",
    60_000,
    AbortSignal.abort(),
    () => new Promise(() => undefined),
  );
  expect(findings).toMatchObject([{ code: "failed.time" }]);
});

it("takes a skipped check for one that did not pass, and a warning for one that did", () => {
  const warning = found("dialing.engine.none", { node: "x" });
  expect(isPassed([fine, warning])).toBe(true);
  expect(isPassed([found("supabase.key.unknown")])).toBe(true);
  expect(isPassed([fine, found("asterisk.version.untold")])).toBe(false);
});

it("reads the first of several errors behind one name", () => {
  const first = Object.assign(new Error("connect ECONNREFUSED ::1:5432"), {
    code: "ECONNREFUSED",
  });
  const all = new AggregateError([first, new Error("other")], "");
  expect([codeOf(all), reasonOf(all)]).toEqual([
    "ECONNREFUSED",
    "connect ECONNREFUSED ::1:5432",
  ]);
  expect(codeOf(null)).toBe("");
});
