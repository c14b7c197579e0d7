/** Which faults happen in which round, and when: drawn from the seed alone, so that a round can be repeated. */
import { createRandom, hashText } from "../../adapters/mock/random.ts";
import type { Random } from "../../adapters/mock/random.ts";
import { faultKinds, lasts } from "./fault-kinds.ts";
import type { FaultKind } from "./fault-kinds.ts";

export interface PlannedFault {
  readonly kind: FaultKind;
  /** After the campaigns began to dial. */
  readonly atMs: number;
  readonly forMs: number;
  /** 0 to 1: the size of the fault, for kinds that have one (a delay, leads, numbers). */
  readonly size: number;
}

export interface RoundPlan {
  readonly seed: number;
  /** From 1. */
  readonly round: number;
  /** Seed of the mock PBX's call plans. */
  readonly pbxSeed: number;
  /** In the order in which they begin; they may overlap. */
  readonly faults: readonly PlannedFault[];
  /**
   * Whether both campaigns have telephones in common. Then the round takes half a minute more: a lead whose telephone
   * is in another call is dialled again after that time.
   */
  readonly sharesPhones: boolean;
  /** How long an engine that ended stays down before it is restarted, as by a platform. */
  readonly restartAfterMs: number;
  /** Whether the mock PBX can be asked about past calls, as one with a CDR can. */
  readonly pbxRemembers: boolean;
}

/** Faults begin within this time and last at most 4.5 s. */
const BEGIN_WITHIN_MS = [300, 5_000] as const;
const FAULTS_PER_ROUND = [3, 7] as const;
const SHARES_PHONES_EVERY = 5;
const PBX_REMEMBERS = 0.4;

/** @param round from 1. Every kind comes in turn, whatever else is drawn, so that 30 rounds have seen all. */
export function planRound(seed: number, round: number): RoundPlan {
  const random = createRandom(hashText(`${String(seed)}/${String(round)}`));
  const [fewest, most] = FAULTS_PER_ROUND;
  const count = Math.round(between(random, fewest, most));
  const faults = Array.from({ length: count }, (_, index) =>
    planFault(index === 0 ? inTurn(seed, round) : drawKind(random), random),
  );
  return {
    seed,
    round,
    pbxSeed: Math.floor(random() * 4_294_967_296),
    faults: faults.toSorted((a, b) => a.atMs - b.atMs),
    sharesPhones: round % SHARES_PHONES_EVERY === 0,
    restartAfterMs: Math.round(between(random, 200, 1_500)),
    pbxRemembers: random() < PBX_REMEMBERS,
  };
}

function inTurn(seed: number, round: number): FaultKind {
  const at = (hashText(String(seed)) + round) % faultKinds.length;
  return faultKinds[at] ?? "HOLDER_KILLED";
}

function drawKind(random: Random): FaultKind {
  const at = Math.floor(random() * faultKinds.length);
  return faultKinds[at] ?? "HOLDER_KILLED";
}

function planFault(kind: FaultKind, random: Random): PlannedFault {
  const atMs = Math.round(between(random, ...BEGIN_WITHIN_MS));
  const forMs = Math.round(between(random, ...lasts(kind)));
  return { kind, atMs, forMs, size: random() };
}

function between(random: Random, least: number, most: number): number {
  return least + random() * (most - least);
}

/** One line for people: `+0.8 s HOLDER_KILLED, +2.1 s POSTGRES_FROZEN (1.2 s)`. */
export function describeFaults(faults: readonly PlannedFault[]): string {
  return faults
    .map(({ kind, atMs, forMs }) => {
      const length = forMs === 0 ? "" : ` (${seconds(forMs)})`;
      return `+${seconds(atMs)} ${kind}${length}`;
    })
    .join(", ");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
