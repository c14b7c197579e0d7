/** A tracker with one call, and FreeSWITCH's events said to it. */
import { EslCallTracker } from "../../../../adapters/freeswitch-esl/call-tracker.ts";
import { eventOf } from "../../../../adapters/freeswitch-esl/event.ts";
import { jobUuidOf } from "../../../../adapters/freeswitch-esl/job.ts";
import type { CallEvent } from "../../../../adapters/port.ts";
import { installationId } from "./recordings.ts";

export const id = "87500612-501b-4ea4-b175-213724e9a73b";
export const agentLeg = "88ee1a23-76f1-4d4c-9b2e-6ff6f1c3b0aa";

export function scene(isSent = true) {
  const events: CallEvent[] = [];
  const tracker = new EslCallTracker({
    installationId,
    graceMs: 1_000,
    emit: (event) => events.push(event),
  });
  if (isSent) tracker.sent(id);
  let micros = 1_795_339_903_000_000;
  const say = (name: string, headers: Record<string, string> = {}) => {
    micros += 100_000;
    const event = {
      "Event-Name": name,
      "Unique-ID": id,
      "Event-Date-Timestamp": String(micros),
      ...headers,
    };
    tracker.handle(eventOf(event), 0);
  };
  const kinds = () => events.map(({ kind }) => kind);
  return { tracker, events, say, kinds };
}

export const mine = {
  variable_presence_data: installationId,
  variable_accountcode: id,
};
export const agent = {
  "Unique-ID": agentLeg,
  "Channel-Name": "sofia/lab/1001",
  "Call-Direction": "outbound",
  "Other-Type": "originator",
  "Other-Leg-Unique-ID": id,
};
export const answered = { "Caller-Channel-Answered-Time": "1795339903539563" };
export const cleared = {
  "Hangup-Cause": "NORMAL_CLEARING",
  variable_hangup_cause_q850: "16",
};
export const failed = (word: string) => ({
  "Job-UUID": jobUuidOf(installationId, id),
  _body: `-ERR ${word}\n`,
});
