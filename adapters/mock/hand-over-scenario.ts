/**
 * What the mock's dialplan does with an answered call, as `docs/asterisk/` does: answering machine detection, a queue
 * with agents, a disposition at the end. Plain JSON, part of the scenario.
 */

import { z } from "zod";

import { amdResults } from "../port.ts";
import { durationSchema } from "./duration.ts";

export const amdResultSchema = z.enum(amdResults);

const share = z.number().min(0).max(1);

const queueSchema = z.strictObject({
  /** Their ids; who is tried first is drawn, then one after the other. None: nobody is logged in. */
  agents: z.array(z.string().min(1).max(60)).default(["1001", "1002", "1003"]),
  /** All of them are talking for so long after the person came. */
  busyMs: durationSchema.default(0),
  /** Share of tries in which the agent does not pick up. */
  ignores: share.default(0),
  /** An agent's phone rings until he picks up. */
  pickUpMs: durationSchema.default([2_000, 6_000]),
  /** An agent's phone rings until he is given up, or declines, and the person waits again. */
  giveUpMs: durationSchema.default(12_000),
  /** So many agents are tried, at most; then it is as at the time limit. */
  maxTries: z.int().min(1).max(100).default(20),
  /** How long a person may wait for an agent. */
  limitMs: durationSchema.default(30_000),
  /** What is played to a person without an agent; then the PBX hangs up. */
  sorryMs: durationSchema.default(3_000),
  /** Share of talks that the agent ends, and not the person. */
  agentEnds: share.default(0.5),
  /** Share of talks that the agent transfers to the next agent half-way. */
  transfers: share.default(0),
});

export const handOverSchema = z.strictObject({
  /** How long detection takes; machines are hung up on. Null: no detection. */
  amdMs: durationSchema.nullable().default(null),
  /** Null: no agent is requested; a bot, a message, or the agent who dialled himself. */
  queue: queueSchema.nullable().default(null),
  /** Left by the agent so long after a talk, by a dialplan without queue so long after the answer; null: none. */
  disposition: z
    .strictObject({
      /** One of them is drawn. */
      words: z.tuple([z.string().min(1).max(80)], z.string().min(1).max(80)),
      afterMs: durationSchema.default(5_000),
    })
    .nullable()
    .default(null),
});

export type MockHandOver = z.infer<typeof handOverSchema>;
export type MockQueue = z.infer<typeof queueSchema>;

export const ordersSchema = z.strictObject({
  /** Share of unanswered calls whose end is emitted before the failure of their Originate (132 of 500 seen). */
  failedComesLast: share.default(0.26),
  /**
   * Share of the events of an agent's leg, and of answers that are handed over, that are emitted after later events.
   */
  legsCross: share.default(0.3),
  /** By at most so many milliseconds. */
  gapMs: z.number().min(0).default(5),
});

/** The orders in which a real PBX emits events that happened at nearly the same time. */
export type MockOrders = z.infer<typeof ordersSchema>;
