// Campaigns as a table that can be compared: sorted, searched, stopped ones folded away.
import { abandonPart } from "./figures.js";
import { sum } from "./format.js";
import { cells, setText, sync } from "./rows.js";

const byId = (id) => document.getElementById(id);
/** Further rows are drawn on request. */
const mostRows = 100;
const rowsOnScreen = 5;

const view = {
  /** Of the columns with figures, or null: as the engine orders them. */
  sort: null,
  descending: true,
  search: "",
  period: "hour",
  showsStopped: false,
  showsAll: false,
  /** Of a screen: which page of campaigns it shows. */
  page: 0,
  pages: 1,
  /** Every PBX is away: nothing is dialled, whatever a campaign's status. */
  isBlind: false,
};

/** What each column is sorted by. Text ascends first, figures descend. */
const sortKeys = {
  name: (campaign) => campaign.name.toLocaleLowerCase(),
  status: (campaign) => orderOfStatus(campaign),
  live: (campaign) => liveOf(campaign),
  calls: (campaign) => countsOf(campaign).dialled,
  contacts: (campaign) => countsOf(campaign).people,
  answered: (campaign) => shareOf(campaign, "answered", "dialled"),
  abandoned: (campaign) => shareOf(campaign, "abandoned", "people"),
  progress: (campaign) => campaign.progress?.percentDone ?? -1,
};
const ascendsFirst = new Set(["name", "status"]);

const again = (element) =>
  element.dispatchEvent(new CustomEvent("again", { bubbles: true }));

for (const button of document.querySelectorAll("[data-sort]"))
  button.addEventListener("click", () => {
    const { sort } = button.dataset;
    if (view.sort === sort) view.descending = !view.descending;
    else view.descending = !ascendsFirst.has(sort);
    view.sort = sort;
    again(button);
  });
for (const button of document.querySelectorAll("[data-period]"))
  button.addEventListener("click", () => {
    view.period = button.dataset.period;
    again(button);
  });
byId("search").addEventListener("input", () => {
  view.search = byId("search").value.trim().toLocaleLowerCase();
  again(byId("search"));
});
byId("stopped").addEventListener("click", () => {
  view.showsStopped = !view.showsStopped;
  again(byId("stopped"));
});
byId("show-all").addEventListener("click", () => {
  view.showsAll = true;
  again(byId("show-all"));
});

/** A screen goes on to its next page. */
export function turnPage() {
  view.page += 1;
}

export function renderCampaigns(board, texts, show, onScreen) {
  const { campaigns, nodes, awayNodes } = board;
  view.isBlind = nodes.length > 0 && awayNodes.length === nodes.length;
  const found = campaigns.filter(
    ({ name }) => onScreen || name.toLocaleLowerCase().includes(view.search),
  );
  const running = found.filter((campaign) => !isStopped(campaign));
  const stopped = found.filter(isStopped);
  // A search finds campaigns in any state.
  const unfolded = view.showsStopped || view.search !== "";
  const wanted = onScreen
    ? pageOf(running)
    : sorted(unfolded ? [...running, ...stopped] : running);
  const shown = view.showsAll || onScreen ? wanted : wanted.slice(0, mostRows);
  drawRows(shown, texts, show);
  drawControls(board, { found, stopped, wanted, shown }, texts, show, onScreen);
}

/** A screen shows so many at a time, one page after the other. */
function pageOf(campaigns) {
  const pages = Math.max(1, Math.ceil(campaigns.length / rowsOnScreen));
  view.page %= pages;
  view.pages = pages;
  const from = view.page * rowsOnScreen;
  return campaigns.slice(from, from + rowsOnScreen);
}

function sorted(campaigns) {
  if (view.sort === null) return campaigns;
  const keyOf = sortKeys[view.sort];
  const sign = view.descending ? -1 : 1;
  return campaigns
    .map((campaign) => ({ campaign, key: keyOf(campaign) }))
    .toSorted((a, b) =>
      typeof a.key === "string"
        ? sign * a.key.localeCompare(b.key)
        : sign * (a.key - b.key),
    )
    .map(({ campaign }) => campaign);
}

