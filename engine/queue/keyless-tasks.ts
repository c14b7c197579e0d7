/**
 * Tasks whose jobs have no keys and are many. They have a runner of their own with a local queue (`job-runners.ts`),
 * and the due-job notifier wakes only the runner that a job is for.
 */
const names = ["apply_call_events"];
const prefixes = ["originate_call:"];

export function isKeyless(task: string): boolean {
  return (
    names.includes(task) || prefixes.some((prefix) => task.startsWith(prefix))
  );
}

/** The same as patterns for Postgres' `like`. */
export const keylessPatterns: readonly string[] = [
  ...names,
  ...prefixes.map((prefix) => `${prefix}%`),
].map((pattern) => pattern.replaceAll("_", "\\_"));
