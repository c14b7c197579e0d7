/**
 * A PBX without telephones: it accepts Originates, plays for each call a plan drawn from a scenario, and emits events
 * as real PBXs do. It is also the witness of the tests: it counts what reached it, and never dials an id twice.
 *
 * A call exists from its Originate until its plan, a time-out or a hangup ends it. The PBX keeps running when nobody is
 * connected; events emitted meanwhile are lost, as with a real one.
 */

import { randomUUID } from "node:crypto";

import type {
  HandOverFinding,
  HangupResult,
  LastWord,
  LiveCall,
  OriginateRequest,
  OriginateResult,
  RefusalReason,
} from "../port.ts";
import { chooseBehaviour, planCall } from "./call-plan.ts";
import type { CallPlan } from "./call-plan.ts";
import { Delivery } from "./delivery.ts";
import type { PbxMessage } from "./delivery.ts";
import { Journal } from "./journal.ts";
import type { JournalEntry, MockPbxStats, PlayedCall } from "./journal.ts";
import { LiveCalls } from "./live-calls.ts";
import { PastCalls } from "./past-calls.ts";
import { createRandom, hashText } from "./random.ts";
import type { Random } from "./random.ts";
import { parseMockScenario, trunkFaultSchema } from "./scenario.ts";
import type {
  MockScenario,
  MockScenarioInput,
  MockTrunkFault,
} from "./scenario.ts";
import { systemClock, TimerHeap } from "./timer-heap.ts";
import type { MockClock } from "./timer-heap.ts";

export interface MockPbxOptions {
  readonly seed?: number;
  readonly scenario?: MockScenarioInput;
  readonly clock?: MockClock;
  /** `counters`: keeps no list of Originates. Default `full`. */
  readonly journal?: "full" | "counters";
}

export interface PbxSubscriber {
  onMessage(message: PbxMessage): void;
  /** The connection between subscriber and PBX went down or came back. */
  onLine(isUp: boolean): void;
}

/** The PBX's answer to an Originate; it always has one. */
export type PbxAnswer = Extract<
  OriginateResult,
  { readonly status: "accepted" | "refused" }
>;

const DIAL_STRING = /^mock\/([^/]+)\/(\+?[0-9]+)$/;

export class MockPbx {
  readonly #clock: MockClock;
  readonly #timers: TimerHeap;
  readonly #journal: Journal;
  readonly #seed: number;
  readonly #live: LiveCalls;
  readonly #past = new PastCalls();
  readonly #subscribers = new Set<PbxSubscriber>();
  readonly #trunkFaults = new Map<string, Required<MockTrunkFault>>();
  #scenario: MockScenario;
  #runId = randomUUID();
  #isUp = true;
  #calls = 0;

