/** The tests' own AMI client: small, without checks, not part of the product. */
import net from "node:net";
import { PATIENCE_MS, waitFor } from "../wait-for.ts";

/** Header names as sent; of a repeated one the values joined by line ends. */
export type AmiMessage = Readonly<Record<string, string>>;

/** Headers of an action in order; a name may come twice. */
export type AmiHeaders = readonly (readonly [string, string])[];

export interface AmiClient {
  /** Everything received after login, oldest first. */
  readonly messages: readonly AmiMessage[];
  /** Sends an action and waits for its response. */
  action(name: string, headers?: AmiHeaders): Promise<AmiMessage>;
  /** The first message from number `from` on that matches. */
  next(
    what: string,
    matches: (message: AmiMessage) => boolean,
    options?: { readonly from?: number; readonly timeoutMs?: number },
  ): Promise<AmiMessage>;
  close(): Promise<void>;
}

export interface AmiAccount {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}

/** @throws with Asterisk's message when the login is refused, or when the connection closes first */
export async function connectAmi(account: AmiAccount): Promise<AmiClient> {
  const socket = net.connect({ host: account.host, port: account.port });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      resolve();
    });
  });
  let problem: Error | undefined;
  socket.on("error", (error) => {
    problem = error;
  });
  const messages = receive(socket);
  let actions = 0;
  const next: AmiClient["next"] = (
    what,
    matches,
    { from = 0, timeoutMs = PATIENCE_MS } = {},
  ) =>
    waitFor(
      what,
      () => {
        const found = messages.slice(from).find(matches);
        if (found === undefined && socket.closed)
          throw new Error(`The AMI connection closed before ${what}`, {
            cause: problem,
          });
        return found;
      },
      { timeoutMs },
    );
  const action: AmiClient["action"] = (name, headers = []) => {
    actions += 1;
    const id = `test-${String(actions)}`;
    const lines = [["Action", name], ["ActionID", id], ...headers];
    socket.write(
      `${lines.map(([key = "", value = ""]) => `${key}: ${value}\r\n`).join("")}\r\n`,
    );
    return next(
      `the response to ${name}`,
      (message) =>
        message["ActionID"] === id &&
        "Response" in message &&
        !("Event" in message),
    );
  };
  const close = (): Promise<void> => {
    socket.destroy();
    return closed;
  };
  try {
    const answer = await action("Login", [
      ["Username", account.user],
      ["Secret", account.secret],
    ]);
    if (answer["Response"] !== "Success")
      throw new Error(`Login refused: ${answer["Message"] ?? ""}`);
  } catch (error) {
    await close();
    throw error;
  }
  return { messages, action, next, close };
}

function receive(socket: net.Socket): AmiMessage[] {
  const messages: AmiMessage[] = [];
  let rest = "";
  let greeted = false;
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    rest += chunk;
    if (!greeted && rest.includes("\r\n")) {
      rest = rest.slice(rest.indexOf("\r\n") + 2);
      greeted = true;
    }
    const parts = rest.split("\r\n\r\n");
    rest = parts.pop() ?? "";
    messages.push(...parts.map(parse));
  });
  return messages;
}

function parse(text: string): AmiMessage {
  const message: Record<string, string> = {};
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).trimStart();
    const earlier = message[name];
    message[name] = earlier === undefined ? value : `${earlier}\n${value}`;
  }
  return message;
}
