/**
 * One connection to the scripted FreeSWITCH: commands in, replies strictly in their order, events of what was subscribed.
 * The words of every reply are those of the recordings (`auth-*`, `sub-errors`, `cmd-*`).
 */
import { randomUUID } from "node:crypto";
import type net from "node:net";

import { answerApi } from "./api.ts";
import type { ChannelTable } from "./channel-table.ts";
import { originate } from "./originate.ts";
import { headerOf } from "./recordings.ts";
import type { Headers } from "./recordings.ts";
import { eventNameOf } from "./switch.ts";
import type { ScriptedSwitch } from "./switch.ts";
import { plainSource } from "./templates.ts";

export interface ReceivedCommand {
  readonly line: string;
  /** Lines below the first, e.g. `Job-UUID: …`. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A directory user with esl-allowed-api and esl-allowed-events. */
export interface RestrictedUser {
  readonly name: string;
  readonly password: string;
  readonly api: readonly string[];
  readonly events: readonly string[];
}

export interface ConnectionOptions {
  readonly owner: ScriptedSwitch;
  readonly table: ChannelTable;
  readonly password: () => string;
  readonly users: readonly RestrictedUser[];
  /** True: no replies and no events are sent. */
  readonly isSilent: () => boolean;
  readonly onCommand: (command: ReceivedCommand) => void;
}

const GOODBYE =
  "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n";
/** Of an event list; what is none of these is ignored, as in the recordings. */
const EVENT =
  /^(?:ALL|CUSTOM|BACKGROUND_JOB|HEARTBEAT|SHUTDOWN|CHANNEL_[A-Z_]+)$/;

interface Filter {
  readonly header: string;
  readonly value: string;
}

export class Connection {
  readonly #socket: net.Socket;
  readonly #options: ConnectionOptions;
  #buffer = "";
  #isIn = false;
  /** The format of events; it only appears in the reply: this server always sends JSON. */
  #format = "plain";
  #user: RestrictedUser | null = null;
  readonly #events = new Set<string>();
  readonly #subclasses = new Set<string>();
  #filters: Filter[] = [];

  constructor(socket: net.Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const hear = (headers: Headers) => this.#tell(headers);
    options.owner.listeners.add(hear);
    socket.on("close", () => options.owner.listeners.delete(hear));
    socket.on("data", (bytes) => this.#receive(bytes.toString("utf8")));
    this.#write("Content-Type: auth/request\n\n");
  }

  /** What FreeSWITCH says before it closes. */
  static notice(text: string): string {
    return `Content-Type: text/disconnect-notice\nContent-Length: ${String(Buffer.byteLength(text))}\n\n${text}`;
  }

  static readonly rejection = `Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n${Connection.notice(GOODBYE)}`;

  #receive(text: string): void {
    this.#buffer += text.replaceAll("\r\n", "\n");
    for (;;) {
      const end = this.#buffer.indexOf("\n\n");
      if (end < 0) return;
      const [line = "", ...rest] = this.#buffer.slice(0, end).split("\n");
      const headers = new Map(
        rest.map((one): [string, string] => {
          const at = one.indexOf(":");
          return [one.slice(0, at).toLowerCase(), one.slice(at + 1).trim()];
        }),
      );
      this.#buffer = this.#buffer.slice(end + 2);
      // A body swallows what follows, which is how one newline too many eats the next command.
      const length = Number(headers.get("content-length") ?? "0");
      if (length > 0) this.#buffer = this.#buffer.slice(length);
      if (line === "" && rest.length === 0) continue;
      const command = { line, headers };
      this.#options.onCommand(command);
      if (!this.#options.isSilent()) this.#obey(command);
    }
  }

  #obey({ line, headers }: ReceivedCommand): void {
    const [verb = "", ...rest] = line.split(" ");
    const argument = rest.join(" ").trim();
    if (verb === "auth" || verb === "userauth") this.#login(verb, argument);
    else if (verb === "exit") this.#leave("+OK bye");
    else if (!this.#isIn) this.#reply("-ERR command not found");
    else if (verb === "event") this.#subscribe(rest);
    else if (verb === "sendevent") this.#sendEvent(argument, headers);
    else if (verb === "filter") this.#filter(argument);
    else if (verb === "api" && argument !== "") this.#api(argument);
    else if (verb === "bgapi" && argument !== "") {
      this.#bgapi(argument, headers.get("job-uuid") ?? randomUUID());
    } else if (verb === "noevents") this.#unsubscribe();
    else if (verb === "nixevent") {
      for (const name of rest) this.#events.delete(name);
      this.#reply("+OK events nixed");
    } else if (verb === "linger") this.#reply("-ERR not controlling a session");
    else if (verb === "sendmsg") {
      this.#reply(`-ERR invalid session id [${argument}]`);
    } else if (verb === "log") {
      this.#reply(
        this.#user === null
          ? "+OK log level debug [7]"
          : "-ERR permission denied",
      );
    } else this.#reply("-ERR command not found");
  }

