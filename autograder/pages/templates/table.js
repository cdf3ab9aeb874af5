"use strict";
// Sorts and filters the page's own tables. Text from submissions is compared and never interpreted.

const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function valueOf(row, column, kind) {
  const cell = row.cells[column];
  return kind === "number" ? Number(cell.dataset.value) : cell.textContent.trim();
}

function sort(table, header) {
  const { sort: kind } = header.dataset;
  const down = header.getAttribute("aria-sort") === "ascending" || (kind === "number" && header.getAttribute("aria-sort") === "none");
  const column = header.cellIndex;
  for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows];
  const compare = kind === "number" ? (a, b) => a - b : order.compare;
  rows.sort((a, b) => (down ? -1 : 1) * compare(valueOf(a, column, kind), valueOf(b, column, kind)));
  table.tBodies[0].append(...rows);
}

function filter(controls, table) {
  const wanted = controls.querySelector("[data-filter]").value.trim().toLowerCase();
  const state = controls.querySelector("[data-state]")?.value ?? "";
  const rows = [...table.tBodies[0].rows];
  for (const row of rows) {
    const fits = !state || row.dataset.is.split(" ").includes(state);
    row.hidden = !fits || !row.dataset.words.toLowerCase().includes(wanted);
  }
  const shown = rows.filter((row) => !row.hidden).length;
  controls.querySelector("[data-shown]").textContent = `${shown} of ${rows.length} shown`;
}

for (const controls of document.querySelectorAll("[data-controls]")) {
  const table = document.getElementById(controls.dataset.controls);
  for (const header of table.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    header.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sort(table, header));
  }
  controls.addEventListener("input", () => filter(controls, table));
  filter(controls, table);
  controls.hidden = false;
}
