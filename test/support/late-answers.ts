/**
 * Delays the end of some database statements for a moment, in the test's process and the engine's: a test that depends
 * on the order of two moments, or on a fast machine, fails here and not once in a hundred runs of CI. `npm run
 * test:late` loads it into every Node process of the run.
 *
 * LATE_SHARE is the share of statements (0 to 1), LATE_MS the longest delay; short ones are the most frequent.
 */
import pg from "pg";

const share = Number(process.env["LATE_SHARE"] ?? "0.2");
const longestMs = Number(process.env["LATE_MS"] ?? "120");

/** pg's own: called when the server is ready for the next statement. It keeps the order of a connection's statements. */
interface Ending {
  _handleReadyForQuery?: (this: pg.Client, message: unknown) => void;
}

const client = pg.Client.prototype as unknown as Ending;
const end = client._handleReadyForQuery;
if (end === undefined)
  throw new Error(
    "pg.Client has no _handleReadyForQuery in this version: late-answers.ts delays nothing; find where pg ends a statement now",
  );
client._handleReadyForQuery = function (message) {
  if (Math.random() >= share) {
    end.call(this, message);
    return;
  }
  setTimeout(
    () => {
      end.call(this, message);
    },
    Math.random() ** 2 * longestMs,
  );
};
