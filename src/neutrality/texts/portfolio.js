"use strict";
// The page is whole without this: it sorts tables by a column and hides sites that were not asked for.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const held = (row, at) => {
    const cell = row.cells[at], value = cell.dataset.v;
    return value === undefined ? cell.innerText.trim() : value === "" ? null : Number(value);
  };
  heads.forEach((head, at) => {
    if (head.tagName !== "TH") return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numeric = body.rows[0]?.cells[at].dataset.v !== undefined;
      const up = head.hasAttribute("aria-sort") ? head.getAttribute("aria-sort") === "descending" : !numeric;
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => [held(row, at), row]);
      const compared = ([a], [b]) => {
        if (a === null || b === null) return (a === null) - (b === null); // no value: always last
        const order = typeof a === "number" ? a - b : a.localeCompare(b);
        return up ? order : -order;
      };
      body.append(...rows.sort(compared).map(([, row]) => row));
    });
  });
}
const form = document.querySelector(".filter"), search = document.getElementById("search");
const only = document.getElementById("only"), rows = [...document.getElementById("table").tBodies[0].rows];
const filter = () => {
  const asked = search.value.trim().toLowerCase();
  for (const row of rows)
    row.hidden = !row.cells[0].textContent.toLowerCase().includes(asked) ||
      (only.checked && row.cells[row.cells.length - 1].dataset.v === "0");
  const shown = rows.filter((row) => !row.hidden).length;
  for (const each of form.querySelectorAll(".count")) each.textContent = shown;
};
form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
