import { describe, expect, it } from "vitest";

import { TrunkGauge } from "../../../wallboard/trunk-gauge.ts";

const trunk = (liveChannels: number, isActive = true) => ({
  ...{ id: "a", isActive, liveChannels, maxChannels: 30 },
});
const limited = (cpsLimit: number, limitGroup: string | null = null) => ({
  ...{ isActive: true, cpsLimit, limitGroup },
});

describe("what is told of trunks", () => {
  it("has the seconds for which one has been full, from the first look on", () => {
    let ms = 5_000;
    const gauge = new TrunkGauge(true, () => ms);
    expect(gauge.fullForSeconds(trunk(29))).toBe(0);
    expect(gauge.fullForSeconds(trunk(30))).toBe(0);
    ms += 31_500;
    expect(gauge.fullForSeconds(trunk(31))).toBe(31);
    expect(gauge.fullForSeconds(trunk(29))).toBe(0);
    ms += 60_000;
    expect(gauge.fullForSeconds(trunk(30))).toBe(0);
    expect(gauge.fullForSeconds(trunk(30, false))).toBe(0);
  });

  it("has the limit of all together, a group's once and its smallest", () => {
    const gauge = new TrunkGauge(true, () => 0);
    expect(gauge.cpsLimitOf([limited(5), limited(2)])).toBe(7);
    expect(
      gauge.cpsLimitOf([limited(5), limited(9, "g"), limited(3, "g")]),
    ).toBe(8);
    expect(gauge.cpsLimitOf([{ ...limited(5), isActive: false }])).toBeNull();
  });

  it("has neither for an account, which sees its own calls only", () => {
    const gauge = new TrunkGauge(false, () => 0);
    expect(gauge.fullForSeconds(trunk(30))).toBe(0);
    expect(gauge.cpsLimitOf([limited(5)])).toBeNull();
  });
});
