/** Values that travel to Postgres as one JSON parameter and are unfolded there by `jsonb_to_recordset`. */

/** Serialises rows for a `$1::jsonb` parameter. */
export function jsonRows(rows: readonly object[]): string {
  return JSON.stringify(rows);
}
