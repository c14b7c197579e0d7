/** Programs of the lab: started with their output in a file, stopped by their process id, never left behind. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { waitFor } from "../wait-for.ts";

export interface LabProcess {
  readonly pid: number;
  isRunning(): boolean;
  /** The last lines that it printed. */
  lastWords(): string;
  /** Sends a signal and waits for the end; SIGKILL when that takes longer than three seconds. */
  end(signal: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a program whose standard output and error go to the file `output`. */
export function startLabProcess(
  command: string,
  args: readonly string[],
  { cwd, output }: { readonly cwd: string; readonly output: string },
): LabProcess {
  const file = openSync(output, "a");
  // setpriv has the kernel kill it when this process dies, however that dies.
  const child = spawn(
    "/bin/sh",
    ["-c", 'exec setpriv --pdeathsig KILL "$0" "$@"', command, ...args],
    { cwd, stdio: ["ignore", file, file] },
  );
  closeSync(file);
  let problem: Error | undefined;
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", (error) => {
    running.delete(child);
    problem = error;
  });
  const isRunning = (): boolean =>
    problem === undefined &&
    child.exitCode === null &&
    child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    isRunning,
    lastWords: () =>
      problem?.message ??
      readFileSync(output, "utf8").split("\n").slice(-25).join("\n"),
    end: async (signal) => {
      child.kill(signal);
      await waitFor("the program to end", () => !isRunning(), {
        timeoutMs: 3_000,
      }).catch(() => child.kill("SIGKILL"));
      await waitFor("the program to be gone", () => !isRunning());
    },
  };
}
