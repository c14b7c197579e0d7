/** The trial with Docker Compose, as the deploy guide shows it: from nothing to calls, and away again. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { docker, projectFolder } from "../support/containers.ts";
import { readBlocks } from "../support/page-blocks.ts";
import { waitFor } from "../support/wait-for.ts";

/** Debian 12 has Compose as a program of its own, not as part of `docker`. */
const composeAsPlugIn = `docker() {
  if [ "$1" = compose ] && ! command docker compose version >/dev/null 2>&1; then
    shift
    command docker-compose "$@"
  else
    command docker "$@"
  fi
}
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("one command brings engine, database and mock PBX up; the guide's rows are dialled; one command takes all away", async () => {
  const project = `trial${randomBytes(4).toString("hex")}`;
  const port = await freePort();
  const databasePort = await freePort();
  const env = {
    ...process.env,
    COMPOSE_PROJECT_NAME: project,
    PORT: String(port),
    DATABASE_PORT: String(databasePort),
    POSTGRES_IMAGE: process.env["TEST_PG_IMAGE"] ?? "postgres:17-alpine",
  };
  const run = async (script: string): Promise<string> => {
    const ours = script.replaceAll(
      "localhost:3000",
      `localhost:${String(port)}`,
    );
    const { stdout } = await promisify(execFile)(
      "sh",
      ["-ec", composeAsPlugIn + ours],
      { cwd: projectFolder, env, maxBuffer: 64 * 1024 * 1024 },
    );
    return stdout;
  };
  const trial = (await readBlocks("docs/deploy.md")).filter(
    ({ info }) => info === "trial",
  );
  const [up = "", rows = "", look = "", ...more] = trial.map(
    ({ text }) => text,
  );
  expect(more).toEqual([]);

  onTestFinished(async () => {
    await run("docker compose down --volumes");
  });
  await run(up);
  await waitFor(
    "the engine's /health",
    () =>
      fetch(`http://localhost:${String(port)}/health`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    { timeoutMs: 60_000, intervalMs: 200 },
  );
  const pool = new pg.Pool({
    connectionString: `postgresql://postgres:trial@127.0.0.1:${String(databasePort)}/postgres`,
  });
  pool.on("error", () => undefined);
  try {
    await pool.query(rows);
    await waitFor(
      "five calls of the trial's campaign",
      async () => {
        const { rows: found } = await pool.query<{ calls: number }>(
          "select count(*)::int as calls from call_attempts where originate_at is not null",
        );
        return (found[0]?.calls ?? 0) >= 5;
      },
      { timeoutMs: 30_000, intervalMs: 100 },
    );
  } finally {
    await pool.end();
  }
  const said = await run(look);
  expect(said).toContain('"status":"healthy"');
  expect(said).toContain('"trunks"');
  expect(said).toMatch(/^Outcome +[A-Z_]+ /m);
  expect(
    await docker(
      "ps",
      "-aq",
      "--filter",
      `label=com.docker.compose.project=${project}`,
    ),
  ).toBe("");
  expect(
    await docker(
      "volume",
      "ls",
      "-q",
      "--filter",
      `label=com.docker.compose.project=${project}`,
    ),
  ).toBe("");
});
