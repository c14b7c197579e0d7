// Calls started per second as an area of steps, drawn with SVG.

const namespace = "http://www.w3.org/2000/svg";
const height = 40;

/** The next round number at or above the highest value, so that the scale does not jump with every call. */
export function topOf(values) {
  const highest = Math.max(1, ...values);
  const scale = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 4, 5, 8, 10].find((step) => step * scale >= highest) * scale;
}

/** Draws `values`, oldest first, one unit wide each. */
export function drawPlot(svg, values) {
  const top = topOf(values);
  const steps = values.map((value, second) => {
    const y = height - (value / top) * height;
    return `L${second} ${y}H${second + 1}`;
  });
  svg.setAttribute("viewBox", `0 0 ${values.length} ${height}`);
  part(svg, "grid").setAttribute(
    "d",
    `M0 ${height / 2}H${values.length}M0 0H${values.length}`,
  );
  part(svg, "area").setAttribute(
    "d",
    `M0 ${height}${steps.join("")}V${height}Z`,
  );
  return top;
}

function part(svg, name) {
  let path = svg.querySelector(`.${name}`);
  if (path === null) {
    path = document.createElementNS(namespace, "path");
    path.setAttribute("class", name);
    svg.append(path);
  }
  return path;
}
