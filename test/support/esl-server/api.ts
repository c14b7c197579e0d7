/** The API commands that a dialer asks for, answered in the words of the recordings (`cmd-uuid-commands`, `auth-ok`). */
import type { ChannelTable } from "./channel-table.ts";
import type { Leg } from "./leg.ts";
import { splitAtBlanks } from "./originate-line.ts";
import { speak } from "./event-words.ts";
import { dumpSource } from "./templates.ts";
import type { ScriptedSwitch } from "./switch.ts";

const NO_CHANNEL = "-ERR No such channel!\n";

/** @param line the command and its arguments, e.g. `uuid_exists 1e7b20ca-…` */
export function answerApi(
  owner: ScriptedSwitch,
  table: ChannelTable,
  line: string,
): string {
  const [name = "", ...args] = line.split(" ");
  const leg = owner.legs.get(args[0] ?? "");
  switch (name) {
    case "status":
      return statusOf(owner);
    case "uptime":
      return `${String(Math.floor((Date.now() - owner.startedMs) / 1_000))}\n`;
    case "global_getvar":
      return args[0] === "core_uuid" ? owner.coreUuid : "";
    case "uuid_exists":
      return String(leg !== undefined);
    case "uuid_kill":
      if (leg === undefined) return NO_CHANNEL;
      owner.after(1, () => {
        leg.hangup(causeNamed(args[1]), "ours");
      });
      return "+OK\n";
    case "uuid_setvar":
      if (leg === undefined) return NO_CHANNEL;
      setVariable(leg, line.slice(name.length + 1));
      return "+OK\n";
    case "uuid_setvar_multi":
      if (leg === undefined) return NO_CHANNEL;
      for (const pair of args.slice(1).join(" ").split(";")) {
        const at = pair.indexOf("=");
        leg.set.set(pair.slice(0, at), pair.slice(at + 1));
      }
      return "+OK\n";
    case "uuid_getvar":
      return leg === undefined
        ? NO_CHANNEL
        : (leg.variable(args[1] ?? "") ?? "_undef_");
    case "uuid_dump":
      return leg === undefined ? NO_CHANNEL : dump(owner, args[0] ?? "");
    case "xml_locate":
      // No recording: the words are those of mod_commands.c.
      return args.join(" ").startsWith("dialplan context name ")
        ? (owner.options.dialplan.printed.get(args[3] ?? "") ??
            "can't find anything\n")
        : "-Error bad args\n";
    case "show":
      if (args[0] === "modules") return modules(owner);
      return show(table, args.join(" "));
    case "fsctl":
      return control(owner, args.join(" "));
    default:
      return `-ERR ${name} Command not found!\n`;
  }
}

/** Three arguments, unescaped as those of an originate are. */
function setVariable(leg: Leg, text: string): void {
  const [, name = "", value = ""] = splitAtBlanks(text, 3);
  leg.set.set(name, value);
}

/** A name that FreeSWITCH does not know is ignored, as recorded. */
function causeNamed(name: string | undefined): string {
  return /^(?:ORIGINATOR_CANCEL|MANAGER_REQUEST|NORMAL_CLEARING|USER_BUSY|CALL_REJECTED|ALLOTTED_TIMEOUT)$/.test(
    name ?? "",
  )
    ? (name ?? "")
    : "NORMAL_CLEARING";
}

/** As `show modules` lists them: type, name, module and file of every interface. */
function modules(owner: ScriptedSwitch): string {
  const rows = owner.modules.map(
    (name) => `api,${name},${name},/usr/lib/freeswitch/mod/${name}.so`,
  );
  return `type,name,ikey,filename\n${rows.join("\n")}\n\n${String(rows.length)} total.\n`;
}

function show(table: ChannelTable, what: string): string {
  switch (what) {
    case "channels as json":
      return table.json();
    case "channels count":
      return `\n${String(table.count())} total.\n`;
    case "channels count as json":
      return `{"row_count":${String(table.count())},"rows":[]}`;
    default:
      return "-USAGE: channels|calls|registrations [as json]\n";
  }
}

function control(owner: ScriptedSwitch, what: string): string {
  const sps = /^sps (\d+)$/.exec(what)?.[1];
  if (sps !== undefined) {
    owner.limits.sessionsPerSecond = Number(sps);
    return `+OK sessions per second: ${sps}\n`;
  }
  // No recording: the words are those of mod_commands.c.
  if (what === "pause_check outbound") return String(owner.limits.isPaused);
  const isPause = what.startsWith("pause");
  owner.limits.isPausedForAll = what === "pause";
  owner.limits.isPaused = isPause && what !== "pause inbound";
  return "+OK\n";
}

function dump(owner: ScriptedSwitch, uuid: string): string {
  const leg = owner.legs.get(uuid);
  if (leg === undefined) return NO_CHANNEL;
  const headers = speak(dumpSource(leg.kind, leg.isAnswered), {
    leg,
    other: leg.other,
    words: new Map(),
    coreUuid: owner.coreUuid,
    sequence: 0,
    nowUs: owner.nowUs(),
  });
  return JSON.stringify(Object.fromEntries(headers));
}

function statusOf(owner: ScriptedSwitch): string {
  const { maxSessions, sessionsPerSecond } = owner.limits;
  const ms = Date.now() - owner.startedMs;
  const [sessions, started] = [owner.legs.size, owner.sessionsSinceStart];
  const seconds = Math.floor(ms / 1_000) % 60;
  const minutes = Math.floor(ms / 60_000) % 60;
  const hours = Math.floor(ms / 3_600_000);
  return [
    `UP 0 years, 0 days, ${String(hours)} hours, ${String(minutes)} minutes, ${String(seconds)} seconds, ${String(ms % 1_000)} milliseconds, 0 microseconds`,
    // Of `pause outbound` it says nothing (recorded: `limit-fsctl-pause-1.10`).
    `FreeSWITCH (Version 1.11.1-release  64bit) is ${owner.limits.isPausedForAll ? "not ready" : "ready"}`,
    `${String(started)} session(s) since startup`,
    `${String(sessions)} session(s) - peak ${String(sessions)}, last 5min ${String(sessions)} `,
    `${String(owner.sessionsThisSecond)} session(s) per Sec out of max ${String(sessionsPerSecond)}, peak ${String(owner.sessionsThisSecond)}, last 5min ${String(owner.sessionsThisSecond)} `,
    `${String(maxSessions)} session(s) max`,
    "min idle cpu 0.00/92.73",
    "Current Stack Size/Max 240K/8192K\n",
  ].join("\n");
}
