/** Runs one check with a time limit of its own: whatever happens in it becomes a finding. */
import { cleanText } from "../../logging.ts";
import type { CheckId } from "./check-titles.ts";
import { type Finding, foundFor, statusOf } from "./finding.ts";

/** @param signal aborted at the time limit: close what was opened */
export type Work = (
  signal: AbortSignal,
) => Promise<readonly Finding[]> | readonly Finding[];

/**
 * Runs a check. Never rejects, and settles soon after the limit even if the work does not.
 *
 * @param stop aborted when the whole command is to end
 */
export async function runCheck(
  check: CheckId,
  limitMs: number,
  stop: AbortSignal,
  work: Work,
): Promise<readonly Finding[]> {
  const ranOut = foundFor(check, "failed.time", {
    seconds: Math.round(limitMs / 100) / 10,
  });
  if (stop.aborted) return [ranOut];
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort();
  }, limitMs);
  const signal = AbortSignal.any([stop, limit.signal]);
  const late = new Promise<readonly Finding[]>((resolve) => {
    signal.addEventListener(
      "abort",
      () => {
        resolve([ranOut]);
      },
      { once: true },
    );
  });
  const done = Promise.resolve(signal)
    .then(work)
    .catch((error: unknown) => [
      foundFor(check, "failed.error", { reason: reasonOf(error) }),
    ]);
  try {
    return await Promise.race([late, done]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the findings allow the checks that depend on this one. */
export function isPassed(findings: readonly Finding[]): boolean {
  return findings.every((finding) => {
    const status = statusOf(finding);
    return status === "ok" || status === "warning";
  });
}

/** An error in one line, without stack, credentials and phone numbers. */
export function reasonOf(error: unknown): string {
  const first: unknown =
    error instanceof AggregateError ? error.errors[0] : error;
  const text = first instanceof Error ? first.message : String(first);
  return cleanText(text.replaceAll(/\s+/g, " ").trim()).slice(0, 300);
}

/** A system error's or SQLSTATE code; empty without. */
export function codeOf(error: unknown): string {
  const first: unknown =
    error instanceof AggregateError ? error.errors[0] : error;
  const code = (first as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}
