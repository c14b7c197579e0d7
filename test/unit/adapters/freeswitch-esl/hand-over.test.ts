/** Whether FreeSWITCH's dialplan has a place for an answered call, as it prints it; and what a call without one looks like. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  findHandOver,
  handOverIn,
} from "../../../../adapters/freeswitch-esl/hand-over.ts";
import { parseXml } from "../../../../adapters/freeswitch-esl/xml.ts";
import {
  actionsFor,
  readDialplan,
} from "../../../support/esl-server/dialplan.ts";

const dialplan = readDialplan();
const served = '<action application="bridge" data="user/1"/>';

function context(rules: string): ReturnType<typeof parseXml> {
  return parseXml(`<context name="x">${rules}</context>`);
}

function rule(conditions: string, attributes = ""): string {
  return `<extension name="r" ${attributes}>${conditions}</extension>`;
}

const to = (expression: string, actions = served) =>
  `<condition field="destination_number" expression="${expression}">${actions}</condition>`;

describe("the hand-over in FreeSWITCH's XML", () => {
  it.each(["s", "1000", "1999", "amd", "queue", "amd_queue", "message"])(
    "of docs/freeswitch: %s exists",
    async (extension) => {
      expect(await find("dialer", extension)).toBe("exists");
    },
  );

  it.each(["", "nosuch", "2000", "10000", "S", "survey", "amd_"])(
    "of docs/freeswitch: %j is reported as what it is",
    async (extension) => {
      expect(await find("dialer", extension)).toBe(
        extension === ""
          ? "unknown"
          : extension === "amd_"
            ? "exists"
            : "missing",
      );
    },
  );

  it("has no context: missing, unless the one named global takes the call", async () => {
    expect(await find("nosuch", "s")).toBe("missing");
    const global = `<context name="global">${rule(to("^s$"))}</context>`;
    expect(await find("nosuch", "s", { global })).toBe("exists");
    expect(await find("nosuch", "t", { global })).toBe("missing");
  });

  it("what is missing here may come from a module that gives each call another dialplan", async () => {
    for (const module of ["mod_xml_curl", "mod_lua", "mod_xml_odbc"]) {
      const loaded = `api,x,${module},/usr/lib/freeswitch/mod/${module}.so\n`;
      expect(await find("dialer", "nosuch", {}, loaded)).toBe("unknown");
      expect(await find("dialer", "s", {}, loaded)).toBe("exists");
    }
  });

  it("what FreeSWITCH does not print as XML says nothing", async () => {
    for (const text of ["-ERR no reply\n", "<context", "-Error bad args\n"])
      expect(await find("odd", "s", { odd: text })).toBe("unknown");
  });

  it.each<[string, string, string]>([
    [
      "another field as well",
      to("^s$", "") +
        '<condition field="${x}" expression="^1$">' +
        served +
        "</condition>",
      "unknown",
    ],
    [
      "another field, and another number",
      to("^t$", "") +
        '<condition field="${x}" expression="^1$">' +
        served +
        "</condition>",
      "missing",
    ],
    [
      "hours",
      `<condition wday="2-6" field="destination_number" expression="^s$">${served}</condition>`,
      "unknown",
    ],
    [
      "regex=any",
      `<condition regex="any"><regex field="destination_number" expression="^s$"/>${served}</condition>`,
      "unknown",
    ],
    [
      "a nested condition",
      `<condition field="destination_number" expression="^s$"><condition field="\${x}" expression="1">${served}</condition></condition>`,
      "unknown",
    ],
    ["no field at all", `<condition>${served}</condition>`, "exists"],
    ["a pattern that only PCRE knows", to("^(?i)S$"), "unknown"],
    ["slashes and i", to("/^S$/i"), "exists"],
    ["a variable in the pattern", to("^${x}$"), "unknown"],
    [
      "break=never on a miss",
      to("^t$", "").replace("<condition", '<condition break="never"') +
        to("^s$"),
      "unknown",
    ],
    [
      "only a hang-up",
      to("^s$", '<action application="hangup" data="CALL_REJECTED"/>'),
      "missing",
    ],
    [
      "only what prepares",
      to("^s$", '<action application="set" data="a=b"/>'),
      "missing",
    ],
    [
      "an answer for those that do not match",
      to("^t$", served + '<anti-action application="playback" data="x"/>'),
      "unknown",
    ],
  ])("%s", (_name, conditions, finding) => {
    expect(handOverIn(context(rule(conditions)), "s")).toBe(finding);
  });

  it("a rule that goes on decides nothing unless it does something for the person", () => {
    const goesOn = 'continue="true"';
    const prepares = rule(
      to(".*", '<action application="set" data="a=b"/>'),
      goesOn,
    );
    expect(handOverIn(context(prepares), "s")).toBe("missing");
    expect(handOverIn(context(prepares + rule(to("^s$"))), "s")).toBe("exists");
    expect(handOverIn(context(rule(to(".*"), goesOn)), "s")).toBe("unknown");
  });

  it("never says missing where FreeSWITCH would have an application, nor exists where it has none", () => {
    const name = fc.constantFrom("s", "t", "1001", "queue");
    const expression = fc.constantFrom(
      "^s$",
      "^t$",
      "^1\\d{3}$",
      "^(s|queue)$",
      ".*",
      "^x",
    );
    const rules = fc.array(
      fc.record({
        expression,
        field: fc.constantFrom("destination_number", "${flag}"),
        goesOn: fc.boolean(),
        application: fc.constantFrom("bridge", "playback", "set", "hangup"),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        rules,
        name,
        fc.constantFrom("s", ""),
        (list, extension, flag) => {
          const xml = list
            .map((one) =>
              rule(
                `<condition field="${one.field}" expression="${one.expression}"><action application="${one.application}" data="x"/></condition>`,
                one.goesOn ? 'continue="true"' : "",
              ),
            )
            .join("");
          const finding = handOverIn(context(xml), extension);
          const run = actionsFor(
            readDialplan(
              `<include><context name="p">${xml}</context></include>`,
            ),
            "p",
            extension,
            () => flag,
          );
          const serves = (run ?? []).some(({ application }) =>
            ["bridge", "playback"].includes(application),
          );
          if (serves) expect(finding).not.toBe("missing");
          else expect(finding).not.toBe("exists");
        },
      ),
      { numRuns: 500 },
    );
  });
});

function find(
  name: string,
  extension: string,
  contexts: Readonly<Record<string, string>> = {},
  modules = "",
): Promise<string> {
  const api = (command: string) => {
    const asked = /^xml_locate dialplan context name (\S+)$/.exec(command)?.[1];
    if (asked === undefined) return Promise.resolve(`type,name\n${modules}`);
    return Promise.resolve(
      contexts[asked] ?? dialplan.printed.get(asked) ?? "can't find anything\n",
    );
  };
  return findHandOver({ api }, name, extension);
}
