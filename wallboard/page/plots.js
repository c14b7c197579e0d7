// The board's plot: two minutes of calls per second, an hour by minutes, or a day by quarters of an hour.
import { Plot } from "./plot.js";
import { setText } from "./rows.js";

const byId = (id) => document.getElementById(id);
const minuteMs = 60_000;

const plot = new Plot(byId("plot"));
let span = "hour";

for (const button of document.querySelectorAll("[data-span]"))
  button.addEventListener("click", () => {
    span = button.dataset.span;
    button.dispatchEvent(new CustomEvent("again", { bubbles: true }));
  });

export function renderPlots(board, texts, show, onScreen) {
  const chosen = onScreen ? "hour" : span;
  for (const button of document.querySelectorAll("[data-span]"))
    button.setAttribute("aria-pressed", String(button.dataset.span === chosen));
  setText(byId("plot-title"), texts.plotTitles[chosen]);
  byId("plot-legend").hidden = chosen === "seconds";
  byId("limit-legend").hidden = chosen !== "seconds" || board.cpsLimit === null;
  const [from, to] =
    chosen === "seconds"
      ? drawSeconds(board, texts, show)
      : drawSeries(
          plot,
          chosen === "hour" ? board.hourSeries : board.daySeries,
          texts,
          show,
          texts.plotTitles[chosen],
        );
  setText(byId("plot-from"), from);
  setText(byId("plot-to"), to);
}

export function clearPlots() {
  plot.clear();
  for (const id of ["plot-from", "plot-to", "plot-title"])
    setText(byId(id), "");
}

function drawSeconds({ perSecond, cpsLimit }, texts, show) {
  const agoOf = (index) =>
    index === perSecond.length - 1
      ? texts.nowShort
      : texts.secondsAgo(show.number(perSecond.length - 1 - index));
  plot.draw({
    series: [perSecond],
    limit: cpsLimit,
    label: `${texts.plotTitles.seconds}. ${texts.plotHelp}`,
    number: show.number,
    words: (index) =>
      [
        `${agoOf(index)}: ${show.number(perSecond[index])}`,
        ...(cpsLimit === null ? [] : [texts.ofLimit(show.number(cpsLimit))]),
      ].join(", "),
  });
  return [agoOf(0), texts.nowShort];
}

/** Draws calls and those of them that were answered. @returns the words for both ends of the axis */
export function drawSeries(into, series, texts, show, title) {
  const { counts, stepMinutes } = series;
  const startMs = Date.parse(series.from);
  const beginOf = (index) =>
    show.clock(startMs + index * stepMinutes * minuteMs);
  into.draw({
    series: [
      counts.map(([dialled]) => dialled),
      counts.map(([, answered]) => answered),
    ],
    limit: null,
    label: `${title}. ${texts.plotHelp}`,
    number: show.number,
    words: (index) => {
      const [dialled, answered, people, abandoned] = counts[index];
      return [
        `${beginOf(index)}: ${texts.calls} ${show.number(dialled)}`,
        `${texts.answered} ${show.number(answered)} (${show.share(answered, dialled)})`,
        `${texts.abandoned} ${texts.nOfM(show.number(abandoned), show.number(people))}`,
      ].join(", ");
    },
  });
  return [beginOf(0), texts.nowShort];
}
