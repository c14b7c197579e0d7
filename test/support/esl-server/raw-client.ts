/** A minimal client of the Event Socket: bytes out, messages in. */
import net from "node:net";

import { waitFor } from "../wait-for.ts";
import { messagesOf } from "./recordings.ts";
import type { RecordedMessage } from "./recordings.ts";

export interface RawClient {
  send(text: string): void;
  /** Everything received so far. */
  messages(): readonly RecordedMessage[];
  /** The first message that matches. */
  message(
    description: string,
    matches: (message: RecordedMessage) => boolean,
  ): Promise<RecordedMessage>;
  /** Sends a command and waits for its reply. */
  ask(command: string): Promise<RecordedMessage>;
  isClosed(): boolean;
  close(): void;
}

export async function connectRaw(port: number): Promise<RawClient> {
  const socket = net.connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on("data", (bytes) => chunks.push(bytes));
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isClosed = true;
  });
  const messages = () => messagesOf("A", Buffer.concat(chunks));
  const message: RawClient["message"] = (description, matches) =>
    waitFor(description, () => messages().find(matches));
  const replies = () => messages().filter(({ type }) => isReply(type));
  await message("a greeting", () => true);
  return {
    send: (text) => void socket.write(text),
    messages,
    message,
    ask: async (command) => {
      const before = replies().length;
      socket.write(`${command}\n\n`);
      return waitFor(`the reply to ${command}`, () => replies()[before]);
    },
    isClosed: () => isClosed,
    close: () => socket.destroy(),
  };
}

function isReply(type: string): boolean {
  return type === "command/reply" || type === "api/response";
}
