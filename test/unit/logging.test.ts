import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cleanText,
  componentLogger,
  createLogger,
  describeError,
  maskPhone,
} from "../../logging.ts";

function recorder(config = { level: "info", phoneNumbers: false }) {
  const lines: string[] = [];
  const log = createLogger(config, {
    write: (line: string) => void lines.push(line),
  });
  const last = () =>
    JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown>;
  return { log, lines, last };
}

describe("a log line", () => {
  it("has the form operators know, with the component's name once", () => {
    const { log, lines, last } = recorder();
    const scheduler = componentLogger(log, "Scheduler");
    scheduler.info(
      { campaignCount: 5, callsScheduled: 23 },
      "Processed 5 campaigns, scheduled 23 calls",
    );
    expect(last()).toMatchObject({
      level: 30,
      pid: process.pid,
      name: "Scheduler",
      msg: "Processed 5 campaigns, scheduled 23 calls",
      campaignCount: 5,
      callsScheduled: 23,
    });
    expect(last()["time"]).toBeTypeOf("number");
    expect(last()["hostname"]).toBeTypeOf("string");
    componentLogger(scheduler, "AMI").info("handleData");
    expect(lines.at(-1)?.match(/"name":/g)).toEqual(['"name":']);
    expect(last()["name"]).toBe("AMI");
  });

  it("is left out below the level", () => {
    const { log, lines } = recorder({ level: "warn", phoneNumbers: false });
    log.info("nobody reads this");
    log.warn("somebody does");
    expect(lines).toHaveLength(1);
  });

  it("holds no secret, at the top or inside", () => {
    const { log, lines } = recorder();
    log.info({
      password: "hidden1",
      config: { voice: { secret: "hidden2" }, database: { url: "hidden3" } },
      headers: { authorization: "hidden4", apikey: "hidden5" },
      err: new Error("connect postgresql://u:hidden6@h/d failed"),
    });
    expect(lines.join("")).not.toContain("hidden");
    expect(lines.join("")).toContain("[redacted]");
  });

  it("masks phone numbers unless it may show them", () => {
    const fields = {
      phone: "+5511912345678",
      err: new Error("Key (phone_e164)=(+5511912345678) already exists."),
    };
    const masked = recorder();
    masked.log.info(fields);
    expect(masked.last()["phone"]).toBe("+55119****5678");
    expect(masked.lines.join("")).not.toContain("12345678");
    const open = recorder({ level: "info", phoneNumbers: true });
    open.log.info(fields);
    expect(open.last()["phone"]).toBe("+5511912345678");
    expect(open.lines.join("")).toContain("(+5511912345678)");
  });
});

describe("an error in the log", () => {
  it("keeps its code and its causes", () => {
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const error = new Error("AMI connection failed", { cause });
    expect(describeError(error)).toMatchObject({
      type: "Error",
      message: "AMI connection failed",
      cause: { message: "refused", code: "ECONNREFUSED" },
    });
  });

  it("says what happened when only its code does", () => {
    const error = Object.assign(
      new AggregateError([new Error("v6"), new Error("v4")], ""),
      { code: "ECONNREFUSED" },
    );
    expect(describeError(error)).toMatchObject({
      message: "ECONNREFUSED",
      errors: [{ message: "v6" }, { message: "v4" }],
    });
  });

  it("leaves a row's contents out of a database error", () => {
    const error = Object.assign(new Error("duplicate key"), {
      code: "23505",
      table: "leads",
      detail: "Key (first_name)=(Somebody) already exists.",
    });
    const described = describeError(error);
    expect(described).toMatchObject({ code: "23505", table: "leads" });
    expect(JSON.stringify(described)).not.toContain("Somebody");
  });

  it("ends when causes go in a circle, and takes what is no error", () => {
    const error = new Error("round");
    error.cause = error;
    expect(JSON.stringify(describeError(error))).toContain("round");
    expect(describeError({ why: "odd" })["message"]).toBe("{ why: 'odd' }");
    expect(describeError(undefined)["message"]).toBe("undefined");
  });
});

describe("a masked phone number", () => {
  it.each([
    ["+5511990000000", "+55119****0000"],
    ["+12025550123", "+120****0123"],
    ["+551191234", "+5****1234"],
    ["+1234", "****4"],
    ["", "****"],
  ])("%s is written %s", (number, masked) => {
    expect(maskPhone(number)).toBe(masked);
    expect(maskPhone(number, true)).toBe(number);
  });

  it("hides at least four digits of any number", () => {
    const e164 = fc.stringMatching(/^\+[1-9][0-9]{6,14}$/);
    fc.assert(
      fc.property(e164, (number) => {
        expect(maskPhone(number)).toContain("****");
        expect(cleanText(`to ${number}.`)).not.toContain(number);
      }),
    );
  });
});
