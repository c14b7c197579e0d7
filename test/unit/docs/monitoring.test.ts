/** The files for Prometheus and Grafana name only metrics and labels that the engine exposes, and all of its own. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../metrics.ts";

const folder = new URL("../../../docs/monitoring/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), "utf8");

/** Given by Prometheus to every target: see prometheus.yml. */
const TARGET_LABELS = ["job", "instance", "voice_node"];

interface Exposed {
  readonly labels: readonly string[];
}

/** By the name of each series, as in the text of `/metrics`. */
async function exposed(): Promise<Map<string, Exposed>> {
  const metrics = createMetrics(() => Promise.resolve({ RINGING: 1 }));
  metrics.callsOriginated.inc({ trunk: "a" });
  metrics.callOutcomes.inc({ outcome: "BUSY" });
  metrics.jobsFailed.inc({ task: "originate_call" });
  const text = await metrics.registry.metrics();
  const series = new Map<string, Exposed>();
  for (const [, name = "", inside = ""] of text.matchAll(
    /^(\w+)(?:\{([^}]*)\})? \S+$/gm,
  ))
    series.set(name, {
      labels: [...inside.matchAll(/(\w+)="/g)].map((match) => match[1] ?? ""),
    });
  series.set("up", { labels: [] });
  return series;
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const dashboard = JSON.parse(read("dashboard.json")) as Dashboard;

const expressions = {
  "dashboard.json": dashboard.panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr),
  ),
  "alerts.yml": [
    ...read("alerts.yml").matchAll(/^ +expr: (.+(?:\n {10,}.+)*)$/gm),
  ].map((match) => match[1] ?? ""),
};

/** Each selector of an expression: the metric, and the labels that it asks for. */
function selectors(expression: string) {
  return [
    ...expression.matchAll(
      /\b((?:dialer|process|nodejs)_\w+|up)\b(?:\{([^}]*)\})?/g,
    ),
  ].map(([, name = "", inside = ""]) => ({
    name,
    labels: [...inside.matchAll(/(\w+)\s*[=!]~?"/g)].map(
      (match) => match[1] ?? "",
    ),
  }));
}

describe.each(Object.entries(expressions))("%s", (_file, all) => {
  it("asks only for metrics and labels that the engine exposes", async () => {
    const series = await exposed();
    const asked = all.flatMap(selectors);
    expect(asked.length).toBeGreaterThanOrEqual(all.length);
    for (const { name, labels } of asked) {
      const known = series.get(name)?.labels;
      expect(known, name).toBeDefined();
      for (const label of labels)
        expect([...(known ?? []), ...TARGET_LABELS], name).toContain(label);
    }
  });

  it("groups only by labels that are there", async () => {
    const labels = new Set(
      [...(await exposed()).values()].flatMap((one) => one.labels),
    );
    for (const expression of all)
      for (const [, list = ""] of expression.matchAll(/\bby \(([^)]*)\)/g))
        for (const label of list.split(/\s*,\s*/))
          expect([...labels, ...TARGET_LABELS], expression).toContain(label);
  });
});

describe("docs/monitoring", () => {
  it("shows every metric of the engine's own in the dashboard and on the page", async () => {
    const page = read("README.md");
    const shown = new Set(
      expressions["dashboard.json"].flatMap(selectors).map(({ name }) => name),
    );
    for (const name of (await exposed()).keys()) {
      if (!name.startsWith("dialer_")) continue;
      const metric = name.replace(/_(bucket|sum|count)$/, "");
      expect(page, metric).toContain(`\`${metric}\``);
      if (!/_(sum|count)$/.test(name)) expect([...shown]).toContain(name);
    }
  });

  it("says of every alert what to do, and tests every alert", () => {
    const alerts = [...read("alerts.yml").matchAll(/- alert: (\w+)/g)].map(
      (match) => match[1] ?? "",
    );
    expect(alerts.length).toBeGreaterThan(8);
    for (const page of ["README.md", "LEIAME.pt-BR.md"]) {
      const rows = [...read(page).matchAll(/^\| `(Dialer\w+)`/gm)];
      expect(rows.map((row) => row[1])).toEqual(alerts);
    }
    // Once where it must keep silent, once where it must go off.
    for (const alert of alerts)
      expect(
        read("alerts.test.yml").split(new RegExp(`\\b${alert}\\b`)).length,
        alert,
      ).toBeGreaterThanOrEqual(3);
  });

  it("gives each panel of the dashboard a number and a title of its own", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });
});
