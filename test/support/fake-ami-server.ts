/**
 * A TCP server that speaks AMI as a test configures it. It greets, accepts logins and answers requests as a healthy
 * Asterisk does; any answer can be replaced or withheld, and every byte received is kept.
 */
import net from "node:net";
import { resetSocket } from "./reset-socket.ts";

export interface ReceivedAction {
  /** Header names in lower case; of `Variable` the last. */
  readonly headers: ReadonlyMap<string, string>;
  /** `NAME` to `value` of the Variable headers. */
  readonly variables: ReadonlyMap<string, string>;
  readonly connection: FakeConnection;
}

export interface FakeConnection {
  /** Sends text as it is. */
  write(text: string | Uint8Array): void;
  /** FIN; false: reset. */
  end(isClean?: boolean): void;
}

/** What is sent back; null: nothing. */
export type Answer = string | null;
export type Respond = (action: ReceivedAction) => Answer;

export interface FakeAmiServer {
  readonly port: number;
  /** Everything received so far, as text, over all connections. */
  received(): string;
  /** Actions received so far but for those of the check, oldest first. @param name of `Action`, any case */
  actions(name?: string): readonly ReceivedAction[];
  /**
   * The check of events, in which Asterisk calls itself (`adapters/asterisk-ami/event-check.ts`); it succeeds by
   * default.
   */
  checks(): readonly ReceivedAction[];
  /** Events that are never sent, as with an eventfilter or a missing read class. */
  withhold(...events: readonly string[]): void;
  /** Nothing is withheld any more. */
  release(): void;
  /** Whether the dialplan and the queues have `dialer-check`. */
  setCheck(has: {
    readonly dialplan?: boolean;
    readonly queue?: boolean;
    readonly app_queue?: boolean;
    /** Asterisk makes the call, which is never answered: it is at a limit of its own. */
    readonly isFull?: boolean;
    /** No channel is made at all: a graceful shutdown. */
    readonly isGoingDown?: boolean;
  }): void;
  connections(): number;
  /** Connections made since the start. */
  accepted(): number;
  /** Replaces the answer to an action. */
  answer(action: string, respond: Respond): void;
  /** How an action is answered now. */
  answerOf(action: string): Respond;
  /** To every connection. */
  send(text: string | Uint8Array): void;
  /** Breaks every connection. */
  cut(): void;
  /** True: nothing is answered any more, connections stay. */
  silence(isSilent: boolean): void;
  /** True: nothing is read any more, until the kernel takes no more. */
  stall(isStalled: boolean): void;
  /** What the server sends first; default Asterisk's greeting. Null: nothing. */
  greet(greeting: string | null): void;
  /** When this "Asterisk" started; another value is another run. */
  setStartup(date: string, time: string): void;
  close(): Promise<void>;
}

/** @returns one AMI message: an array of values repeats the header */
export function amiMessage(
  headers: Readonly<Record<string, string | readonly string[]>>,
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map(
      (one) => `${name}: ${one}\r\n`,
    ),
  );
  return `${lines.join("")}\r\n`;
}

/** The answer to an action. */
export function response(
  action: ReceivedAction,
  word: "Success" | "Error" | "Goodbye",
  headers: Readonly<Record<string, string>> = {},
): string {
  return amiMessage({ Response: word, ActionID: idOf(action), ...headers });
}

/** The answer to an action that lists: the rows between start and complete. */
export function listResponse(
  action: ReceivedAction,
  row: string,
  rows: readonly Readonly<Record<string, string>>[],
): string {
  const ActionID = idOf(action);
  return [
    response(action, "Success", { EventList: "start" }),
    ...rows.map((headers) => amiMessage({ Event: row, ActionID, ...headers })),
    amiMessage({
      Event: `${row === "CoreShowChannel" ? "CoreShowChannels" : row}Complete`,
      ActionID,
      EventList: "Complete",
      ListItems: String(rows.length),
    }),
  ].join("");
}

export function idOf(action: ReceivedAction): string {
  return action.headers.get("actionid") ?? "";
}

const fullyBooted = amiMessage({
  Event: "FullyBooted",
  Privilege: "system,all",
  Uptime: "142",
  Status: "Fully Booted",
});

/** Every action of an AMI user with write = originate,call,reporting,user that matters here. */
export const allCommands = {
  Originate: "Originate a call.  (Priv: originate,all)",
  Hangup: "Hangup channel.  (Priv: system,call,all)",
  CoreStatus: "Show PBX core status variables.  (Priv: system,reporting,all)",
  CoreShowChannels:
    "List currently active channels.  (Priv: system,reporting,all)",
  Status: "List channel status.  (Priv: system,call,reporting,all)",
  UserEvent: "Send an arbitrary event.  (Priv: user,all)",
} as const;

