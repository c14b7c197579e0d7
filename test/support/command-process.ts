/** A command of the command line as a process of its own; whatever still runs when its test ends is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

import { PATIENCE_MS, waitFor } from "./wait-for.ts";

export interface CommandProcess {
  readonly pid: number;
  /** What it has printed so far. */
  readonly output: { stdout: string; stderr: string };
  /** Waits until standard output matches. @throws when it ends before that */
  untilPrinted(pattern: RegExp, timeoutMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Settles with its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

/**
 * @param file below `cli/`, e.g. `cli/demo.ts`
 * @param env laid over this process's environment without its database
 * @param unread its standard output has no reader
 */
export function startCommand(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { unread = false }: { readonly unread?: boolean } = {},
): CommandProcess {
  const program = fileURLToPath(new URL(`../../cli/${file}`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, DATABASE_URL: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  if (unread) child.stdout.destroy();
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  let saidAll = false;
  // "close" follows "exit" once all output was read.
  const exited = once(child, "close").then(([code]: (number | null)[]) => {
    saidAll = true;
    return code ?? null;
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return {
    pid: child.pid ?? 0,
    output,
    exited,
    kill: (signal) => void child.kill(signal),
    untilPrinted: async (pattern, timeoutMs = PATIENCE_MS) => {
      await waitFor(
        `${file} to print ${String(pattern)}`,
        () => {
          const hadSaidAll = saidAll;
          if (pattern.test(output.stdout)) return true;
          if (!hadSaidAll) return false;
          throw new Error(
            `${file} ended with ${String(child.exitCode)}:\n${output.stdout}\n${output.stderr}`,
          );
        },
        { timeoutMs, intervalMs: 20 },
      );
    },
  };
}
