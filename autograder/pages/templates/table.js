"use strict";
// Sorts, filters and pages the page's own tables. Text from submissions is compared and never interpreted.

const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const most = 200; // rows that are in the document at a time

class Table {
  constructor(controls, table) {
    this.controls = controls;
    this.body = table.tBodies[0];
    this.headers = [...table.querySelectorAll("th[data-sort]")];
    this.rows = [...this.body.rows].map((row) => ({ row, words: row.dataset.words.toLowerCase(), keys: [] }));
    this.first = 0;
    for (const header of this.headers) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      header.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => this.sort(header));
    }
    for (const [name, step] of [["before", -most], ["after", most]]) {
      controls.querySelector(`[data-${name}]`).addEventListener("click", () => this.turn(step));
    }
    controls.querySelector("[data-filter]").addEventListener("input", () => this.filter());
    controls.querySelector("[data-state]")?.addEventListener("input", () => this.filter());
    window.addEventListener("beforeprint", () => this.put(this.fitting));
    window.addEventListener("afterprint", () => this.show());
    this.filter();
    controls.hidden = false;
  }

  key(one, column, kind) {
    if (!(column in one.keys)) {
      const cell = one.row.cells[column];
      one.keys[column] = kind === "number" ? Number(cell.dataset.value) : cell.textContent.trim();
    }
    return one.keys[column];
  }

  sort(header) {
    const { sort: kind } = header.dataset;
    const before = header.getAttribute("aria-sort");
    const down = before === "ascending" || (kind === "number" && before === "none");
    const column = header.cellIndex;
    for (const other of this.headers) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const compare = kind === "number" ? (a, b) => a - b : order.compare;
    this.rows.sort((a, b) => (down ? -1 : 1) * compare(this.key(a, column, kind), this.key(b, column, kind)));
    this.filter();
  }

  filter() {
    const wanted = this.controls.querySelector("[data-filter]").value.trim().toLowerCase();
    const state = this.controls.querySelector("[data-state]")?.value ?? "";
    const fits = ({ row, words }) => (!state || row.dataset.is.split(" ").includes(state)) && words.includes(wanted);
    this.fitting = this.rows.filter(fits);
    this.first = 0;
    this.show();
  }

  turn(step) {
    this.first += step;
    this.show();
  }

  put(some) {
    const rows = document.createDocumentFragment();
    for (const { row } of some) rows.append(row);
    this.body.replaceChildren(rows);
  }

  show() {
    const count = this.fitting.length;
    const end = Math.min(this.first + most, count);
    this.put(this.fitting.slice(this.first, end));
    const part = count > most ? `, of which ${this.first + 1} to ${end} stand here` : "";
    this.controls.querySelector("[data-shown]").textContent = `${count} of ${this.rows.length} shown${part}`;
    this.controls.querySelector("[data-pages]").hidden = count <= most;
    this.controls.querySelector("[data-before]").disabled = this.first === 0;
    this.controls.querySelector("[data-after]").disabled = end === count;
  }
}

for (const controls of document.querySelectorAll("[data-controls]")) {
  new Table(controls, document.getElementById(controls.dataset.controls));
}
