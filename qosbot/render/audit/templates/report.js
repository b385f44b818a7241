"use strict";
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    const given = cell.dataset.sort;
    return given === undefined ? cell.textContent.trim() : Number(given);
  };
  const sort = (table, column, falling) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((one, other) => {
      const a = value(one, column);
      const b = value(other, column);
      const order = typeof a === "number" && typeof b === "number"
        ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
      return falling ? -order : order;
    });
    body.append(...rows);
  };
  for (const head of document.querySelectorAll("table.sortable th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const falling = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      sort(head.closest("table"), head.cellIndex, falling);
    });
  }
  const find = document.getElementById("find");
  const rows = [...document.querySelectorAll("#findings tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  if (find) {
    find.parentNode.hidden = false;
    find.addEventListener("input", () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach((row, i) => { row.hidden = !words.every((word) => texts[i].includes(word)); });
    });
  }
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = true;
  });
})();
