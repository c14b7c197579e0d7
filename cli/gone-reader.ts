/** Handles a command whose output nobody reads any more: `npm run import … | head`. */

/**
 * From now on a closed pipe is no error: output is dropped, and the command runs to its end and its usual exit code.
 * Somebody who only wants to see the first lines of an import must not stop it half-way.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
}
