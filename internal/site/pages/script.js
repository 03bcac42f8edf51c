"use strict";
(() => {
  const $ = (id) => document.getElementById(id);

  function el(tag, cls, ...children) {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    e.append(...children.filter((c) => c !== undefined && c !== ""));
    return e;
  }

  // The filter of registries or requirements.
  function filter(form) {
    const items = [...document.querySelectorAll(".item")];
    const inputs = ["query", "category", "workflows"].map($).filter(Boolean);
    const noun = items.length && items[0].matches(".req") ? "requirements" : "results";
    function apply() {
      const words = $("query").value.toLowerCase().split(/\s+/).filter(Boolean);
      const category = $("category").value;
      const workflows = $("workflows") ? $("workflows").value : "";
      let n = 0;
      for (const i of items) {
        const d = i.dataset;
        const terms = d.terms.toLowerCase();
        const good = d.worst === "pass" || d.worst === "warn";
        const show = words.every((w) => terms.includes(w)) && (!category || d.category === category) &&
          (!workflows || good === (workflows === "pass"));
        i.hidden = !show;
        if (show) n++;
      }
      for (const s of document.querySelectorAll(".release, .clause")) {
        const all = s.querySelectorAll(".item");
        if (!all.length) continue;
        const none = [...all].every((i) => i.hidden);
        if (s.matches(".clause")) s.hidden = none;
        else {
          s.querySelector("table").hidden = none;
          s.querySelector(".none").hidden = !none;
        }
      }
      $("shown").textContent = n === items.length ? "" : n + " of " + items.length + " " + noun;
      $("reset").hidden = inputs.every((i) => !i.value);
    }
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (e) => e.preventDefault());
    $("reset").addEventListener("click", () => {
      for (const i of inputs) i.value = "";
      apply();
      $("query").focus();
    });
    document.addEventListener("keydown", (e) => {
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) return;
      e.preventDefault();
      $("query").focus();
    });
    apply(); // the browser may have restored inputs
  }

  // The comparison of two runs.
  function compare(form) {
    const data = JSON.parse($("data").textContent);
    const kinds = ["Workflows", "APIs", "Data", "Requirements"];
    const runs = new Map(data.runs.map((r) => [r.id, r]));
    for (const s of [$("first"), $("second")]) {
      const groups = new Map();
      for (const r of data.runs) {
        if (!groups.has(r.release)) groups.set(r.release, Object.assign(el("optgroup"), { label: r.release }));
        groups.get(r.release).append(Object.assign(el("option", "", r.title + ", " + r.release), { value: r.id }));
      }
      s.append(...groups.values());
    }
    const status = (run, kind, i) => data.statuses[run.values[kind] ? run.values[kind].charCodeAt(i) - 48 : data.statuses.length - 1];
    const badge = (s) => el("span", "badge " + s.class, Object.assign(el("span", "", s.symbol), { ariaHidden: "true" }), " " + s.word);

    function head(run, tool) {
      const a = el("a", "", run.title + ", " + run.release);
      a.href = run.page;
      const th = el("th", "", a, tool ? el("span", "sub", run.tool + (run.date ? ", " + run.date : "")) : "");
      th.scope = "col";
      return th;
    }

    function tableOf(kind, a, b, only) {
      const rows = [];
      let all = 0, differ = 0, alone = 0;
      data.names[kind].forEach((n, i) => {
        const x = status(a, kind, i), y = status(b, kind, i);
        const missing = [x, y].filter((s) => s.class === "nodata").length;
        if (missing === 2) return;
        const same = x === y || missing > 0;
        if (missing) alone++;
        else all++;
        if (!same) differ++;
        if (same && only) return;
        const th = el("th");
        th.scope = "row";
        if (kind === 3) {
          const link = el("a", "id");
          link.href = "requirement/" + n + ".html";
          for (const p of n.split(/(?<=\.)/)) link.append(p, el("wbr"));
          th.append(link, el("span", "sub", " " + data.levels[i]));
        } else th.append(n);
        rows.push(el("tr", same ? "" : "differs", th, el("td", "", badge(x)), el("td", "", badge(y), same ? "" : el("span", "vh", " differs"))));
      });
      if (!all && !alone) return { all, differ, alone };
      const first = el("th", "", kinds[kind]);
      first.scope = "col";
      const table = el("table", "list compare", el("thead", "", el("tr", "", first, head(a, kind === 0), head(b, kind === 0))), el("tbody", "", ...rows));
      const scroll = el("div", "scroll", table);
      scroll.tabIndex = 0;
      scroll.setAttribute("role", "region");
      scroll.setAttribute("aria-label", kinds[kind]);
      const count = " " + differ + " of " + all + " differ" + (alone ? ", " + alone + " in one of the two only" : "");
      return { all, differ, alone, node: el("section", "", el("h2", "", kinds[kind], el("span", "n", count)), rows.length ? scroll : el("p", "sub", "No difference.")) };
    }

    function show() {
      const a = runs.get($("first").value), b = runs.get($("second").value);
      const parts = kinds.map((_, k) => tableOf(k, a, b, $("differ").checked));
      const sum = (key) => parts.reduce((n, p) => n + p[key], 0);
      const differ = sum("differ"), all = sum("all"), alone = sum("alone");
      $("verdict").textContent = (differ === 0 ? "No difference in " + all + " results that both have." : differ + " of " + all + " results that both have differ.") +
        (alone ? " " + alone + " are in one of the two only." : "");
      $("comparison").replaceChildren(...parts.map((p) => p.node).filter(Boolean));
    }

    function fromHash() {
      const ids = location.hash.slice(1).split(",").map(decodeURIComponent).filter((id) => runs.has(id));
      $("first").value = ids[0] || data.runs[0].id;
      const other = data.runs.find((r) => r.id !== $("first").value && r.release === runs.get($("first").value).release) || data.runs.find((r) => r.id !== $("first").value);
      $("second").value = ids[1] || other.id;
      show();
    }

    form.hidden = false;
    form.addEventListener("submit", (e) => e.preventDefault());
    form.addEventListener("change", () => {
      history.replaceState(null, "", "#" + $("first").value + "," + $("second").value);
      show();
    });
    $("swap").addEventListener("click", () => {
      [$("first").value, $("second").value] = [$("second").value, $("first").value];
      form.dispatchEvent(new Event("change"));
    });
    addEventListener("hashchange", fromHash);
    fromHash();
  }

  if ($("filter")) filter($("filter"));
  if ($("pair")) compare($("pair"));
})();