function drawControls(board, found, texts, show, onScreen) {
  const isEmpty = board.campaigns.length === 0;
  byId("empty").hidden = !isEmpty;
  byId("campaign-table").hidden = isEmpty;
  byId("campaign-tools").hidden = isEmpty || onScreen;
  byId("not-found").hidden = isEmpty || found.found.length > 0;
  byId("more-campaigns").hidden = !board.hasMoreCampaigns || onScreen;
  setText(
    byId("page"),
    onScreen && view.pages > 1
      ? texts.page(show.number(view.page + 1), show.number(view.pages))
      : "",
  );
  const stopped = byId("stopped");
  stopped.hidden = found.stopped.length === 0 || view.search !== "" || onScreen;
  stopped.setAttribute("aria-expanded", String(view.showsStopped));
  setText(stopped, texts.stopped(show.number(found.stopped.length)));
  const all = byId("show-all");
  all.hidden = found.shown.length === found.wanted.length || onScreen;
  setText(all, texts.showAll(show.number(found.wanted.length)));
  drawHeads(texts);
  for (const button of document.querySelectorAll("[data-period]"))
    button.setAttribute(
      "aria-pressed",
      String(button.dataset.period === view.period),
    );
}

function drawHeads(texts) {
  for (const button of document.querySelectorAll("[data-sort]")) {
    const { sort } = button.dataset;
    const head = button.closest("th");
    const order = view.descending ? "descending" : "ascending";
    if (view.sort === sort) head.setAttribute("aria-sort", order);
    else head.removeAttribute("aria-sort");
    button.title = texts.sortBy(button.textContent);
  }
}

function drawRows(campaigns, texts, show) {
  const rows = campaigns.map((campaign) => ({ key: campaign.id, ...campaign }));
  sync(byId("campaigns"), rows, "tr", (campaign, row) => {
    const { name, maxConcurrentCalls } = campaign;
    const counts = countsOf(campaign);
    const [status, kind] = statusOf(campaign);
    const live = show.number(liveOf(campaign));
    cells(row, [
      [null, [["open", name, { campaign: campaign.id }]]],
      [texts.status, [[`badge ${kind}`, texts.statuses[status] ?? status]]],
      [
        texts.live,
        [["figure", texts.of(live, show.number(maxConcurrentCalls))]],
      ],
      [texts.calls, [["figure", show.number(counts.dialled)]]],
      [texts.contacts, [["figure", show.number(counts.people)]]],
      [
        texts.answered,
        [["figure number", show.share(counts.answered, counts.dialled)]],
      ],
      [texts.abandoned, [abandonPart(counts, texts, show)]],
      progressCell(campaign, texts, show),
      [texts.blockers, blockersOf(campaign, texts, show)],
    ]);
  });
}

function progressCell({ progress }, texts, show) {
  if (progress === null) return [texts.progress, [["small", texts.counting]]];
  return [
    texts.progress,
    [
      ["figure", show.share(progress.percentDone, 100)],
      ["small", texts.leads(show.number(progress.leads))],
    ],
    progress.percentDone,
  ];
}

const liveOf = ({ liveCalls }) => sum(Object.values(liveCalls));
const countsOf = (campaign) =>
  view.period === "day" ? campaign.day : campaign.lastHour;

function shareOf(campaign, part, all) {
  const counts = countsOf(campaign);
  return counts[all] === 0 ? -1 : counts[part] / counts[all];
}

const isBraked = ({ status, pauseReason }) =>
  status === "PAUSED" && pauseReason !== null;
/** Campaigns that wait for a person, or have calls, are not folded away. */
const isStopped = (campaign) =>
  campaign.status !== "ACTIVE" && liveOf(campaign) === 0 && !isBraked(campaign);

/** The word and the colour of a campaign's state: not green while it does not dial. */
function statusOf(campaign) {
  const { status, isHeld } = campaign;
  if (isBraked(campaign)) return ["BRAKED", "bad"];
  if (status !== "ACTIVE") return [status, status === "PAUSED" ? "warn" : ""];
  if (isHeld) return ["WAITING", "bad"];
  return view.isBlind ? ["WAITING", "warn"] : ["ACTIVE", "good"];
}

function orderOfStatus(campaign) {
  const [status] = statusOf(campaign);
  return [
    "BRAKED",
    "WAITING",
    "ACTIVE",
    "PAUSED",
    "DRAFT",
    "COMPLETED",
    "CANCELLED",
  ].indexOf(status);
}

function blockersOf({ blockers, pauseReason, status }, texts, show) {
  const told = blockers
    .filter(({ reason }) => reason !== "NOT_ACTIVE")
    .map(({ reason, count, nextAt }) => [
      reason === pauseReason && status === "PAUSED" ? "bad line" : "line",
      [
        texts.reasons[reason] ?? reason,
        count > 1 ? ` (${show.number(count)})` : "",
        nextAt === null ? "" : `, ${texts.until(show.moment(nextAt))}`,
      ].join(""),
    ]);
  if (told.length > 0) return told;
  if (status === "PAUSED") return [["small", texts.byHand]];
  return [["small", status === "ACTIVE" ? texts.noBlockers : "–"]];
}