/** An event with the time of now, as `timestampevents = yes` makes it. */
function stampedEvent(
  name: string,
  headers: Readonly<Record<string, string>>,
): string {
  return amiMessage({ Event: name, Timestamp: timestamp(), ...headers });
}

/** @param aheadMs of the real time */
export function timestamp(aheadMs = 0): string {
  return ((Date.now() + aheadMs) / 1_000).toFixed(6);
}

function defaultAnswers(startup: () => readonly [string, string]) {
  return new Map<string, Respond>([
    ["login", (action) => response(action, "Success") + fullyBooted],
    ["events", (action) => response(action, "Success", { Events: "On" })],
    ["listcommands", (action) => response(action, "Success", allCommands)],
    [
      "userevent",
      (action) =>
        response(action, "Success", { Message: "Event Sent" }) +
        stampedEvent("UserEvent", {
          UserEvent: action.headers.get("userevent") ?? "",
          ActionID: idOf(action),
          Nonce: action.headers.get("nonce") ?? "",
        }),
    ],
    [
      "corestatus",
      (action) =>
        response(action, "Success", {
          CoreStartupDate: startup()[0],
          CoreStartupTime: startup()[1],
        }),
    ],
    [
      "coreshowchannels",
      (action) => listResponse(action, "CoreShowChannel", []),
    ],
    [
      "ping",
      (action) =>
        response(action, "Success", { Ping: "Pong", Timestamp: timestamp() }),
    ],
    ["status", noSuchChannel],
    ["hangup", noSuchChannel],
    [
      "originate",
      (action) =>
        response(action, "Success", {
          Message: "Originate successfully queued",
        }) + dialBegin(action),
    ],
  ]);
}

/** What follows "successfully queued": the channel is dialled. */
function dialBegin(action: ReceivedAction): string {
  return stampedEvent("DialBegin", {
    DestUniqueid: action.headers.get("channelid") ?? "",
    DestChannel: "PJSIP/trunk-00000001",
    DialString: action.headers.get("channel") ?? "",
  });
}

function noSuchChannel(action: ReceivedAction): string {
  return response(action, "Error", { Message: "No such channel" });
}

interface CheckSettings {
  dialplan: boolean;
  queue: boolean;
  app_queue: boolean;
  isFull: boolean;
  isGoingDown: boolean;
}

function isCheck({ headers }: ReceivedAction): boolean {
  const about = [headers.get("channelid"), headers.get("channel")];
  return (
    about.some((id) => id?.startsWith("dialer-check-") === true) ||
    headers.get("queue") === "dialer-check"
  );
}

/** What Asterisk 22 does with the call to itself: the relevant events, in its order. */
function playCheck(action: ReceivedAction, check: CheckSettings): string {
  const name = action.headers.get("action")?.toLowerCase();
  if (name === "queuestatus") {
    if (!check.app_queue)
      return response(action, "Error", {
        Message: "Invalid/unknown command: QueueStatus.",
      });
    const rows = check.queue ? [{ Queue: "dialer-check" }] : [];
    return listResponse(action, "QueueParams", rows).replace(
      "QueueParamsComplete",
      "QueueStatusComplete",
    );
  }
  const id = action.headers.get("channelid") ?? "";
  const us = { Uniqueid: id, Channel: "Local/far@dialer-check-00000001;1" };
  const end = [
    stampedEvent("BridgeLeave", { ...us, BridgeUniqueid: "check" }),
    stampedEvent("SoftHangupRequest", { ...us, Cause: "16" }),
    stampedEvent("HangupRequest", { Uniqueid: `${id};2`, Cause: "16" }),
    stampedEvent("Hangup", { ...us, Cause: "16" }),
  ].join("");
  if (name === "hangup") return response(action, "Success");
  const exten = action.headers.get("exten");
  if (exten !== undefined && !check.dialplan)
    return response(action, "Error", { Message: "Extension does not exist." });
  const result = (word: string, reason: string) =>
    stampedEvent("OriginateResponse", {
      ...us,
      ActionID: idOf(action),
      Response: word,
      Reason: reason,
    });
  if (check.isGoingDown)
    return response(action, "Success") + result("Failure", "0");
  const queued =
    response(action, "Success", { Message: "Originate successfully queued" }) +
    stampedEvent("Newchannel", us);
  if (exten === undefined || check.isFull)
    return queued + stampedEvent("Hangup", us) + result("Failure", "0");
  const dest = { DestUniqueid: id, DestChannel: us.Channel };
  return [
    queued,
    stampedEvent("LocalBridge", { LocalOneUniqueid: id }),
    stampedEvent("DialBegin", dest),
    stampedEvent("Newstate", { ...us, ChannelState: "5" }),
    stampedEvent("DialState", { ...dest, DialStatus: "RINGING" }),
    stampedEvent("DialEnd", { ...dest, DialStatus: "ANSWER" }),
    result("Success", "4"),
    ...(exten === "queue"
      ? [
          ...["QueueCallerJoin", "AgentCalled", "DialBegin"],
          ...["AgentRingNoAnswer", "Hangup"],
        ].map((event) => stampedEvent(event, us))
      : [stampedEvent("BridgeEnter", { ...us, BridgeUniqueid: "check" }), end]),
  ].join("");
}

