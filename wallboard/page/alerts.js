// One line per cause, the gravest first, five of them at most until more are asked for.
import { fill, setText, sync } from "./rows.js";

const mostAlerts = 5;
/** A screen has room for fewer. */
const mostOnScreen = 3;

const byId = (id) => document.getElementById(id);
let showsAll = false;

byId("more-alerts").addEventListener("click", () => {
  showsAll = !showsAll;
  byId("more-alerts").dispatchEvent(
    new CustomEvent("again", { bubbles: true }),
  );
});

export function renderAlerts({ alerts }, texts, show, onScreen) {
  const most = onScreen ? mostOnScreen : mostAlerts;
  const shown = showsAll && !onScreen ? alerts : alerts.slice(0, most);
  const items = shown.map((alert) => ({
    key: `${alert.code} ${alert.reasons.join(" ")} ${alert.subjects[0] ?? ""}`,
    kind: alert.severity.toLowerCase(),
    ...wordsOf(alert, texts, show),
  }));
  if (items.length === 0)
    items.push({ key: "none", kind: "none", head: texts.noAlerts, text: "" });
  sync(byId("alerts"), items, "li", (item, row) => {
    row.className = item.kind;
    fill(row, [
      ["strong", item.head],
      ["span", item.text],
      ...(item.detail
        ? [
            ["small", texts.technical],
            ["small", item.detail, "detail", "en"],
          ]
        : []),
    ]);
  });
  const more = byId("more-alerts");
  const left = alerts.length - most;
  more.hidden = left <= 0;
  more.setAttribute("aria-expanded", String(showsAll));
  setText(
    more,
    showsAll && !onScreen
      ? texts.fewerAlerts
      : texts.moreAlerts(show.number(Math.max(0, left))),
  );
}

function wordsOf(alert, texts, show) {
  const { code, figures, until, waitingCampaigns } = alert;
  const names = namesOf(alert, texts, show);
  const isOfShare = figures !== null;
  const head = texts.alertTexts[code]({
    names: isOfShare && names !== "" ? texts.inNames(names) : names,
    many: alert.subjectCount > 1,
    n: show.number(alert.subjectCount),
    part: isOfShare ? show.number(figures.part) : "",
    all: isOfShare ? show.number(figures.all) : "",
    share: isOfShare ? show.share(figures.part, figures.all) : "",
    limit: isOfShare ? show.limit(figures.limit) : "",
  });
  const waiting =
    waitingCampaigns === 0
      ? []
      : [texts.waiting(show.number(waitingCampaigns))];
  return {
    head,
    text: [
      ...alert.reasons.map((reason) => reasonOf(reason, code, texts)),
      ...waiting,
      ...(until === null ? [] : [texts.until(show.moment(until))]),
    ].join("; "),
    detail: alert.detail,
  };
}

function namesOf({ subjects, subjectCount }, texts, show) {
  const names = subjects.join(", ");
  const left = subjectCount - subjects.length;
  return left > 0 ? texts.andMore(names, show.number(left)) : names;
}

/** A text that somebody wrote into a row by hand is shown as it is. */
function reasonOf(reason, code, texts) {
  const words =
    code === "PBX_DOWN"
      ? texts.pbxReasons
      : { ...texts.outcomes, ...texts.trunkReasons, ...texts.reasons };
  return Object.hasOwn(words, reason) ? words[reason] : reason;
}
