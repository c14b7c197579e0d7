/** What becomes of an attempt by what FreeSWITCH tells of its call, in whatever order, lost or repeated. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { FAR_END } from "../../support/esl-server.ts";
import type { Headers } from "../../support/esl-server.ts";
import {
  attempts,
  insertCampaign,
  insertLead,
  phone,
  untilAttempts,
} from "../../support/running-engine.ts";
import { PATIENCE_MS } from "../../support/wait-for.ts";
import type { Values } from "../../support/running-engine.ts";
import {
  expectNobodyTwice,
  insertGateway,
  neverRetry,
  startScene,
  useTrunk,
} from "./scene.ts";
import type { Scene } from "./scene.ts";

interface Row {
  readonly name: string;
  /** The last three digits dialled. */
  readonly ending: string;
  readonly gateway?: string;
  readonly campaign?: Values;
  readonly expected: Values;
}

const answered = { state: "ENDED", outcome: "ANSWERED" };
const invalid = { state: "FAILED", outcome: "INVALID_NUMBER" };
const rejected = { state: "FAILED", outcome: "REJECTED" };
const congested = { state: "FAILED", outcome: "NETWORK_CONGESTION" };
const faulty = { state: "FAILED", outcome: "TRUNK_FAULT" };
const abandoned = { state: "ABANDONED", outcome: "ABANDONED" };
const unanswered = { state: "NO_ANSWER", outcome: "NO_ANSWER" };

const rows: readonly Row[] = [
  { name: "answers", ending: FAR_END.answers, expected: answered },
  {
    name: "answers and leaves at once, the job failing",
    ending: FAR_END.answersAndLeaves,
    expected: answered,
  },
  {
    name: "early media, then an answer",
    ending: FAR_END.earlyMediaThenAnswers,
    expected: answered,
  },
  {
    name: "486 after ringing",
    ending: FAR_END.declines,
    expected: { state: "BUSY", outcome: "DECLINED", sip_final_code: 486 },
  },
  {
    name: "600",
    ending: FAR_END.busy,
    expected: { state: "BUSY", outcome: "BUSY", sip_final_code: 600 },
  },
  { name: "404", ending: "404", expected: { ...invalid, sip_final_code: 404 } },
  { name: "410", ending: "410", expected: { ...invalid, sip_final_code: 410 } },
  { name: "484", ending: "484", expected: { ...invalid, sip_final_code: 484 } },
  {
    name: "403",
    ending: "403",
    expected: { ...rejected, sip_final_code: 403 },
  },
  {
    name: "603",
    ending: "603",
    expected: { ...rejected, sip_final_code: 603 },
  },
  {
    name: "607",
    ending: "607",
    expected: { ...rejected, sip_final_code: 607 },
  },
  {
    name: "408",
    ending: "408",
    expected: { ...congested, sip_final_code: 408 },
  },
  {
    name: "500",
    ending: "500",
    expected: { ...congested, sip_final_code: 500 },
  },
  { name: "488", ending: "488", expected: { ...faulty, sip_final_code: 488 } },
  { name: "rings for ever", ending: FAR_END.rings, expected: unanswered },
  {
    name: "early media and nobody",
    ending: FAR_END.earlyMediaThenTimer,
    expected: unanswered,
  },
  { name: "never replies", ending: FAR_END.silent, expected: congested },
  {
    name: "a machine",
    ending: FAR_END.machine,
    campaign: { dialplan_extension: "amd" },
    expected: { state: "ENDED", outcome: "MACHINE", amd_result: "MACHINE" },
  },
  {
    name: "sends no sound to be judged",
    ending: FAR_END.mute,
    campaign: { dialplan_extension: "amd", max_call_duration_seconds: 60 },
    expected: { ...answered, amd_result: "NOTSURE" },
  },
  {
    name: "an agent of the queue",
    ending: FAR_END.answers,
    campaign: { dialplan_extension: "queue" },
    expected: { ...answered, agent_id: "1001@default" },
  },
  {
    name: "an agent whose phone rings in vain",
    ending: FAR_END.talks,
    campaign: { dialplan_extension: "1002" },
    expected: abandoned,
  },
  {
    name: "an agent who declines",
    ending: FAR_END.talks,
    campaign: { dialplan_extension: "1005" },
    expected: abandoned,
  },
  {
    name: "leaves a disposition",
    ending: FAR_END.talks,
    campaign: { dialplan_extension: "message" },
    expected: { ...answered, disposition: "NO_KEY" },
  },
  {
    name: "a gateway that is down",
    ending: FAR_END.answers,
    gateway: "dead",
    expected: faulty,
  },
  {
    name: "a gateway that does not exist",
    ending: FAR_END.answers,
    gateway: "nowhere",
    expected: faulty,
  },
];

