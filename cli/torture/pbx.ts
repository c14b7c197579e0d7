/** What the torture needs of a PBX and of the carrier behind it. */
import type { CarrierCall, Evidence } from "./evidence.ts";
import type { RoundPlan } from "./plan.ts";
import type { Mutex } from "./mutex.ts";

export interface TrunkPlan {
  readonly name: string;
  readonly dialString: string;
  readonly cps: number;
  readonly channels: number;
}

/** A PBX for one round. */
export interface RoundPbx {
  readonly address: { readonly host: string; readonly port: number };
  readonly trunks: readonly TrunkPlan[];
  /** Environment of an engine that connects to it on `port` of 127.0.0.1. */
  engineEnv(port: number): Readonly<Record<string, string>>;
  /** The nth number to call, in E.164; what the far end does with it is the PBX's own affair. */
  phone(n: number): string;
  /** Every call of this round that reached the carrier. */
  calls(): Promise<readonly CarrierCall[]>;
  readonly recordedBy: Evidence["recordedBy"];
  readonly keeps: Evidence["pbxKeeps"];
  /** Channels now. */
  live(): Promise<number>;
  /** Freezes its process. @returns a function that continues it */
  freeze(): Promise<() => void>;
  /** Ends all calls without an event, as a power cut does; resolves when it takes calls again. */
  restart(): Promise<void>;
  /** The PBX itself refuses calls. @param size 0 to 1 @returns a function that ends this */
  refuse(size: number): Promise<() => Promise<void>>;
  /** Faults of the PBX itself happen one after the other. */
  readonly mutex: Mutex;
  /** Stops what was started for this round. */
  close(): Promise<void>;
}

/** Gives each round its PBX. */
export interface PbxHouse {
  /** How long a round may need after the last fault until all is dialled: what was lost is found within a minute. */
  readonly drainWithinMs: number;
  /** Leads of the first campaign; the second has a third of them. */
  readonly leads: number;
  open(plan: RoundPlan): Promise<RoundPbx>;
  close(): Promise<void>;
}
