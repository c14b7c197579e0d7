/** What ShowDialPlan's rows mean; the real Asterisk is asked in `test/integration/asterisk/hand-over.test.ts`. */
import { expect, it } from "vitest";

import { findHandOver } from "../../../../adapters/asterisk-ami/hand-over.ts";

type Row = Readonly<Record<string, string>>;

/** @param listings by `context` or `context/extension`; what is missing is "Did not find" */
function asked(listings: Readonly<Record<string, readonly Row[]>>) {
  const questions: string[] = [];
  const session: Parameters<typeof findHandOver>[0] = {
    list: ({ headers }) => {
      const { Context = "", Extension } = headers;
      const key = Extension === undefined ? Context : `${Context}/${Extension}`;
      questions.push(key);
      return Promise.resolve(
        (listings[key] ?? []).map((row) => new Map(Object.entries(row))),
      );
    },
  };
  return { session, questions };
}

it("a switch anywhere behind the context may have what the listing lacks", async () => {
  const { session, questions } = asked({
    here: [
      { includecontext: "there,09:00-18:00,mon-fri,*,*" },
      { includecontext: "here" },
    ],
    there: [{ extension: "1", priority: "1" }, { switch: "Realtime/@" }],
  });
  expect(await findHandOver(session, "here", "x")).toBe("unknown");
  expect(questions).toEqual(["here/x", "here", "there"]);
});

it("contexts that include each other are looked at once", async () => {
  const { session, questions } = asked({
    a: [{ includecontext: "b" }],
    b: [{ includecontext: "a" }, { includecontext: "b" }],
  });
  expect(await findHandOver(session, "a", "x")).toBe("missing");
  expect(questions).toEqual(["a/x", "a", "b"]);
});

it("an extension without a first step is none", async () => {
  const { session } = asked({ "a/x": [{ extension: "x", priority: "hint" }] });
  expect(await findHandOver(session, "a", "x")).toBe("missing");
});
