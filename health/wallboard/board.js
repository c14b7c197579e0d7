// Fills the page from one snapshot. Only what changed is written, so that a screen reader is not told the same again.
import { drawPlot } from "./plot.js";
import { cells, fill, setText, sync } from "./rows.js";

const byId = (id) => document.getElementById(id);

/** @param board what the stream said last; null, signed out: nothing of it stays on the page */
export function renderBoard(board, texts) {
  if (board === null) return clear();
  const show = formats(texts, board.at);
  setText(byId("clock"), `${texts.asOf} ${show.time(board.at)}`);
  renderAlerts(board, texts, show);
  renderNow(board, texts, show);
  renderPlot(board, texts, show);
  renderRates(board, texts, show);
  renderTrunks(board, texts, show);
  renderCampaigns(board, texts, show);
  setText(
    byId("engine"),
    board.engine === null ? "" : texts.engine(board.engine),
  );
}

function clear() {
  for (const id of [
    "alerts",
    "tiles",
    "states",
    "rates",
    "trunks",
    "campaigns",
  ])
    byId(id).replaceChildren();
  for (const id of ["clock", "engine", "plot-top"]) setText(byId(id), "");
  byId("plot").replaceChildren();
  byId("plot").removeAttribute("aria-label");
}

function formats({ tag }, now) {
  const whole = new Intl.NumberFormat(tag);
  const percent = new Intl.NumberFormat(tag, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  return {
    number: (value) => whole.format(value),
    /** A dash where there is nothing to take a share of. */
    share: (part, all) => (all === 0 ? "–" : percent.format(part / all)),
    time: (iso) =>
      new Date(iso).toLocaleTimeString(tag, { timeStyle: "medium" }),
    /** With the day, unless it is today. */
    moment: (iso) => {
      const moment = new Date(iso);
      const today = moment.toDateString() === new Date(now).toDateString();
      return moment.toLocaleString(tag, {
        ...(today ? {} : { weekday: "short", day: "numeric", month: "short" }),
        hour: "2-digit",
        minute: "2-digit",
      });
    },
  };
}

function renderAlerts({ alerts }, texts, show) {
  const list = byId("alerts");
  const items = alerts.map((alert) => ({
    key: `${alert.code} ${alert.subject}`,
    kind: alert.code === "NOT_DIALLING" ? "warn" : "",
    head: `${alert.subject}: ${texts.alertTexts[alert.code]}`,
    text: [
      ...alert.reasons.map((reason) => texts.reasons[reason] ?? reason),
      ...(alert.until === null ? [] : [texts.until(show.moment(alert.until))]),
    ].join(", "),
  }));
  if (items.length === 0)
    items.push({ key: "none", kind: "none", head: texts.noAlerts, text: "" });
  sync(list, items, "li", (item, row) => {
    row.className = item.kind;
    fill(row, [
      ["strong", item.head],
      ["span", item.text],
    ]);
  });
}

function renderNow(board, texts, show) {
  const live = Object.values(board.states).reduce((sum, n) => sum + n, 0);
  const [, five, thirty] = board.windows;
  const tiles = [
    [texts.liveCalls, show.number(live)],
    [texts.startedNow, show.number(board.perSecond.at(-1))],
    [texts.answered5, show.share(five.answered, five.dialled)],
    [texts.abandoned30, show.share(thirty.abandoned, thirty.people)],
  ].map(([name, value], index) => ({ key: String(index), name, value }));
  sync(byId("tiles"), tiles, "div", ({ name, value }, row) => {
    fill(row, [
      ["dt", name],
      ["dd", value],
    ]);
  });
  const states = Object.keys(texts.callStates)
    .filter((name) => name in board.states)
    .map((key) => ({
      key,
      name: texts.callStates[key],
      value: show.number(board.states[key]),
    }));
  if (states.length === 0)
    states.push({ key: "none", name: texts.noCalls, value: "" });
  sync(byId("states"), states, "li", ({ name, value }, row) => {
    fill(row, [
      ["span", name],
      ["b", value],
    ]);
  });
}

function renderPlot({ perSecond }, texts, show) {
  const svg = byId("plot");
  setText(byId("plot-top"), show.number(drawPlot(svg, perSecond)));
  svg.setAttribute(
    "aria-label",
    texts.plotLabel(
      show.number(perSecond.at(-1)),
      show.number(Math.max(...perSecond)),
    ),
  );
}

function renderRates({ windows }, texts, show) {
  const rows = windows.map((window) => ({ key: window.minutes, ...window }));
  sync(byId("rates"), rows, "tr", (window, row) => {
    cells(row, [
      [null, [["", texts.minutes(window.minutes)]]],
      [texts.ended, [["", show.number(window.dialled)]]],
      [
        texts.answerRate,
        [["number", show.share(window.answered, window.dialled)]],
      ],
      [
        texts.abandonRate,
        [["number", show.share(window.abandoned, window.people)]],
      ],
    ]);
  });
}

function renderTrunks({ trunks, engine }, texts, show) {
  byId("own-calls").hidden = engine !== null;
  const rows = trunks.map((trunk) => ({ key: trunk.id, ...trunk }));
  sync(byId("trunks"), rows, "tr", (trunk, row) => {
    const health = !trunk.isActive
      ? "inactive"
      : trunk.disabledUntil !== null
        ? "disabled"
        : trunk.health;
    const kind = { HEALTHY: "good", inactive: "" }[health] ?? "bad";
    const { sentLastSecond, cpsLimit, liveChannels, maxChannels } = trunk;
    cells(row, [
      [
        null,
        [
          ["", trunk.name],
          ["small", trunk.voiceNode],
        ],
      ],
      [texts.health, [[kind, texts.healths[health] ?? health]]],
      [
        texts.cps,
        [
          [
            "figure",
            texts.of(show.number(sentLastSecond), show.number(cpsLimit)),
          ],
        ],
        (100 * sentLastSecond) / cpsLimit,
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
}

function renderCampaigns({ campaigns }, texts, show) {
  byId("no-campaigns").hidden = campaigns.length > 0;
  const rows = campaigns.map((campaign) => ({ key: campaign.id, ...campaign }));
  sync(byId("campaigns"), rows, "tr", (campaign, row) => {
    const { progress, lastHour } = campaign;
    const live = Object.values(campaign.liveCalls).reduce((a, b) => a + b, 0);
    cells(row, [
      [
        null,
        [
          ["", campaign.name],
          ["small", texts.statuses[campaign.status] ?? campaign.status],
        ],
      ],
      progress === null
        ? [texts.progress, [["small", texts.counting]]]
        : [
            texts.progress,
            [
              ["", show.share(progress.percentDone, 100)],
              ["small", texts.leads(show.number(progress.leads))],
            ],
            progress.percentDone,
          ],
      [
        texts.live,
        [
          [
            "figure",
            texts.of(
              show.number(live),
              show.number(campaign.maxConcurrentCalls),
            ),
          ],
        ],
      ],
      [
        texts.hour,
        [
          [
            "",
            texts.rate(
              show.share(lastHour.answered, lastHour.dialled),
              show.share(lastHour.abandoned, lastHour.people),
            ),
          ],
          ["small", texts.dialled(show.number(lastHour.dialled))],
        ],
      ],
      [texts.blockers, blockersOf(campaign, texts, show)],
    ]);
  });
}

function blockersOf({ blockers, pauseReason, status }, texts, show) {
  const told = blockers.map(({ reason, count, nextAt }) => [
    reason === pauseReason && status === "PAUSED" ? "bad line" : "line",
    [
      texts.reasons[reason] ?? reason,
      count > 1 ? ` (${show.number(count)})` : "",
      nextAt === null ? "" : `, ${texts.until(show.moment(nextAt))}`,
    ].join(""),
  ]);
  return told.length === 0 ? [["small", texts.noBlockers]] : told;
}
