/** A row of a file, or why it cannot be read. */
import type { Reason } from "./reasons.ts";

export type TableRecord =
  | {
      readonly ok: true;
      /** In the file, from 1. */
      readonly line: number;
      readonly fields: readonly string[];
    }
  | {
      readonly ok: false;
      readonly line: number;
      /** The fields if they could be separated, otherwise the line as it is. */
      readonly fields: readonly string[];
      readonly reason: Reason;
    };

export interface RecordSource {
  /** Null at the end. */
  next(): Promise<TableRecord | null>;
}