  #login(verb: string, argument: string): void {
    if (verb === "auth") {
      this.#isIn = argument === this.#options.password();
      if (this.#isIn) this.#reply("+OK accepted");
      else this.#leave("-ERR invalid");
      return;
    }
    const at = argument.indexOf(":");
    const user = this.#options.users.find(
      ({ name, password }) =>
        argument.slice(0, at) === name && argument.slice(at + 1) === password,
    );
    if (user === undefined) {
      this.#leave("-ERR invalid");
      return;
    }
    this.#isIn = true;
    this.#user = user;
    this.#write(
      `Content-Type: command/reply\nReply-Text: +OK accepted\nAllowed-Events: ${user.events.join(" ")}\nAllowed-API: ${user.api.join(" ")}\nAllowed-LOG: false\n\n`,
    );
  }

  #subscribe(words: readonly string[]): void {
    const format = /^(?:json|plain|xml)$/.exec(words[0] ?? "")?.[0];
    this.#format = format ?? this.#format;
    const names = words.slice(format === undefined ? 0 : 1);
    const custom = names.indexOf("CUSTOM");
    const plain = custom < 0 ? names : names.slice(0, custom);
    const known = plain.filter((name) => EVENT.test(name));
    const subclasses = custom < 0 ? [] : names.slice(custom + 1);
    if (known.length === 0 && subclasses.length === 0) {
      this.#reply("-ERR no keywords supplied");
      return;
    }
    const allowed = this.#user?.events;
    const asked = [
      ...known,
      ...(subclasses.length > 0 ? ["CUSTOM"] : []),
      ...subclasses,
    ];
    if (
      allowed !== undefined &&
      !allowed.includes("all") &&
      asked.some((name) => !allowed.includes(name))
    ) {
      this.#reply("-ERR permission denied");
      return;
    }
    for (const name of known) this.#events.add(name);
    for (const name of subclasses) this.#subclasses.add(name);
    this.#reply(`+OK event listener enabled ${this.#format}`);
  }

  /** As recorded (`cmd-custom-event-utf8`): the event has the command's headers, and goes to everybody. */
  #sendEvent(name: string, given: ReadonlyMap<string, string>): void {
    const uuid = randomUUID();
    this.#reply(`+OK ${uuid}`);
    this.#options.owner.emit(
      {
        recording: "cmd-custom-event-utf8",
        headers: [
          ["Event-Name", name],
          ["Core-UUID", ""],
          ["Event-Date-Timestamp", ""],
          ["Event-Sequence", ""],
          ["Event-UUID", uuid],
          ...[...given].map(
            ([key, value]) =>
              [
                key.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase()),
                value,
              ] as const,
          ),
        ],
      },
      null,
    );
  }

  #unsubscribe(): void {
    const had = this.#events.size + this.#subclasses.size > 0;
    this.#events.clear();
    this.#subclasses.clear();
    this.#reply(
      had
        ? "+OK no longer listening for events"
        : "-ERR not listening for events",
    );
  }

  #filter(argument: string): void {
    const [first = "", second = "", ...rest] = argument.split(" ");
    if (first === "delete") {
      const value = rest.join(" ");
      this.#filters = this.#filters.filter(
        (one) =>
          second !== "all" && (one.header !== second || one.value !== value),
      );
      this.#reply(`+OK filter deleted. [${second}][${value}]`);
      return;
    }
    const value = [second, ...rest].join(" ");
    if (value === "") {
      this.#reply("-ERR invalid syntax");
      return;
    }
    this.#filters.push({ header: first, value });
    this.#reply(`+OK filter added. [${first}]=[${value}]`);
  }

  #api(argument: string): void {
    const name = argument.split(" ")[0] ?? "";
    if (!this.#mayRun(name)) {
      this.#reply("-ERR permission denied");
      return;
    }
    const body = answerApi(this.#options.owner, this.#options.table, argument);
    const length = Buffer.byteLength(body);
    this.#write(
      `Content-Type: api/response\nContent-Length: ${String(length)}\n\n${body}`,
    );
  }

  #bgapi(argument: string, jobUuid: string): void {
    const [name = "", ...rest] = argument.split(" ");
    if (!this.#mayRun(name) || !this.#mayRun("bgapi")) {
      this.#reply("-ERR permission denied");
      return;
    }
    this.#write(
      `Content-Type: command/reply\nReply-Text: +OK Job-UUID: ${jobUuid}\nJob-UUID: ${jobUuid}\n\n`,
    );
    const { owner, table } = this.#options;
    const text = rest.join(" ");
    const tell = (body: string) => tellJob(owner, jobUuid, name, text, body);
    if (name === "originate") originate(owner, text, tell);
    else tell(answerApi(owner, table, argument));
  }

  #mayRun(name: string): boolean {
    return this.#user === null || this.#user.api.includes(name);
  }

  #tell(headers: Headers): void {
    if (this.#options.isSilent() || !this.#wants(headers)) return;
    const body = toJson(headers);
    const length = Buffer.byteLength(body);
    this.#write(
      `Content-Length: ${String(length)}\nContent-Type: text/event-json\n\n${body}`,
    );
  }

  #wants(headers: Headers): boolean {
    const name = eventNameOf(headers);
    const subclass = headerOf(headers, "Event-Subclass") ?? "";
    const isSubscribed =
      this.#events.has("ALL") ||
      (name === "CUSTOM"
        ? this.#subclasses.has(subclass)
        : this.#events.has(name));
    if (!isSubscribed || this.#filters.length === 0) return isSubscribed;
    return this.#filters.some(({ header, value }) => {
      const given = headerOf(headers, header);
      if (given === undefined) return false;
      const pattern = /^\/(.*)\/$/.exec(value)?.[1];
      return pattern === undefined
        ? given.toLowerCase() === value.toLowerCase()
        : new RegExp(pattern).test(given);
    });
  }

  #leave(reply: string): void {
    this.#reply(reply);
    this.#write(Connection.notice(GOODBYE));
    this.#socket.end();
  }

  #reply(text: string): void {
    this.#write(`Content-Type: command/reply\nReply-Text: ${text}\n\n`);
  }

  #write(text: string): void {
    if (this.#socket.writable) this.#socket.write(text);
  }
}

function tellJob(
  owner: ScriptedSwitch,
  jobUuid: string,
  name: string,
  argument: string,
  body: string,
): void {
  const { recording, headers } = plainSource(
    "sip-answer-remote-hangup",
    "BACKGROUND_JOB",
  );
  const named = new Map([
    ["Job-UUID", jobUuid],
    ["Job-Command", name],
    ["Job-Command-Arg", argument],
    ["Content-Length", String(Buffer.byteLength(body))],
    ["_body", body],
  ]);
  const ours = headers.map(
    ([header, value]) => [header, named.get(header) ?? value] as const,
  );
  owner.emit({ recording, headers: ours }, null);
}

/** As FreeSWITCH prints it: no blanks, repeats kept. */
function toJson(headers: Headers): string {
  const fields = headers.map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  return `{${fields.join(",")}}`;
}
