/** A small Event Socket for the doctor's tests: greeting, login, and answers to `api` and `event`. */
import { randomUUID } from "node:crypto";
import net from "node:net";

export interface DoctorEslServer {
  readonly port: number;
  /** First lines of all commands received. */
  readonly commands: readonly string[];
  close(): Promise<void>;
}

export interface DoctorEslOptions {
  readonly password?: string;
  /** Sent instead of `auth/request`, and the connection is closed. */
  readonly greeting?: string;
  /** Answers to `api` by the whole command; null: none is given. */
  readonly api?: Readonly<Record<string, string | null>>;
  /** API commands by their first word, and events, that the user may not use. */
  readonly denied?: readonly string[];
  /** Its clock less ours. */
  readonly clockOffsetMs?: number;
}

const denial =
  "Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n";

/** Words as FreeSWITCH 1.11 says them. */
const usual: Readonly<Record<string, string>> = {
  version:
    "FreeSWITCH Version 1.11.1-release+git~20260512T100000Z~0123456789~64bit (git 0123456 2026-05-12 10:00:00Z 64bit)\n",
  status:
    "UP 0 years, 0 days, 1 hour, 2 minutes, 3 seconds, 4 milliseconds, 5 microseconds\nFreeSWITCH (Version 1.11.1-release 64bit) is ready\n7 session(s) since startup\n0 session(s) - peak 2, last 5min 0 \n0 session(s) per Sec out of max 30, peak 1, last 5min 0 \n1000 session(s) max\nmin idle cpu 0.00/98.03\n",
  "show channels count": "\n0 total.\n",
  "show channels as json": '{"row_count":0}\n',
  originate:
    "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n",
};

export async function startDoctorEslServer({
  password = "password-of-the-test",
  greeting,
  api = {},
  denied = [],
  clockOffsetMs = 0,
}: DoctorEslOptions = {}): Promise<DoctorEslServer> {
  const sockets = new Set<net.Socket>();
  const commands: string[] = [];
  const answerApi = (command: string): string | null => {
    const given = api[command];
    if (given !== undefined) return given === null ? null : response(given);
    const word = command.split(" ")[0] ?? "";
    if (denied.includes(word)) return denial;
    const known = usual[command];
    if (known !== undefined) return response(known);
    if (word === "uuid_exists") return response("false");
    if (word === "uuid_kill" || word === "uuid_dump")
      return response("-ERR No such channel!\n");
    return response(`-ERR ${word} Command not found!\n`);
  };
  const answer = (line: string): string | null => {
    const [, verb = "", rest = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (verb === "auth")
      return reply(rest === password ? "+OK accepted" : "-ERR invalid");
    if (verb === "event")
      return denied.includes(rest.replace("json ", ""))
        ? denial
        : reply("+OK event listener enabled json");
    if (verb === "bgapi")
      return denied.includes(verb) ? denial : jobDone(clockOffsetMs);
    return verb === "api" ? answerApi(rest) : reply("-ERR command not found");
  };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (greeting !== undefined) {
      socket.end(greeting);
      return;
    }
    socket.write("Content-Type: auth/request\n\n");
    let pending = "";
    socket.on("data", (bytes) => {
      const parts = (pending + bytes.toString("utf8")).split("\n\n");
      pending = parts.pop() ?? "";
      for (const line of parts) {
        commands.push(line);
        const text = answer(line);
        if (text !== null) socket.write(text);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    commands,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function reply(text: string): string {
  return `Content-Type: command/reply\nReply-Text: ${text}\n\n`;
}

/** The answer to `bgapi`, and the job's end. */
function jobDone(clockOffsetMs: number): string {
  const id = randomUUID();
  const event = JSON.stringify({
    "Event-Name": "BACKGROUND_JOB",
    "Event-Date-Timestamp": String((Date.now() + clockOffsetMs) * 1_000),
    "Job-UUID": id,
    "Job-Command": "status",
    _body: "UP\n",
  });
  return `Content-Type: command/reply\nReply-Text: +OK Job-UUID: ${id}\nJob-UUID: ${id}\n\nContent-Length: ${String(Buffer.byteLength(event))}\nContent-Type: text/event-json\n\n${event}`;
}

function response(body: string): string {
  const length = Buffer.byteLength(body);
  return `Content-Type: api/response\nContent-Length: ${String(length)}\n\n${body}`;
}

/** What `sofia status gateway` prints. */
export function gatewayStatus(
  name: string,
  state: string,
  status: string,
): string {
  const line = "=".repeat(97);
  return `${line}\nName    \t${name}\nProfile \texternal\nScheme  \tsip\nRealm   \tsip.carrier.example\nState   \t${state}\nStatus  \t${status}\nCallsIN \t0\n${line}\n`;
}

/** The greeting of one whose ACL refuses the address (as recorded). */
export const rudeRejection =
  "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\nContent-Type: text/disconnect-notice\nContent-Length: 67\n\nDisconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n";