  constructor(options: MockPbxOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#timers = new TimerHeap(this.#clock);
    this.#journal = new Journal(options.journal !== "counters");
    this.#seed = options.seed ?? 1;
    this.#scenario = parseMockScenario(options.scenario ?? {});
    const delivery = new Delivery(this.#clock, this.#timers, (message) => {
      this.#announce(message);
    });
    this.#live = new LiveCalls(
      this.#clock,
      this.#timers,
      delivery,
      this.#journal,
      this.#past,
      this.#runId,
    );
  }

  /** Changes when the PBX restarts. */
  get runId(): string {
    return this.#runId;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** @returns a function that ends the subscription */
  subscribe(subscriber: PbxSubscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  originate(installationId: string, request: OriginateRequest): PbxAnswer {
    const [, trunk = "", number = ""] =
      DIAL_STRING.exec(request.dialString) ?? [];
    const filed = this.#journal.receive({
      attemptId: request.attemptId,
      installationId,
      number,
      trunk,
      receivedAtMs: this.#clock.monotonicMs(),
      receivedAt: this.#now(),
    });
    if (filed.duplicate) {
      this.#journal.refused += 1;
      const message = "This channel id was used before";
      return { status: "refused", reason: "INVALID_REQUEST", message };
    }
    const fault = this.#trunkFaults.get(trunk);
    const refuse = (reason: RefusalReason, message: string) =>
      this.#refuse(request.attemptId, reason, message);
    if (number === "") {
      return refuse("TRUNK_FAULT", "Dial strings are mock/TRUNK/NUMBER");
    }
    if (this.#lacksExtension(request)) {
      return refuse("NO_SUCH_EXTENSION", "Extension does not exist.");
    }
    if (filed.inLastSecond > (fault?.maxPerSecond ?? Infinity)) {
      return refuse("SWITCH_REFUSED", "Throttle Error!");
    }
    const random = this.#randomOf(number, filed.dial);
    const behaviour =
      fault?.outcome ?? chooseBehaviour(this.#scenario, trunk, number, random);
    const plan = planCall(behaviour, this.#scenario, request, random);
    return this.#begin(installationId, request, plan, random);
  }

  /** Ends a live call of this installation; its events follow. */
  hangup(installationId: string, attemptId: string): HangupResult {
    return this.#live.hangup(installationId, attemptId);
  }

  isAlive(installationId: string, attemptId: string): boolean {
    return this.#live.has(installationId, attemptId);
  }

  /** The final event of a call that is over, emitted or not, if the scenario's PBX keeps it. */
  recall(installationId: string, attemptId: string): LastWord | null {
    return this.#past.of(installationId, attemptId);
  }

  handOverExists(context: string | null, extension: string): HandOverFinding {
    if (!this.#scenario.tellsHandOver) return "unknown";
    return this.#lacksExtension({ context, extension }) ? "missing" : "exists";
  }

  listLiveCalls(installationId: string): readonly LiveCall[] {
    return this.#live.list(installationId);
  }

  /** Applies to calls made from now on. */
  setScenario(scenario: MockScenarioInput): void {
    this.#scenario = parseMockScenario(scenario);
  }

  /** @param fault null: the trunk works again */
  setTrunkFault(trunk: string, fault: MockTrunkFault | null): void {
    if (fault === null) this.#trunkFaults.delete(trunk);
    else this.#trunkFaults.set(trunk, trunkFaultSchema.parse(fault));
  }

  /** Cuts or restores the connection of every subscriber. Calls go on; events emitted meanwhile are lost. */
  setLine(isUp: boolean): void {
    if (this.#isUp === isUp) return;
    this.#isUp = isUp;
    for (const subscriber of [...this.#subscribers]) subscriber.onLine(isUp);
  }

  /** As after a power cut: every live call is gone without an event, and connections drop once. */
  restart(): void {
    this.#timers.clear();
    this.#live.forgetAll();
    this.setLine(false);
    this.#runId = randomUUID();
    this.setLine(true);
  }

  /** Forgets all calls and stops its timers. */
  close(): void {
    this.#timers.clear();
    this.#live.forgetAll();
    this.#subscribers.clear();
  }

  stats(): MockPbxStats {
    return this.#journal.stats(this.#live.size);
  }

  /** Every Originate received, in order; empty when the journal holds counters only. */
  journal(): readonly JournalEntry[] {
    return this.#journal.entries();
  }

  /** The same with what became of each call. */
  playedCalls(): readonly PlayedCall[] {
    return this.#journal.played();
  }

  #announce(message: PbxMessage): void {
    if (!this.#isUp) return;
    for (const subscriber of this.#subscribers) subscriber.onMessage(message);
  }

  #now(): string {
    return new Date(this.#clock.wallMs()).toISOString();
  }

  #lacksExtension({
    context,
    extension,
  }: Pick<OriginateRequest, "context" | "extension">): boolean {
    const { missingExtensions } = this.#scenario;
    return (
      missingExtensions.includes(extension) ||
      (context !== null && missingExtensions.includes(context))
    );
  }

  /**
   * The seed depends on number and dial, not on the order of arrival: engines that send in another order meet the same
   * people.
   */
  #randomOf(number: string, dial: number): Random {
    this.#calls += 1;
    const name = dial === 0 ? String(this.#calls) : `${number}/${String(dial)}`;
    return createRandom(hashText(`${String(this.#seed)}/${name}`));
  }

  #refuse(
    attemptId: string,
    reason: RefusalReason,
    message: string,
  ): PbxAnswer {
    this.#journal.refuse(attemptId, reason);
    return { status: "refused", reason, message };
  }

  #begin(
    installationId: string,
    request: OriginateRequest,
    plan: CallPlan,
    random: Random,
  ): PbxAnswer {
    const { attemptId } = request;
    this.#journal.planned(attemptId, plan.outcome);
    if (plan.refusal !== null) {
      const { reason, message } = plan.refusal;
      return this.#refuse(attemptId, reason, message);
    }
    if (plan.steps.length === 0) return { status: "accepted" };
    this.#announce({ type: "channel", installationId, attemptId });
    const { chaos, lostEnds, tellsHistory, remembersCalls, orders } =
      this.#scenario;
    const { steps, wrapUp, isHandedOver } = plan;
    this.#live.begin({
      installationId,
      attemptId,
      steps,
      wrapUp,
      isHandedOver,
      orders,
      random,
      isChaotic: random() < chaos,
      losesEnd: random() < lostEnds,
      tellsHistory,
      isRemembered: remembersCalls,
    });
    this.#journal.liveNow(this.#live.size);
    return { status: "accepted" };
  }
}
