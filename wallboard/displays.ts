/** Screens that show the wallboard with a token of their own. */
import { createHash } from "node:crypto";
import { z } from "zod";

import type { Database } from "../database/pools.ts";
import { statement } from "../database/sql.ts";

const displayRow = z.object({
  id: z.string(),
  accountId: z.string().nullable(),
  expiresAt: z.date(),
});

/** A screen with a valid token. */
export interface Display {
  /** Whose rows it shows; null: all. */
  readonly accountId: string | null;
  readonly expiresAtMs: number;
}

/**
 * @returns null when no screen has this token, or it was revoked or has run out
 * @throws the database's error
 */
export async function findDisplay(
  database: Database,
  token: string,
): Promise<Display | null> {
  const hash = createHash("sha256").update(token).digest("hex");
  const { rows } = await database.query(
    statement("wallboard/find_display", [hash]),
  );
  const [row] = z.array(displayRow).parse(rows);
  if (row === undefined) return null;
  // Even if nothing can be written, the screen keeps working.
  await database
    .query(statement("wallboard/touch_display", [row.id]))
    .catch(() => undefined);
  return { accountId: row.accountId, expiresAtMs: row.expiresAt.getTime() };
}