interface Weather {
  readonly name: string;
  readonly disorder?: number;
  readonly repeats?: boolean;
  readonly lost?: readonly string[];
  /** What cannot be known in this weather. */
  readonly unknowable?: readonly string[];
}

const weathers: readonly Weather[] = [
  { name: "every event once and in order", disorder: 0 },
  { name: "half of the events overtaken by others", disorder: 0.5 },
  { name: "each event twice", repeats: true },
  {
    name: "CHANNEL_CREATE, PROGRESS and ANSWER lost",
    lost: ["CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_ANSWER"],
    // Who he is, is told by his own leg, of which the talk is all that is left.
    unknowable: ["an agent of the queue"],
  },
  { name: "CHANNEL_HANGUP_COMPLETE lost", lost: ["CHANNEL_HANGUP_COMPLETE"] },
  {
    name: "CHANNEL_DESTROY and the jobs' results lost",
    lost: ["CHANNEL_DESTROY", "BACKGROUND_JOB"],
    // Of a call without a channel the job is the only word.
    unknowable: ["a gateway that is down", "a gateway that does not exist"],
  },
];

/** Ended, and not withheld at the last moment because this machine was slow. */
const DIALLED = "end_at is not null and outcome <> 'CANCELLED'";

function nameOf(headers: Headers): string {
  return new Map(headers).get("Event-Name") ?? "";
}

describe.each(weathers)("$name", (weather) => {
  const { name: _, unknowable = [], lost = [], ...rest } = weather;
  const known = rows.filter(({ name }) => !unknowable.includes(name));
  const undo: (() => Promise<void>)[] = [];
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({
      server: {
        disorder: rest.disorder ?? 0.1,
        // An agent is rung before the person who talks shortly gives up.
        pace: { talkMs: 600 },
        agents: { "1002": "rings", "1005": "declines" },
      },
      atEnd: (one) => undo.unshift(one),
    });
    const { sql, server } = scene;
    server.switch.weather.repeats = rest.repeats ?? false;
    server.switch.weather.lose = (headers) => lost.includes(nameOf(headers));
    await neverRetry(sql);
    for (const [index, row] of known.entries()) {
      const trunk = await insertGateway(
        sql,
        `trunk-${String(index)}`,
        row.gateway,
      );
      const id = await insertCampaign(sql, {
        name: row.name,
        status: "DRAFT",
        dialplan_extension: "s",
        ...row.campaign,
      });
      await useTrunk(sql, id, trunk);
      const number = (index + 1) * 1_000 + Number(row.ending);
      await insertLead(sql, id, { phone: phone(number) });
    }
    await sql.query("update campaigns set status = 'ACTIVE'");
    await untilAttempts(sql, known.length, DIALLED, [], 2 * PATIENCE_MS);
  });
  afterAll(async () => {
    for (const one of undo) await one();
  });

  it.each(known)("$name", async ({ name, expected }) => {
    const [attempt, ...more] = await attempts(
      scene.sql,
      `${DIALLED} and campaign_id = (select id from campaigns where name = $1)`,
      [name],
    );
    expect(attempt).toMatchObject(expected);
    expect(more).toEqual([]);
  });

  it("leaves nobody dialled twice", async () => {
    await expectNobodyTwice(scene.sql, scene.server);
    expect(scene.server.originates()).toHaveLength(known.length);
  });
});
