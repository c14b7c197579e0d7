import { describe, expect, it } from "vitest";

import { originateCommand } from "../../../../adapters/freeswitch-esl/originate-command.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { installationId } from "./recordings.ts";
import {
  body,
  connect,
  jsonEvent,
  reply,
  request,
  startSwitch,
  written,
} from "./fake-switch.ts";

const options = { context: "dialer", installationId };

describe("the originate", () => {
  it("is one bgapi with ids and numbers, set-up limit before the destination, and our own job id", () => {
    const asked = request({
      context: "sales",
      variables: { OFFER: "7", NOTE: "Zoë O'Neil, VIP" },
    });
    const { attemptId, campaignId, leadId } = asked;
    expect(originateCommand(asked, options)).toEqual({
      line:
        `bgapi originate {origination_uuid=${attemptId},accountcode=${attemptId},presence_data=${installationId},` +
        "origination_caller_id_number=+15551230000,origination_caller_id_name=+15551230000," +
        "ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=46,execute_on_answer=sched_hangup\\s+600\\sALLOTTED_TIMEOUT," +
        `CORRELATION_ID=${attemptId},CAMPAIGN_ID=${campaignId},LEAD_ID=${leadId},DIALER_MAX_SECONDS=600,` +
        "export_vars=CORRELATION_ID\\\\,CAMPAIGN_ID\\\\,LEAD_ID,DIALER_VAR_OFFER=7}" +
        "[leg_progress_timeout=20]sofia/gateway/carrier/15550000200 s XML sales",
      jobUuid: `${installationId}:${attemptId}`,
    });
  });

  it("goes to the configured context, with the PBX's own caller id, in whole seconds that are never too short", () => {
    const { line } = originateCommand(
      request({
        callerId: null,
        setupTimeoutSeconds: 2.2,
        ringTimeoutSeconds: 15.5,
        maxCallDurationSeconds: 0.5,
      }),
      options,
    );
    expect(line).toMatch(/ s XML dialer$/);
    expect(line).not.toContain("caller_id");
    // FreeSWITCH's N fires after N - 1 to N seconds; 17.7 must have passed.
    expect(line).toContain("originate_timeout=19,");
    expect(line).toContain("[leg_progress_timeout=3]");
    expect(line).toContain("sched_hangup\\s+1\\s");
  });

  it("is one write on the wire", async () => {
    const fake = await startSwitch();
    const { adapter } = await connect(fake, {
      timings: { pingIntervalMs: 60_000 },
    });
    const asked = request();
    expect(await adapter.originate(asked, written)).toEqual({
      status: "accepted",
    });
    const { line, jobUuid = "" } = originateCommand(asked, options);
    const reads = fake.reads.filter((read) => read.includes("originate"));
    expect(reads).toEqual([`${line}\nJob-UUID: ${jobUuid}\n\n`]);
  });

  it("is refused as the switch's own fault when the bgapi is", async () => {
    const fake = await startSwitch();
    const { adapter, events } = await connect(fake);
    fake.answer = (command) =>
      command.startsWith("bgapi") ? reply("-ERR permission denied") : undefined;
    expect(await adapter.originate(request(), written)).toMatchObject({
      status: "refused",
      reason: "SWITCH_REFUSED",
    });
    expect(events).toEqual([]);
  });

  it("is sent once for an attempt, whatever happens to the connection", async () => {
    const fake = await startSwitch();
    const { adapter, untilConnected } = await connect(fake);
    const asked = request();
    fake.answer = (command) =>
      command.startsWith("bgapi originate") ? null : undefined;
    const unknown = adapter.originate(asked, written);
    await waitFor("the originate", () =>
      fake.received.includes("bgapi originate"),
    );
    fake.reset();
    expect(await unknown).toMatchObject({ status: "unknown" });
    await untilConnected(2);
    expect(await adapter.originate(asked, written)).toMatchObject({
      status: "refused",
      reason: "INVALID_REQUEST",
    });
    expect(fake.received.match(/bgapi originate/g)).toHaveLength(1);
  });

  it("sets free text on the channel once it is answered, each by a command of its own", async () => {
    const fake = await startSwitch();
    const { adapter, events } = await connect(fake);
    fake.answer = (command) =>
      command.startsWith("api uuid_setvar") ? body("+OK\n") : undefined;
    const asked = request({
      variables: { OFFER: "7", NOTE: "Zoë 'the' boss; 50% | x", EMPTY: "" },
    });
    await adapter.originate(asked, written);
    expect(fake.received).not.toContain("Zoë");
    fake.say(
      jsonEvent({
        "Event-Name": "CHANNEL_ANSWER",
        "Unique-ID": asked.attemptId,
        "Caller-Channel-Answered-Time": "1795339903539563",
      }),
    );
    const line = `api uuid_setvar ${asked.attemptId} DIALER_VAR_NOTE Zoë \\'the' boss; 50% | x\n\n`;
    await waitFor("the text", () => fake.received.includes(line));
    expect(fake.received.split(`uuid_setvar ${asked.attemptId}`)).toHaveLength(
      2,
    );
    expect(events.map(({ kind }) => kind)).toEqual(["ANSWERED"]);
  });
});

describe("the result of the job", () => {
  it.each([
    ["-ERR DESTINATION_OUT_OF_ORDER\n", "SWITCH_REFUSED"],
    ["-ERR INVALID_GATEWAY\n", "TRUNK_FAULT"],
    ["-ERR GATEWAY_DOWN\n", "TRUNK_FAULT"],
    ["-ERR CHAN_NOT_IMPLEMENTED\n", "TRUNK_FAULT"],
    ["-ERR originate Command not found!\n", "SWITCH_REFUSED"],
    [
      "-USAGE: <call url> <exten>|&<application_name>(<app_args>)\n",
      "INVALID_REQUEST",
    ],
  ])("%j without a channel is the last word: %s", async (result, reason) => {
    const fake = await startSwitch();
    const { adapter, events } = await connect(fake);
    const { attemptId } = request();
    await adapter.originate(request({ attemptId }), written);
    fake.say(
      jsonEvent({
        "Event-Name": "BACKGROUND_JOB",
        "Job-UUID": `${installationId}:${attemptId}`,
        _body: result,
      }),
    );
    await waitFor("the refusal", () => events.length > 0);
    expect(events).toMatchObject([{ kind: "REFUSED", reason, attemptId }]);
  });

  it("waits for the hang-up of a channel that has sent events, in either order", async () => {
    const fake = await startSwitch();
    const { adapter, events } = await connect(fake);
    const { attemptId } = request();
    await adapter.originate(request({ attemptId }), written);
    fake.say(
      jsonEvent({
        "Event-Name": "BACKGROUND_JOB",
        "Job-UUID": `${installationId}:${attemptId}`,
        _body: "-ERR NORMAL_CLEARING\n",
      }) +
        jsonEvent({
          "Event-Name": "CHANNEL_HANGUP_COMPLETE",
          "Unique-ID": attemptId,
          "Hangup-Cause": "NORMAL_CLEARING",
          variable_hangup_cause_q850: "16",
          "Caller-Channel-Answered-Time": "1795339903539563",
        }),
    );
    await waitFor("the end", () => events.some(({ kind }) => kind === "ENDED"));
    expect(events.map(({ kind }) => kind)).toEqual(["ANSWERED", "ENDED"]);
    expect(events[1]).toMatchObject({ complete: true, cause: 16 });
  });
});
