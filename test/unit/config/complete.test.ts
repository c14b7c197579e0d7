/** Defaults and values of a complete configuration, and the table that documents them. */
import { describe, expect, it } from "vitest";
import {
  configVariables,
  environmentTable,
  loadConfig,
} from "../../../config/reading.ts";
import { asterisk, mock } from "./examples.ts";

describe("a complete configuration", () => {
  it("has the documented defaults", () => {
    expect(loadConfig(mock)).toEqual({
      database: {
        url: mock.DATABASE_URL,
        schema: "public",
        workerSchema: "graphile_worker",
        maxConnections: 7,
      },
      supabase: null,
      voice: { adapter: "mock", node: "default", mockPbxUrl: null },
      scheduler: {
        intervalMs: 250,
        executorIntervalMs: 100,
        timerCheckMs: 500,
        maxConcurrentOriginates: 50,
      },
      http: { port: 3000, statusToken: null },
      retention: { eventsDays: 30, attemptsDays: 1825, leadsDays: 1825 },
      log: { level: "info", phoneNumbers: false },
      timings: {
        leaseDurationMs: 5000,
        leaseRenewMs: 1000,
        heartbeatStaleMs: 10_000,
        unhealthyAfterMs: 30_000,
        shutdownTimeoutMs: 8000,
        settleMs: 2000,
        agentTimeoutMs: 300_000,
      },
      environment: "production",
    });
  });

  it("is frozen at every level", () => {
    const config = loadConfig(mock);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.timings)).toBe(true);
    expect(Object.isFrozen(config.voice)).toBe(true);
  });

  it("reads only the chosen PBX's variables", () => {
    const config = loadConfig({ ...asterisk, FREESWITCH_ESL_PORT: "none" });
    expect(config.voice).toEqual({
      adapter: "asterisk_ami",
      node: "default",
      host: "10.0.0.5",
      port: 5038,
      user: "dialer",
      secret: "s3cret: with blanks",
      context: "from-dialer",
    });
    const other = loadConfig({
      ...mock,
      VOICE_ADAPTER: "freeswitch_esl",
      FREESWITCH_HOST: "fs",
      FREESWITCH_ESL_PASSWORD: "ClueCon",
      VOICE_NODE: "fs-1",
    });
    expect(other.voice).toEqual({
      adapter: "freeswitch_esl",
      node: "fs-1",
      host: "fs",
      port: 8021,
      password: "ClueCon",
      context: "default",
    });
  });

  it("takes an empty variable for an unset one and trims the others", () => {
    const config = loadConfig({
      ...mock,
      PORT: "",
      STATUS_TOKEN: "  ",
      LOG_LEVEL: " DEBUG\n",
    });
    expect(config.http).toEqual({ port: 3000, statusToken: null });
    expect(config.log.level).toBe("debug");
  });

  it("names the worker's schema after a schema that is not public", () => {
    const { database } = loadConfig({ ...mock, DIALER_SCHEMA: "dialer" });
    expect(database).toMatchObject({
      schema: "dialer",
      workerSchema: "dialer_worker",
    });
  });

  it("prefers the new secret key and needs the project's address with it", () => {
    const keys = { SUPABASE_SERVICE_ROLE_KEY: "old", SUPABASE_SECRET_KEY: "n" };
    expect(loadConfig({ ...mock, ...keys }).supabase).toBeNull();
    expect(
      loadConfig({ ...mock, ...keys, SUPABASE_URL: "https://api.example/" })
        .supabase,
    ).toEqual({ url: "https://api.example", secretKey: "n" });
  });
});

describe("the README's table", () => {
  it("has one row for each variable", () => {
    const names = configVariables.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const rows = environmentTable().split("\n").slice(2);
    expect(rows.map((row) => /^\| `(\w+)` \|/.exec(row)?.[1])).toEqual(names);
  });

  it("does not promise a default that is not the one in use", () => {
    const config = loadConfig(mock);
    const shown = new Map(configVariables.map((v) => [v.name, v.default]));
    expect(shown.get("PORT")).toBe(String(config.http.port));
    expect(shown.get("LOG_LEVEL")).toBe(`\`${config.log.level}\``);
    expect(shown.get("VOICE_NODE")).toBe(`\`${config.voice.node}\``);
  });
});
