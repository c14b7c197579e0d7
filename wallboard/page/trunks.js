// Trunks with their state, calls per second and channels.
import { cells, setText, sync } from "./rows.js";

const byId = (id) => document.getElementById(id);
const mostOnScreen = 4;

export function renderTrunks(
  { trunks, engine, cpsLimit },
  texts,
  show,
  onScreen,
) {
  byId("own-calls").hidden = engine !== null || cpsLimit !== null || onScreen;
  byId("no-trunks").hidden = trunks.length > 0;
  const ordered = onScreen
    ? trunks.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostOnScreen)
    : trunks;
  const rows = ordered.map((trunk) => ({ key: trunk.id, ...trunk }));
  sync(byId("trunks"), rows, "tr", (trunk, row) => {
    const [health, kind] = stateOf(trunk);
    const {
      callsPerSecond,
      cpsLimit: limit,
      liveChannels,
      maxChannels,
    } = trunk;
    row.classList.toggle("stale", !trunk.isReachable);
    cells(row, [
      [
        null,
        [
          ["", trunk.name],
          ["small", trunk.voiceNode],
        ],
      ],
      [texts.health, [[`badge ${kind}`, texts.healths[health] ?? health]]],
      [
        texts.callsPerSecond,
        [["figure", texts.of(show.number(callsPerSecond), show.number(limit))]],
        (100 * callsPerSecond) / limit,
      ],
      [
        texts.channels,
        [
          [
            "figure",
            texts.of(show.number(liveChannels), show.number(maxChannels)),
          ],
        ],
        (100 * liveChannels) / maxChannels,
      ],
    ]);
  });
  const left = trunks.length - rows.length;
  setText(
    byId("more-trunks"),
    left > 0 ? texts.moreTrunks(show.number(left)) : "",
  );
}

/** Faults come first where there is little room. */
function rank(trunk) {
  const order = { bad: 0, warn: 1, good: 2, "": 3 };
  return order[stateOf(trunk)[1]];
}

/** Nothing is green while its state is not known. */
function stateOf(trunk) {
  if (!trunk.isActive) return ["inactive", ""];
  if (!trunk.isReachable) return ["unreachable", "bad"];
  if (trunk.disabledUntil !== null) return ["disabled", "bad"];
  if (trunk.health === "HEALTHY")
    return trunk.fullForSeconds > 0 ? ["full", "warn"] : ["HEALTHY", "good"];
  return [trunk.health, trunk.health === "DEGRADED" ? "warn" : "bad"];
}