/** Starts on a free port of 127.0.0.1. @param port another one, to come back at the same place */
export async function startFakeAmiServer(port = 0): Promise<FakeAmiServer> {
  let startup: readonly [string, string] = ["2026-01-05", "08:00:00"];
  let greeting: string | null = "Asterisk Call Manager/11.0.0\r\n";
  let isSilent = false;
  let accepted = 0;
  const answers = defaultAnswers(() => startup);
  const check: CheckSettings = {
    dialplan: true,
    queue: true,
    app_queue: true,
    isFull: false,
    isGoingDown: false,
  };
  const withheld = new Set<string>();
  const checks: ReceivedAction[] = [];
  const passing = (text: string): string =>
    withheld.size === 0
      ? text
      : text
          .split(/(?<=\r\n\r\n)/)
          .filter(
            (message) =>
              !withheld.has(/^Event: (\S+)/m.exec(message)?.[1] ?? ""),
          )
          .join("");
  const sockets = new Set<net.Socket>();
  const actions: ReceivedAction[] = [];
  const texts: string[] = [];
  const server = net.createServer((socket) => {
    sockets.add(socket);
    accepted += 1;
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    const connection: FakeConnection = {
      write: (text) => socket.writable && socket.write(text),
      end: (isClean = true) => {
        if (isClean) socket.end();
        else resetSocket(socket);
      },
    };
    if (greeting !== null) connection.write(greeting);
    let pending = "";
    socket.on("data", (bytes) => {
      const text = bytes.toString("utf8");
      texts.push(text);
      const messages = (pending + text).split("\r\n\r\n");
      pending = messages.pop() ?? "";
      for (const message of messages) {
        const action = parse(message, connection);
        const ofCheck = isCheck(action);
        (ofCheck ? checks : actions).push(action);
        if (isSilent) continue;
        const name = action.headers.get("action")?.toLowerCase() ?? "";
        const answer = ofCheck
          ? playCheck(action, check)
          : (answers.get(name)?.(action) ?? null);
        if (answer !== null) connection.write(passing(answer));
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const cut = (): void => {
    for (const socket of sockets) resetSocket(socket);
  };
  return {
    port: (server.address() as net.AddressInfo).port,
    received: () => texts.join(""),
    actions: (name) =>
      name === undefined
        ? actions
        : actions.filter(
            ({ headers }) =>
              headers.get("action")?.toLowerCase() === name.toLowerCase(),
          ),
    checks: () => checks,
    withhold: (...events) => {
      for (const event of events) withheld.add(event);
    },
    release: () => {
      withheld.clear();
    },
    setCheck: (has) => {
      Object.assign(check, has);
    },
    connections: () => sockets.size,
    accepted: () => accepted,
    answer: (action, respond) => answers.set(action.toLowerCase(), respond),
    answerOf: (action) => answers.get(action.toLowerCase()) ?? (() => null),
    send: (text) => {
      for (const socket of sockets) socket.write(text);
    },
    cut,
    silence: (value) => {
      isSilent = value;
    },
    stall: (isStalled) => {
      for (const socket of sockets) {
        if (isStalled) socket.pause();
        else socket.resume();
      }
    },
    greet: (value) => {
      greeting = value;
    },
    setStartup: (date, time) => {
      startup = [date, time];
    },
    close: () => {
      cut();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function parse(message: string, connection: FakeConnection): ReceivedAction {
  const headers = new Map<string, string>();
  const variables = new Map<string, string>();
  for (const line of message.split("\r\n")) {
    const at = line.indexOf(": ");
    const name = line.slice(0, at).toLowerCase();
    const value = line.slice(at + 2);
    headers.set(name, value);
    if (name === "variable") {
      const equals = value.indexOf("=");
      variables.set(value.slice(0, equals), value.slice(equals + 1));
    }
  }
  return { headers, variables, connection };
}
