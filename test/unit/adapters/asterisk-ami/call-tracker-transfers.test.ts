/** An attended transfer by feature code, in the events and the order in which Asterisk 22 told it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { agentIdOf } from "../../../../adapters/asterisk-ami/legs.ts";
import { call, scene } from "./tracker-scene.ts";
import type { Headers } from "./tracker-scene.ts";

const customer = { uniqueid: call, channel: "PJSIP/trunk-00000001" };
const agent = { uniqueid: "astlab-1.1", channel: "PJSIP/1001-00000001" };
const near = {
  uniqueid: "astlab-1.2",
  channel: "Local/1004@from-agents-00000000;1",
};
const far = {
  uniqueid: "astlab-1.3",
  channel: "Local/1004@from-agents-00000000;2",
};
const colleague = { uniqueid: "astlab-1.4", channel: "PJSIP/1004-00000002" };

type Party = typeof customer;

function asDest({ uniqueid, channel }: Party): Headers {
  return { destuniqueid: uniqueid, destchannel: channel, destlinkedid: call };
}

/** The customer talks with the agent, who asks a colleague: his phone is dialled. */
function consulting() {
  const it = scene();
  const enters = (who: Party, bridge: string, count: string): void => {
    it.tell("BridgeEnter", {
      ...who,
      linkedid: call,
      bridgeuniqueid: bridge,
      bridgenumchannels: count,
      bridgetechnology: "simple_bridge",
    });
  };
  const leaves = (who: Party, bridge: string): void => {
    it.tell("BridgeLeave", { ...who, bridgeuniqueid: bridge });
  };
  it.tell("Newchannel", it.own());
  it.tell("Newstate", it.own("6"));
  it.tell("DialBegin", { ...customer, ...asDest(agent) });
  enters(agent, "talk", "1");
  enters(customer, "talk", "2");
  it.tell("Newchannel", { ...near, linkedid: call });
  it.tell("Newchannel", { ...far, linkedid: call });
  it.tell("LocalBridge", {
    localoneuniqueid: near.uniqueid,
    localonechannel: near.channel,
    localtwouniqueid: far.uniqueid,
    localtwochannel: far.channel,
  });
  enters(near, "asking", "1");
  leaves(agent, "talk");
  enters(agent, "asking", "2");
  it.tell("DialBegin", { ...far, ...asDest(colleague) });
  return { ...it, enters, leaves };
}

describe("a customer who is given to a colleague", () => {
  it("talks with the colleague, not with the Local channel in between", () => {
    const { tell, events, enters, leaves } = consulting();
    enters(colleague, "behind", "1");
    enters(far, "behind", "2");
    leaves(agent, "asking");
    leaves(near, "asking");
    events.length = 0;
    enters(near, "talk", "2");
    expect(events).toMatchObject([
      {
        kind: "BRIDGED",
        agentId: "PJSIP/1004",
        agentChannel: colleague.channel,
      },
    ]);
    tell("HangupRequest", near);
    tell("Hangup", { ...customer, channelstate: "6", cause: "16" });
    expect(events.at(-1)).toMatchObject({ kind: "ENDED", source: "AGENT" });
  });

  it("before he picks up talks with him once he does", () => {
    const { events, enters, leaves } = consulting();
    leaves(agent, "asking");
    leaves(near, "asking");
    enters(near, "talk", "2");
    events.length = 0;
    enters(colleague, "behind", "1");
    enters(far, "behind", "2");
    expect(events).toMatchObject([{ kind: "BRIDGED", agentId: "PJSIP/1004" }]);
  });

  it("is alone again when the Local channel leaves", () => {
    const { events, enters, leaves } = consulting();
    enters(colleague, "behind", "1");
    enters(far, "behind", "2");
    enters(near, "talk", "2");
    leaves(near, "talk");
    events.length = 0;
    enters(near, "talk", "2");
    expect(events).toMatchObject([{ kind: "BRIDGED", agentId: "PJSIP/1004" }]);
  });

  it("whom a queue knows as a Local channel keeps the queue's name", () => {
    const { tell, events, enters } = consulting();
    const member = { ...asDest(near), interface: "Local/1004@from-queue/n" };
    tell("AgentCalled", { ...customer, ...member });
    enters(colleague, "behind", "1");
    enters(far, "behind", "2");
    events.length = 0;
    enters(near, "talk", "2");
    expect(events).toMatchObject([
      { kind: "BRIDGED", agentId: "Local/1004@from-queue" },
    ]);
  });

  it("whom a queue knows as a Local channel, gives the person to a colleague, who is then reported", () => {
    const { tell, events, enters, leaves } = consulting();
    const member = { ...asDest(near), interface: "Local/1004@from-queue/n" };
    tell("AgentCalled", { ...customer, ...member });
    enters(colleague, "behind", "1");
    enters(far, "behind", "2");
    enters(near, "talk", "2");
    const another = { uniqueid: "astlab-1.5", channel: "PJSIP/1005-00000003" };
    tell("BlindTransfer", {
      result: "Success",
      transfereruniqueid: colleague.uniqueid,
      transfereeuniqueid: far.uniqueid,
    });
    leaves(colleague, "behind");
    leaves(far, "behind");
    events.length = 0;
    tell("DialBegin", { ...far, ...asDest(another) });
    enters(another, "new", "1");
    enters(far, "new", "2");
    expect(events).toMatchObject([{ kind: "BRIDGED", agentId: "PJSIP/1005" }]);
  });
});

describe("an agent", () => {
  const endpoint = fc.constantFrom(
    "PJSIP/1004",
    "SIP/desk-04",
    "Local/1004@from-queue",
    "Local/1004@from-queue-2",
    "Agent/7",
  );
  const suffix = fc
    .integer({ min: 0, max: 0xffffffff })
    .map((number) => `-${number.toString(16).padStart(8, "0")}`);

  it("has one name, whichever way Asterisk writes it", () => {
    fc.assert(
      fc.property(
        endpoint,
        suffix,
        fc.constantFrom("", ";1", ";2"),
        fc.constantFrom("", "/n", "/nj", "/b"),
        (name, number, half, options) => {
          const isLocal = name.startsWith("Local/");
          expect(agentIdOf(name)).toBe(name);
          expect(agentIdOf(`${name}${number}${isLocal ? half : ""}`)).toBe(
            name,
          );
          if (isLocal) expect(agentIdOf(`${name}${options}`)).toBe(name);
          expect(agentIdOf(agentIdOf(name))).toBe(name);
        },
      ),
    );
  });
});
