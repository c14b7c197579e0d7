/** A row of a file, or why it is none. */
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
      /** The fields where they could be told apart, else the line as it stands. */
      readonly fields: readonly string[];
      readonly reason: Reason;
    };

export interface RecordSource {
  /** Null at the end. */
  next(): Promise<TableRecord | null>;
}
