/** Prometheus itself reads the rules, and its tests of them go through. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { docker, projectFolder } from "../support/containers.ts";

const image = process.env["TEST_PROMETHEUS_IMAGE"] ?? "prom/prometheus:latest";

/** `promtool` in a container, with docs/monitoring/ as its folder. @throws with what it said */
function promtool(...args: readonly string[]): Promise<string> {
  const folder = join(projectFolder, "docs/monitoring");
  return docker(
    ...["run", "--rm", "--network", "none", "-v", `${folder}:/monitoring:ro`],
    ...["-w", "/monitoring", "--entrypoint", "promtool", image, ...args],
  );
}

test("the rules and the configuration are valid", async () => {
  expect(await promtool("check", "rules", "alerts.yml")).toContain("SUCCESS");
  expect(await promtool("check", "config", "prometheus.yml")).toContain(
    "SUCCESS",
  );
});

test("each alert goes off when it should, and keeps silent on a healthy installation", async () => {
  expect(await promtool("test", "rules", "alerts.test.yml")).toContain(
    "SUCCESS",
  );
});
