/**
 * `npm run test:pbx`: the acceptance test of a switch, by which an operator checks that it does what the engine needs.
 */
import { runCommand } from "./command.ts";
import { acceptPbx } from "./test-pbx/accept.ts";
import { readTestPbxOptions } from "./test-pbx/options.ts";

const usage = `  npm run test:pbx -- --freeswitch HOST:PORT --password PASSWORD [options]

  --freeswitch HOST:PORT   the Event Socket, e.g. 127.0.0.1:8021
  --password PASSWORD      of event_socket.conf.xml, or user@domain:password of a directory user
                           (default: FREESWITCH_ESL_PASSWORD)
  --context dialer         the context of docs/freeswitch/dialplan/dialer.xml
  --test-context dialer-test
                           the context of docs/freeswitch/dialplan/dialer-test.xml
  --allow-remote           the switch may be on another machine

It needs the two dialplan files of docs/freeswitch/dialplan and mod_loopback. It calls nobody outside the switch: the
people whom it calls are extensions of the test context. No database is used. Ctrl-C hangs up and stops.

Exit code: 0 everything was as it must be, 1 something was not or an error, 130 stopped by Ctrl-C.
`;

await runCommand({
  name: "test:pbx",
  summary:
    "Tries with real calls whether a FreeSWITCH does what the engine needs.",
  usage,
  options: {
    freeswitch: { type: "string" },
    password: { type: "string" },
    context: { type: "string" },
    "test-context": { type: "string" },
    "allow-remote": { type: "boolean" },
  },
  run: ({ values, signal }) =>
    acceptPbx({
      options: readTestPbxOptions(
        values,
        process.env["FREESWITCH_ESL_PASSWORD"],
      ),
      say: (line) => process.stdout.write(`${line}\n`),
      signal,
    }),
});
