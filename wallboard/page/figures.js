// The figures that come first, calls by state, and the table of shares.
import { cells, fill, setText, sync } from "./rows.js";
import { sum } from "./format.js";

const byId = (id) => document.getElementById(id);

/** The abandon rate is the first: it has a limit by law. */
export function renderTiles(board, texts, show) {
  const five = board.windows.find(({ minutes }) => minutes === 5);
  const live = sum(Object.values(board.states));
  const tiles = [
    abandonTile(board, texts, show),
    {
      key: "answered",
      name: `${texts.answered}, ${texts.minutes(5)}`,
      value: show.share(five.answered, five.dialled),
      notes: [
        texts.nOfM(show.number(five.answered), show.number(five.dialled)),
      ],
    },
    {
      key: "cps",
      name: texts.callsPerSecond,
      value: show.number(board.callsPerSecond),
      notes:
        board.cpsLimit === null
          ? []
          : [texts.ofLimit(show.number(board.cpsLimit))],
    },
    {
      key: "live",
      name: texts.liveCalls,
      value: show.number(live),
      notes: [],
    },
  ];
  sync(byId("tiles"), tiles, "div", ({ name, value, notes, level }, row) => {
    row.className = level === undefined ? "tile" : `tile level-${level}`;
    fill(row, [
      ["dt", name],
      ["dd", value, "value"],
      ...notes.map((note) => ["dd", note, "small"]),
    ]);
  });
  renderStates(board, texts, show);
}

function abandonTile({ abandonPolicy, day, windows }, texts, show) {
  const hour = windows.at(-1);
  const enough = day.abandonLevel !== "FEW";
  const counts = texts.nOfM(
    show.number(day.abandoned),
    show.number(day.people),
  );
  const hourShare =
    hour.abandonLevel === "FEW"
      ? texts.nOfM(show.number(hour.abandoned), show.number(hour.people))
      : show.share(hour.abandoned, hour.people);
  return {
    key: "abandoned",
    level: day.abandonLevel.toLowerCase(),
    name: `${texts.abandoned}, ${texts.lastDay}`,
    value: enough ? show.share(day.abandoned, day.people) : counts,
    notes: [
      enough && day.people > 0
        ? `${texts.levels[day.abandonLevel]}: ${counts}`
        : texts.levels[day.abandonLevel],
      texts.hourIs(hourShare),
      texts.aim(
        show.limit(abandonPolicy.target),
        show.limit(abandonPolicy.cap),
      ),
      ...(day.hoursRead < 24 ? [texts.partly(show.number(day.hoursRead))] : []),
    ],
  };
}

function renderStates({ states: counts }, texts, show) {
  const states = Object.keys(texts.callStates)
    .filter((name) => name in counts)
    .map((key) => ({
      key,
      name: texts.callStates[key],
      value: show.number(counts[key]),
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

export function renderRates({ windows, day }, texts, show) {
  const rows = [
    ...windows.map((counts) => ({
      key: counts.minutes,
      span: texts.minutes(counts.minutes),
      ...counts,
    })),
    { key: "day", span: texts.hours(24), ...day },
  ];
  sync(byId("rates"), rows, "tr", (counts, row) => {
    cells(row, [
      [null, [["", counts.span]]],
      [texts.calls, [["", show.number(counts.dialled)]]],
      [
        texts.answered,
        [["number", show.share(counts.answered, counts.dialled)]],
      ],
      [texts.contacts, [["", show.number(counts.people)]]],
      [texts.abandoned, [abandonPart(counts, texts, show)]],
    ]);
  });
}

/** Too few are shown as "n of m", without a colour. */
export function abandonPart({ people, abandoned, abandonLevel }, texts, show) {
  if (abandonLevel === "FEW")
    return ["", texts.nOfM(show.number(abandoned), show.number(people))];
  return [
    `number level-${abandonLevel.toLowerCase()}`,
    show.share(abandoned, people),
  ];
}

export function renderEngine({ engine }, texts) {
  setText(byId("engine"), engine === null ? "" : texts.engine(engine));
}
