// One campaign's day: calls over time, by hour, and what became of them.
import { sum } from "./format.js";
import { Plot } from "./plot.js";
import { drawSeries } from "./plots.js";
import { cells, setText, sync } from "./rows.js";

const byId = (id) => document.getElementById(id);
const againMs = 15_000;
const quarterMs = 15 * 60_000;

const dialog = byId("detail");
const plot = new Plot(byId("detail-plot"));
const state = { id: null, name: "", day: null, trouble: false, timer: null };
let ask = () => Promise.reject(new Error("not signed in"));

/** @param read gives a campaign's day by its id, and throws where it cannot be had */
export function openDetails(read) {
  ask = read;
  byId("campaigns").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-campaign]");
    if (button === null) return;
    Object.assign(state, {
      id: button.dataset.campaign,
      name: button.textContent,
      day: null,
      trouble: false,
    });
    dialog.showModal();
    again();
    void load();
  });
  byId("close-detail").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    clearTimeout(state.timer);
    state.id = null;
    clear();
  });
}

export function closeDetails() {
  if (dialog.open) dialog.close();
}

const again = () =>
  dialog.dispatchEvent(new CustomEvent("again", { bubbles: true }));

async function load() {
  clearTimeout(state.timer);
  const { id } = state;
  try {
    const day = await ask(id);
    if (state.id !== id) return;
    Object.assign(state, { day, trouble: false });
  } catch {
    if (state.id !== id) return;
    state.trouble = true;
  }
  state.timer = setTimeout(() => void load(), againMs);
  again();
}

export function renderDetail(texts, show) {
  if (state.id === null) return;
  const { day, trouble, name } = state;
  setText(byId("detail-title"), name);
  const calls = day === null ? 0 : sum(day.series.counts.map(([n]) => n));
  setText(byId("detail-note"), noteOf(day, trouble, calls, texts, show));
  byId("detail-body").hidden = day === null || calls === 0;
  if (day === null || calls === 0) return;
  const [from, to] = drawSeries(
    plot,
    day.series,
    texts,
    show,
    texts.plotTitles.day,
  );
  setText(byId("detail-from"), from);
  setText(byId("detail-to"), to);
  renderOutcomes(day, texts, show);
  renderHours(day, texts, show);
}

function noteOf(day, trouble, calls, texts, show) {
  if (trouble) return texts.detailLost;
  if (day === null) return texts.loading;
  if (day.hoursRead < 24) return texts.partly(show.number(day.hoursRead));
  return calls === 0 ? texts.noDay : "";
}

function renderOutcomes({ outcomes }, texts, show) {
  const all = sum(Object.values(outcomes));
  const rows = Object.entries(outcomes)
    .toSorted(([, a], [, b]) => b - a)
    .map(([key, calls]) => ({ key, calls }));
  sync(byId("outcomes"), rows, "tr", ({ key, calls }, row) => {
    cells(row, [
      [null, [["", texts.outcomes[key] ?? key]]],
      [texts.calls, [["figure", show.number(calls)]]],
      [texts.share, [["figure", show.share(calls, all)]], (100 * calls) / all],
    ]);
  });
}

/** By the hours of the viewer's clock; an hour without a call is left out. */
function renderHours({ series }, texts, show) {
  const startMs = Date.parse(series.from);
  const hours = new Map();
  for (const [index, counts] of series.counts.entries()) {
    const at = new Date(startMs + index * quarterMs);
    at.setMinutes(0, 0, 0);
    const known = hours.get(at.getTime()) ?? [0, 0, 0, 0];
    hours.set(
      at.getTime(),
      known.map((count, n) => count + counts[n]),
    );
  }
  const rows = [...hours]
    .filter(([, [dialled]]) => dialled > 0)
    .map(([key, counts]) => ({ key, counts }));
  sync(byId("hours"), rows, "tr", ({ key, counts }, row) => {
    const [dialled, answered, people, abandoned] = counts;
    cells(row, [
      [null, [["", show.clock(key)]]],
      [texts.calls, [["figure", show.number(dialled)]]],
      [
        texts.answered,
        [["figure", show.share(answered, dialled)]],
        (100 * answered) / dialled,
      ],
      [
        texts.abandoned,
        [["figure", texts.nOfM(show.number(abandoned), show.number(people))]],
      ],
    ]);
  });
}

function clear() {
  for (const id of ["outcomes", "hours"]) byId(id).replaceChildren();
  for (const id of ["detail-title", "detail-note", "detail-from", "detail-to"])
    setText(byId(id), "");
  state.day = null;
  plot.clear();
}
