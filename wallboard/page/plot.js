// Plots of steps over time: the first series as an area, the second before it, a limit as a line across, and a cursor that
// mouse, finger and arrow keys move.
import { setText } from "./rows.js";

const namespace = "http://www.w3.org/2000/svg";
const height = 40;

/** The next round number at or above the highest value, so that the scale does not jump with every call. */
export function topOf(values) {
  const highest = Math.max(1, ...values);
  const scale = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 4, 5, 8, 10].find((step) => step * scale >= highest) * scale;
}

/** The outline of `values`, one unit wide each, as an SVG path that is closed along the bottom. */
function areaOf(values, top) {
  const steps = values.map((value, index) => {
    const y = height - (Math.min(value, top) / top) * height;
    return `L${index} ${y}H${index + 1}`;
  });
  return `M0 ${height}${steps.join("")}V${height}Z`;
}

/**
 * @param root holds an svg, and elements of the classes top, cursor and tip
 */
export class Plot {
  #root;
  #svg;
  /** What was drawn last: its series, and words for one place in it. */
  #drawn = null;
  /** How many steps before the last one the cursor stands, or null. It keeps its distance while time goes on. */
  #ago = null;

  constructor(root) {
    this.#root = root;
    this.#svg = root.querySelector("svg");
    root.addEventListener("pointermove", (event) => this.#point(event));
    root.addEventListener("pointerdown", (event) => this.#point(event));
    root.addEventListener("pointerleave", (event) => {
      // When a finger is lifted, the cursor stays.
      if (event.pointerType === "mouse") this.#move(null);
    });
    root.addEventListener("keydown", (event) => this.#press(event));
    root.addEventListener("blur", () => this.#move(null));
  }

  /** @param drawn {series: [values, …], limit: number or null, label, words(index), number(value)} */
  draw(drawn) {
    this.#drawn = drawn;
    const [first, second] = drawn.series;
    const top = topOf([...first, drawn.limit ?? 0]);
    this.#svg.setAttribute("viewBox", `0 0 ${first.length} ${height}`);
    this.#path("grid", `M0 ${height / 2}H${first.length}M0 0H${first.length}`);
    this.#path("area", areaOf(first, top));
    this.#path("second", second === undefined ? "" : areaOf(second, top));
    const at = height - ((drawn.limit ?? 0) / top) * height;
    this.#path("limit", drawn.limit === null ? "" : `M0 ${at}H${first.length}`);
    setText(this.#root.querySelector(".top"), drawn.number(top));
    this.#root.setAttribute("aria-label", drawn.label);
    this.#root.setAttribute("aria-valuemin", "0");
    this.#root.setAttribute("aria-valuemax", String(first.length - 1));
    this.#showCursor();
  }

  clear() {
    this.#drawn = null;
    this.#ago = null;
    this.#svg.replaceChildren();
    setText(this.#root.querySelector(".top"), "");
    this.#root.querySelector(".cursor").hidden = true;
    setText(this.#root.querySelector(".tip"), "");
    for (const name of ["label", "valuenow", "valuetext"])
      this.#root.removeAttribute(`aria-${name}`);
  }

  #path(name, d) {
    let path = this.#svg.querySelector(`.${name}`);
    if (path === null) {
      path = document.createElementNS(namespace, "path");
      path.setAttribute("class", name);
      this.#svg.append(path);
    }
    path.setAttribute("d", d);
  }

  #point({ clientX }) {
    if (this.#drawn === null) return;
    const { left, width } = this.#svg.getBoundingClientRect();
    const steps = this.#drawn.series[0].length;
    const index = Math.floor(((clientX - left) / width) * steps);
    this.#move(steps - 1 - Math.max(0, Math.min(steps - 1, index)));
  }

  #press(event) {
    if (this.#drawn === null) return;
    const last = this.#drawn.series[0].length - 1;
    const ago = this.#ago ?? 0;
    const to = {
      ArrowLeft: ago + 1,
      ArrowDown: ago + 1,
      ArrowRight: ago - 1,
      ArrowUp: ago - 1,
      PageUp: ago - 10,
      PageDown: ago + 10,
      Home: last,
      End: 0,
      Escape: null,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#move(to === null ? null : Math.max(0, Math.min(last, to)));
  }

  #move(ago) {
    this.#ago = ago;
    this.#showCursor();
  }

  #showCursor() {
    const cursor = this.#root.querySelector(".cursor");
    const tip = this.#root.querySelector(".tip");
    if (this.#drawn === null) return;
    const steps = this.#drawn.series[0].length;
    const index = steps - 1 - Math.min(this.#ago ?? 0, steps - 1);
    const words = this.#drawn.words(index);
    this.#root.setAttribute("aria-valuenow", String(index));
    this.#root.setAttribute("aria-valuetext", words);
    cursor.hidden = this.#ago === null;
    setText(tip, this.#ago === null ? "" : words);
    const at = (100 * (index + 0.5)) / steps;
    cursor.style.setProperty("--at", at.toFixed(2));
    tip.style.setProperty("--at", at.toFixed(2));
    tip.classList.toggle("left", at > 50);
  }
}
