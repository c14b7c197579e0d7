import { describe, expect, it } from "vitest";
import { createMetrics } from "../../metrics.ts";

describe("the metrics", () => {
  it("carry the documented names and labels", async () => {
    const metrics = createMetrics(() => Promise.resolve({ RINGING: 3 }));
    metrics.callsOriginated.inc({ trunk: "carrier-a" });
    metrics.callOutcomes.inc({ outcome: "BUSY" }, 2);
    metrics.jobsFailed.inc({ task: "originate_call" });
    metrics.timerLateness.observe(0.003);
    metrics.pass.observe(0.02);
    metrics.originateLatency.observe(0.004);
    const text = await metrics.registry.metrics();
    for (const line of [
      'dialer_calls_originated_total{trunk="carrier-a"} 1',
      'dialer_call_outcomes_total{outcome="BUSY"} 2',
      'dialer_live_calls{state="RINGING"} 3',
      'dialer_jobs_failed_total{task="originate_call"} 1',
      'dialer_timer_lateness_seconds_bucket{le="0.005"} 1',
      "dialer_pass_seconds_count 1",
      "dialer_originate_latency_seconds_count 1",
      "dialer_originates_unanswered 0",
      "dialer_events_waiting 0",
      "dialer_events_dropped_total 0",
      "dialer_lease_held 0",
      "dialer_pbx_connected 0",
    ]) {
      expect(text).toContain(line);
    }
  });
});
