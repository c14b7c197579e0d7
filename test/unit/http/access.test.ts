import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { checkAccess } from "../../../http/access.ts";

describe("access without a token", () => {
  const from = (address: string) => {
    const socket = new Socket();
    Object.defineProperty(socket, "remoteAddress", { value: address });
    return checkAccess(new IncomingMessage(socket), null).allowed;
  };

  it.each(["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])(
    "is open to %s",
    (address) => {
      expect(from(address)).toBe(true);
    },
  );

  it.each(["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "127.0.0.1.example", ""])(
    "is closed to %j",
    (address) => {
      expect(from(address)).toBe(false);
    },
  );
});
