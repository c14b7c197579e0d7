/** The files of docs/freeswitch are well-formed, agree with each other, and say what the adapter asks for and listens to. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { apiAdvice } from "../../../adapters/freeswitch-esl/advice.ts";
import { readDialplanWord } from "../../../adapters/freeswitch-esl/dialplan-words.ts";
import { eventOf } from "../../../adapters/freeswitch-esl/event.ts";
import { EVENTS } from "../../../adapters/freeswitch-esl/handshake.ts";
import { originateCommand } from "../../../adapters/freeswitch-esl/originate-command.ts";
import { actionsFor, readDialplan } from "../../support/esl-server/dialplan.ts";
import { parseOriginate } from "../../support/esl-server/originate-line.ts";
import { elementsOf, parseXml } from "../../../adapters/freeswitch-esl/xml.ts";
import { preparing } from "../../../adapters/freeswitch-esl/hand-over.ts";
import type { XmlElement } from "../../../adapters/freeswitch-esl/xml.ts";

const folder = new URL("../../../docs/freeswitch/", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
const xmlFiles = files.filter((name) => name.endsWith(".xml"));
const read = (name: string) => readFileSync(new URL(name, folder), "utf8");

function paramsOf(element: XmlElement): Map<string, string> {
  return new Map(
    elementsOf(element, "param").map(({ attributes }) => [
      attributes.get("name") ?? "",
      attributes.get("value") ?? "",
    ]),
  );
}

function namesOf(file: string, element: string): (string | undefined)[] {
  return elementsOf(parseXml(read(file)), element).map(({ attributes }) =>
    attributes.get("name"),
  );
}

const attemptId = "3f1c0c1e-1111-4000-8000-000000000001";
const originate = originateCommand(
  {
    attemptId,
    campaignId: "3f1c0c1e-2222-4000-8000-000000000002",
    leadId: "3f1c0c1e-3333-4000-8000-000000000003",
    dialString: "sofia/gateway/carrier/5511980000001",
    callerId: "+551130000000",
    context: null,
    extension: "s",
    setupTimeoutSeconds: 20,
    ringTimeoutSeconds: 25,
    maxCallDurationSeconds: 1_800,
    variables: {},
  },
  { context: "dialer", installationId: "here" },
);
const parsed = parseOriginate(originate.line.replace("bgapi originate ", ""));
const variables =
  parsed.kind === "originate" ? parsed.variables : new Map<string, string>();

describe("the configuration files", () => {
  it.each(xmlFiles)("are well-formed: %s", (name) => {
    expect(() => parseXml(read(name))).not.toThrow();
    // FreeSWITCH reads these even inside a comment.
    expect(read(name)).not.toMatch(/<!--(?:(?!-->)[\s\S])*X-PRE-PROCESS/);
  });

  it.each(xmlFiles)("are named by both pages: %s", (name) => {
    for (const page of ["README.md", "LEIAME.pt-BR.md"])
      expect(read(page), page).toContain(`[${name}](${name})`);
  });

  it("let the engine in by an access list that exists", () => {
    const socket = paramsOf(
      parseXml(read("autoload_configs/event_socket.conf.xml")),
    );
    expect(namesOf("autoload_configs/acl.conf.xml", "list")).toContain(
      socket.get("apply-inbound-acl"),
    );
    expect(socket.get("listen-ip")).toBe("127.0.0.1");
    expect(socket.get("password")).toBe("CHANGE-ME");
  });

  it("allow the restricted user every event and command that the adapter needs, and no more", () => {
    const user = paramsOf(parseXml(read("directory/dialer.xml")));
    expect(user.get("esl-allowed-events")?.split(" ")).toEqual([...EVENTS]);
    // One more, and the reply of userauth is cut off (recorded: `auth-userauth-reply-cut-at-512`).
    const lists = ["esl-allowed-events", "esl-allowed-api"] as const;
    const length = lists.reduce(
      (sum, name) => sum + (user.get(name)?.length ?? 0),
      0,
    );
    expect(length).toBeLessThanOrEqual(435);
    const named = apiAdvice("x", "-ERR")
      .replace(/^.*must name /, "")
      .split(/, | and /);
    expect(user.get("esl-allowed-api")?.split(" ").sort()).toEqual(
      named.sort(),
    );
  });

  it("have the gateway that the pages' trunk dials", () => {
    const [gateway] = namesOf("sip_profiles/external/carrier.xml", "gateway");
    for (const page of ["README.md", "LEIAME.pt-BR.md"])
      expect(read(page)).toContain(
        `'sofia/gateway/${String(gateway)}/{number}'`,
      );
  });

  it("send the carrier's own calls to a context that refuses them", () => {
    const gateway = paramsOf(
      parseXml(read("sip_profiles/external/carrier.xml")),
    );
    const actions = actionsFor(
      readDialplan(),
      gateway.get("context") ?? "",
      "551130000000",
      () => "",
    );
    expect(actions).toEqual([{ application: "hangup", data: "CALL_REJECTED" }]);
  });

  it("have the queue of the dialplan, with agents that exist and a time limit", () => {
    const document = parseXml(read("autoload_configs/callcenter.conf.xml"));
    const [queue] = elementsOf(document, "queue");
    const name = queue?.attributes.get("name");
    const called = actionsFor(readDialplan(), "dialer", "queue", () => "");
    expect(called).toContainEqual({ application: "callcenter", data: name });
    expect(
      Number(queue && paramsOf(queue).get("max-wait-time")),
    ).toBeGreaterThan(0);
    const agents = elementsOf(document, "agent").map(({ attributes }) =>
      attributes.get("name"),
    );
    for (const { attributes } of elementsOf(document, "tier")) {
      expect(attributes.get("queue")).toBe(name);
      expect(agents).toContain(attributes.get("agent"));
    }
  });
});

describe("the dialplan", () => {
  const dialplan = readDialplan();
  const at = (extension: string, context = "dialer") =>
    actionsFor(
      dialplan,
      context,
      extension,
      (name) => variables.get(name) ?? "",
    ) ?? [];
  /** What the last extension does with everything that is none of the others. */
  const nowhere = { application: "hangup", data: "NO_ROUTE_DESTINATION" };
  const handOvers = ["s", "1001", "amd", "queue", "amd_queue", "message"];

  it("has the context that the pages give the engine, and every extension that it names", () => {
    for (const page of ["README.md", "LEIAME.pt-BR.md"])
      expect(read(page)).toContain("FREESWITCH_CONTEXT=dialer");
    for (const extension of handOvers)
      expect(at(extension).length, extension).toBeGreaterThan(2);
  });

  it.each(handOvers)(
    "arms the engine's own limit before anything else: %s",
    (name) => {
      expect(variables.get("execute_on_answer")).toBe(
        "sched_hangup +1800 ALLOTTED_TIMEOUT",
      );
      expect(at(name).slice(0, 2)).toEqual([
        { application: "sched_cancel", data: "" },
        { application: "sched_hangup", data: "+1800 ALLOTTED_TIMEOUT" },
      ]);
    },
  );

  it("has a limit for a call that brings none", () => {
    const actions = actionsFor(dialplan, "dialer", "s", () => "");
    expect(actions?.[1]).toEqual({
      application: "sched_hangup",
      data: "+1800 ALLOTTED_TIMEOUT",
    });
  });

  it.each([
    "",
    "100",
    "00551190000000",
    "0",
    "20001",
    "s/x",
    "system",
    "1001@x",
  ])("leads nowhere but to our own phones: %j", (extension) => {
    expect(at(extension).at(-1)).toEqual(nowhere);
    expect(
      at(extension).filter(({ application }) => !preparing.has(application)),
    ).toEqual([nowhere]);
  });

  it("transfers only to extensions that exist", () => {
    const targets = [
      ...handOvers,
      "amd_listen",
      "amd_HUMAN",
      "amd_NOTSURE",
      "amd_",
    ]
      .flatMap((name) => at(name))
      .filter(({ application }) => application.endsWith("transfer"))
      .map(({ data }) => /(\S+) XML (\S+)$/.exec(data));
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets) {
      const [, extension = "", context] = target ?? [];
      const filled = extension
        .replace("${amd_result}", "MACHINE")
        .replace("${dialer_key}", "5")
        .replace("${dialer_next}", "queue");
      expect(at(filled, context).at(-1), filled).not.toEqual(nowhere);
    }
  });

  it("says nothing that the adapter does not understand", () => {
    const words = ["dialer.xml", "dialer-test.xml"].flatMap((file) =>
      elementsOf(parseXml(read(`dialplan/${file}`)), "action")
        .filter(({ attributes }) => attributes.get("application") === "event")
        .map(({ attributes }) => attributes.get("data") ?? ""),
    );
    const kinds = words.map((data) => {
      const headers = Object.fromEntries(
        data.split(",").map((part) => {
          const equals = part.indexOf("=");
          const value = part
            .slice(equals + 1)
            .replaceAll("${CORRELATION_ID}", attemptId);
          return [part.slice(0, equals), value];
        }),
      );
      const word = readDialplanWord(eventOf(headers));
      expect(word, data).toMatchObject({ attemptId });
      return word?.kind;
    });
    expect(new Set(kinds)).toEqual(
      new Set(["AMD_STARTED", "AMD_RESULT", "WAITING_AGENT", "DISPOSITION"]),
    );
  });

  it("has every person whom the live suite calls", () => {
    const text = readFileSync(
      new URL("../../../cli/test-pbx/cases.ts", import.meta.url),
      "utf8",
    );
    const people = [
      ...text.matchAll(/(?:\.call\(|unanswered\(line, )"(\w+)"/g),
    ];
    expect(people.length).toBeGreaterThan(5);
    for (const [, person = ""] of [...people, ["", "variables"], ["", "stays"]])
      expect(at(person, "dialer-test"), person).not.toEqual([]);
  });

  it("has in its test context nobody who can dial out", () => {
    const applications = elementsOf(
      parseXml(read("dialplan/dialer-test.xml")),
      "action",
    ).map(({ attributes }) => attributes.get("application"));
    expect(new Set(applications)).toEqual(
      new Set(["answer", "event", "hangup", "playback", "ring_ready", "sleep"]),
    );
  });
});
