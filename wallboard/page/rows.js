// Elements that are kept and changed in place: rows of tables, items of lists, their cells.

/** Makes `parent` hold one element per item, in order, and keeps those that are there, and the focus in them. */
export function sync(parent, items, tag, update) {
  const known = new Map(
    [...parent.children].map((child) => [child.dataset.key, child]),
  );
  const focused = parent.contains(document.activeElement)
    ? document.activeElement
    : null;
  let before = parent.firstElementChild;
  for (const item of items) {
    const key = String(item.key);
    let element = known.get(key);
    known.delete(key);
    if (element === undefined) {
      element = document.createElement(tag);
      element.dataset.key = key;
      if (tag === "tr") element.setAttribute("role", "row");
    }
    update(item, element);
    if (element === before) before = before.nextElementSibling;
    else parent.insertBefore(element, before);
  }
  for (const element of known.values()) element.remove();
  // An element that was moved has lost it.
  if (focused?.isConnected && document.activeElement !== focused)
    focused.focus({ preventScroll: true });
}

/** One cell per [label, parts, share of a bar in percent?]; the first is the row's header. */
export function cells(row, contents) {
  for (const [index, [label, parts, share]] of contents.entries()) {
    let cell = row.children[index];
    if (cell === undefined) {
      cell = document.createElement(index === 0 ? "th" : "td");
      if (index === 0) cell.scope = "row";
      cell.setAttribute("role", index === 0 ? "rowheader" : "cell");
      row.append(cell);
    }
    if (label !== null && cell.dataset.label !== label)
      cell.dataset.label = label;
    let [box, bar] = cell.children;
    if (box === undefined) {
      box = document.createElement("div");
      cell.append(box);
    }
    fill(
      box,
      parts.map(([kind, text, data]) =>
        data === undefined
          ? ["span", text, kind]
          : ["button", text, kind, undefined, data],
      ),
    );
    if (share === undefined) bar?.remove();
    else setBar(bar ?? cell.appendChild(document.createElement("span")), share);
  }
}

function setBar(bar, share) {
  if (bar.firstChild === null) {
    bar.className = "bar";
    bar.ariaHidden = "true";
    bar.append(document.createElement("i"));
  }
  const percent = Math.max(0, Math.min(100, share));
  bar.firstChild.style.setProperty("--share", percent.toFixed(1));
}

/** Children by [tag, text, class?, language?, data?]. */
export function fill(parent, contents) {
  for (const [index, content] of contents.entries()) {
    const [tag, text, kind = "", lang = "", data = {}] = content;
    let child = parent.children[index];
    if (child?.localName !== tag) {
      const fresh = document.createElement(tag);
      if (tag === "button") fresh.type = "button";
      if (child === undefined) parent.append(fresh);
      else child.replaceWith(fresh);
      child = fresh;
    }
    if (child.className !== kind) child.className = kind;
    if (child.lang !== lang) child.lang = lang;
    Object.assign(child.dataset, data);
    setText(child, text);
  }
  while (parent.children.length > contents.length) parent.lastChild.remove();
}

/** Writes a text only if it has changed, so that a screen reader does not repeat it. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
