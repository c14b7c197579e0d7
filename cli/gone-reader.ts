/** What becomes of a command whose output nobody reads any more: `npm run import … | head`. */

/**
 * From now on a closed pipe is no error: what is printed is dropped, and the command goes on to its end and its usual exit
 * code. An import that is half done because somebody wanted to see its first lines helps nobody.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
}
