/** What the deploy guide tells people to ask on the PBX, asked of a real Asterisk with the files of docs/asterisk/. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAsterisk } from "../../support/asterisk-lab.ts";
import type { AsteriskLab } from "../../support/asterisk-lab.ts";
import { readBlocks } from "../../support/page-blocks.ts";

const guide = await readBlocks("docs/deploy.md");
const onThePbx = guide.filter(
  ({ language, info }) => language === "sh" && info === "pbx",
);
const commands = onThePbx.flatMap(({ text }) =>
  [...text.matchAll(/^asterisk -rx "([^"]+)"$/gm)].map(
    ([, command = ""]) => command,
  ),
);

/** What each answer has to hold. */
const answers: Readonly<Record<string, RegExp>> = {
  "manager show user dialer": /read perm: system,call,agent,user/,
  "manager show settings": /Timestamp events: +Yes/,
  "pjsip show contacts": /carrier\/.* Avail /,
  "dialplan show from-dialer": /'s' =>/,
};

let lab: AsteriskLab;

beforeAll(async () => {
  lab = await startAsterisk();
});
afterAll(() => lab.stop());

test("every command for the PBX gives what it is asked for", async () => {
  const lines = onThePbx.flatMap(({ text }) => text.split("\n"));
  expect(lines).toHaveLength(commands.length);
  expect(commands.toSorted()).toEqual(Object.keys(answers).toSorted());
  for (const command of commands)
    expect(await lab.cli(command), command).toMatch(answers[command] ?? /^$/);
});
