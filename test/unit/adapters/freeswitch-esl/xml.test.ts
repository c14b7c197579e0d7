/** What is not well-formed is an error with its line. */
import { describe, expect, it } from "vitest";

import {
  elementsOf,
  parseXml,
} from "../../../../adapters/freeswitch-esl/xml.ts";

describe("parseXml", () => {
  it("reads elements, attributes and entities, and passes text and comments over", () => {
    const root = parseXml(
      `<?xml version="1.0"?>\n<!-- a -->\n<a>text<b c="1 &lt; 2 &amp; 3"/><d><b c='"'/></d></a>\n`,
    );
    expect(root.name).toBe("a");
    expect(elementsOf(root, "b").map((b) => b.attributes.get("c"))).toEqual([
      "1 < 2 & 3",
      '"',
    ]);
  });

  it.each([
    ["<a>\n<b>\n</a>", "line 3"],
    ["<a>", "never closed"],
    ["<a/><b/>", "second root"],
    ["<a b=c/>", "not well-formed"],
    ['<a b="1" b="2"/>', "twice"],
    ['<a b="x & y"/>', "no entity"],
    ['<a b="<"/>', "not well-formed"],
    ["<a><!-- x -- y --></a>", "inside a comment"],
    ["x<a/>", "outside the root"],
    ["", "no element"],
  ])("refuses %j", (text, words) => {
    expect(() => parseXml(text)).toThrow(words);
  });
});
