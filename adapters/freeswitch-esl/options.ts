/** Options of the adapter to FreeSWITCH. */
import type { Logger } from "pino";

import type { ReconnectTimings } from "../connection/reconnect.ts";

/** Milliseconds each. */
export interface EslTimings {
  /** For the connection and the greeting; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** For every reply; default 5,000. */
  readonly commandTimeoutMs?: number;
  /** Default 10,000. A ping not answered within `commandTimeoutMs` ends the connection. */
  readonly pingIntervalMs?: number;
  /** How long the result of a job waits for its channel's events; default 1,000. */
  readonly graceMs?: number;
  readonly reconnect?: ReconnectTimings;
}

export interface FreeswitchEslOptions {
  readonly host: string;
  readonly port: number;
  /** The switch's, or `user@domain:password` of a directory user. */
  readonly password: string;
  /** Where answered calls go when the request names no context. */
  readonly context: string;
  /** The installation tag of every channel we make: its presence_data, up to 64 of letters, digits and . _ - */
  readonly installationId: string;
  readonly log: Logger;
  readonly timings?: EslTimings;
}
