/** What `/health` reports; each flag measured by the engine, none assumed. */
export interface HealthReport {
  /** Decides between 200 and 503. A standby is healthy. */
  readonly healthy: boolean;
  readonly standby: boolean;
  readonly running: boolean;
  readonly voiceAdapterConnected: boolean;
  readonly schedulerActive: boolean;
  readonly executorActive: boolean;
  readonly databaseReachable: boolean;
  readonly uptimeSeconds: number;
  /** Why it is not healthy, or what may soon be wrong: one sentence each, for anybody, without addresses and names. */
  readonly reasons: readonly string[];
  /** The same in full, for holders of the token; left out if there is nothing to add. */
  readonly details?: readonly string[];
}

/** Where the HTTP server gets its answers from. */
export interface StatusSource {
  health(): Promise<HealthReport>;
  /** JSON-serialisable; phone numbers masked. */
  status(): Promise<Record<string, unknown>>;
}
