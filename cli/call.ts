/** `npm run call`: one call through one trunk, made by the engine that runs, told as it happens. */
import { databaseConfig } from "../config.ts";
import { createImportPool } from "../database/importing.ts";
import { readCallOptions } from "./call/options.ts";
import { makeTestCall } from "./call/place-call.ts";
import { runCommand } from "./command.ts";

const usage = `  npm run call -- --to NUMBER --trunk NAME [options]

  --to NUMBER          the number to call, as people write it in the account's country, or with + and country code
  --trunk NAME         the way out: a name in trunk_config
  --caller-id NUMBER   number shown, unless the trunk has its own (default: the PBX's)
  --account UUID       whose call it is (default: the trunk's account, else that of plain SQL users)
  --timeout 25         how long it may ring, 15 to 60 seconds
  --extension s        extension of the dialplan that takes an answered call

It inserts a campaign for this one call into the database of DATABASE_URL, as an administrator, and a running engine
dials it. Calling hours and pauses between calls do not apply to it; the do-not-call list does. Ctrl-C hangs up.

Exit code: 0 it was answered or rang, 1 it failed or an error, 2 nothing was dialled, 130 stopped by Ctrl-C.
`;

await runCommand({
  name: "call",
  summary: "Makes one test call through a trunk and tells what happens.",
  usage,
  options: {
    to: { type: "string" },
    trunk: { type: "string" },
    "caller-id": { type: "string" },
    account: { type: "string" },
    timeout: { type: "string" },
    extension: { type: "string" },
  },
  run: async ({ values, signal }) => {
    const options = readCallOptions(values);
    const { url, schema, workerSchema } = databaseConfig(process.env);
    const database = createImportPool({
      url,
      schema,
      workerSchema,
      applicationName: "dialer-call",
    });
    const say = (line: string) => process.stdout.write(`${line}\n`);
    try {
      return await makeTestCall({ database, options, say, signal });
    } finally {
      await database.end();
    }
  },
});
