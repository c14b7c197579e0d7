/** What the tests of `npm run call` share: the command in this process, and what it tells. Numbers are fictitious. */
import { readCallOptions } from "../../../../cli/call/options.ts";
import type { CallValues } from "../../../../cli/call/options.ts";
import { makeTestCall } from "../../../../cli/call/place-call.ts";
import { createImportPool } from "../../../../cli/import/queries.ts";
import { phone } from "../../../support/running-engine.ts";
import type { Rig } from "../../../support/running-engine.ts";

export interface Told {
  readonly lines: string[];
  readonly text: string;
  readonly code: number;
}

/**
 * Waits for a call until a busy machine has made it, and for a reason until a pass has named it, which takes none of them so
 * long that the next is not reached.
 */
const patience = { explainAfterMs: 2_000, giveUpAfterMs: 5_000 };

/** The command in this process; `onLine` sees what it prints as it is printed. */
export async function call(
  { database }: Pick<Rig, "database">,
  values: CallValues,
  onLine: (line: string, stop: () => void) => void = () => undefined,
): Promise<Told> {
  const pool = createImportPool({
    url: database.url,
    schema: "public",
    workerSchema: "graphile_worker",
    applicationName: "call-test",
  });
  const stop = new AbortController();
  const lines: string[] = [];
  try {
    const code = await makeTestCall({
      database: pool,
      options: readCallOptions({ to: phone(1), trunk: "a", ...values }),
      say: (line) => {
        lines.push(line);
        onLine(line, () => stop.abort());
      },
      language: "en",
      signal: stop.signal,
      patience,
    });
    return { lines, text: lines.join("\n"), code };
  } finally {
    await pool.end();
  }
}

/** The names of what happened, in the order told. */
export function happenings({ lines }: Told): string[] {
  return lines.flatMap((line) => /^ *\+\d+ ms {2}(\w+)/.exec(line)?.[1] ?? []);
}

export async function campaigns({ sql }: Rig) {
  const { rows } = await sql.query<Record<string, unknown>>(
    "select status, is_test_call, max_dials from campaigns order by created_at",
  );
  return rows;
}
