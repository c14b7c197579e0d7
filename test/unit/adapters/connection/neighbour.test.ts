import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  describeNeighbour,
  FirstWords,
  isLineWhole,
} from "../../../../adapters/connection/neighbour.ts";
import type { Neighbour } from "../../../../adapters/connection/neighbour.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** As such products greet. */
const greetings: readonly (readonly [string, string])[] = [
  ["SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", "an SSH server"],
  ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "a web server"],
  ["SIP/2.0 400 Bad Request\r\n", "a SIP server"],
  ["220 mail.example ESMTP Postfix\r\n", "a mail server"],
  ["* OK [CAPABILITY IMAP4rev1] ready\r\n", "a mail server"],
  ["220 (vsFTPd 3.0.3)\r\n", "an FTP server"],
  ["[\0\0\0\n8.0.36\0rest", "a MySQL server"],
  ["\x15\x03\x01\0\x02\x02\n", "something that speaks TLS"],
  ["\xff\xfd\x18 login: \r\n", "something else"],
  ["Asterisk Call Manager/11.0.0\r\n", "Asterisk's AMI"],
  ["Content-Type: auth/request\n\n", "FreeSWITCH's Event Socket"],
];
const pairs = [
  ["Asterisk Call Manager/", "Asterisk's AMI"],
  ["Content-Type:", "FreeSWITCH's Event Socket"],
] as const;

function heardAs(expected: string, pieces: readonly string[]) {
  const met: Neighbour[] = [];
  const words = new FirstWords(expected, (neighbour) => met.push(neighbour));
  const answers = pieces.map((piece) => words.receive(piece));
  vi.runAllTimers();
  return { met, last: answers.at(-1), words };
}

describe.each(pairs)("where %s is expected", (expected, own) => {
  it.each(greetings)("%j is named wherever a piece ends", (greeting, name) => {
    for (let at = 1; at < greeting.length; at += 1) {
      const pieces = [greeting.slice(0, at), greeting.slice(at)];
      const { met, last, words } = heardAs(expected, pieces);
      if (name === own) {
        expect(met).toEqual([]);
        expect(last).toBe(true);
        expect(isLineWhole(words.text)).toBe(true);
      } else expect(met.map(describeNeighbour).join()).toContain(name);
    }
  });

  it("silence has no name, and one word is named after half a second", () => {
    const met: Neighbour[] = [];
    const words = new FirstWords(expected, (neighbour) => met.push(neighbour));
    expect(words.neighbour).toBeNull();
    expect(words.receive("SSH-2.0-dropbear")).toBe(false);
    vi.advanceTimersByTime(499);
    expect(met).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(met).toEqual([{ kind: "ssh", words: "SSH-2.0-dropbear" }]);
  });

  it("nobody is told once it was stopped", () => {
    const { met, words } = heardAs(expected, []);
    words.receive("S");
    words.stop();
    vi.runAllTimers();
    expect(met).toEqual([]);
  });

  it("a flood without a line end is kept no longer than a greeting, and named at once", () => {
    const met: Neighbour[] = [];
    const words = new FirstWords(expected, (neighbour) => met.push(neighbour));
    for (let n = 0; n < 100; n += 1) words.receive("x".repeat(50));
    expect(met).toHaveLength(1);
    expect(words.text.length).toBeLessThan(300);
  });
});
