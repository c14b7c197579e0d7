// Fills the page from one picture. Only changes are written, so that a screen reader does not repeat the rest.
import { renderAlerts } from "./alerts.js";
import { renderCampaigns } from "./campaigns.js";
import { closeDetails, renderDetail } from "./detail.js";
import { renderEngine, renderRates, renderTiles } from "./figures.js";
import { formats } from "./format.js";
import { clearPlots, renderPlots } from "./plots.js";
import { setText } from "./rows.js";
import { renderTrunks } from "./trunks.js";

const byId = (id) => document.getElementById(id);

/**
 * @param board the stream's last picture; null, signed out: nothing of it stays on the page
 * @param onScreen the page is shown on a wall, where nobody scrolls or clicks
 */
export function renderBoard(board, texts, onScreen) {
  if (board === null) return clear();
  const show = formats(texts, board.at);
  setText(byId("clock"), `${texts.asOf} ${show.time(board.at)}`);
  renderAlerts(board, texts, show, onScreen);
  renderTiles(board, texts, show);
  renderPlots(board, texts, show, onScreen);
  renderRates(board, texts, show);
  renderTrunks(board, texts, show, onScreen);
  renderCampaigns(board, texts, show, onScreen);
  renderDetail(texts, show);
  renderEngine(board, texts);
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
  for (const id of ["clock", "engine", "page", "more-trunks"])
    setText(byId(id), "");
  byId("search").value = "";
  closeDetails();
  clearPlots();
}
