"use strict";
// Everything that comes from the registry goes into the page as text.
(() => {
  const $ = (id) => document.getElementById(id);
  const symbols = { pass: "✓", warn: "!", fail: "✗", error: "E", inconclusive: "?", blocked: "⊘", unsupported: "–", disabled: "○" };

  // el makes an element. Children are elements or text; empty ones are left out.
  function el(name, cls, ...children) {
    const e = document.createElement(name);
    if (cls) e.className = cls;
    e.append(...children.filter((c) => c));
    return e;
  }

  function badge(outcome) {
    if (!outcome) return el("span", "badge", "no checks");
    const mark = el("span", "", symbols[outcome]);
    mark.setAttribute("aria-hidden", "true");
    return el("span", "badge " + outcome, mark, " ", outcome);
  }

  function copyable(pre) {
    const button = el("button", "", "Copy");
    button.type = "button";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(pre);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    const box = el("div", "copied");
    pre.replaceWith(box);
    box.append(pre, button);
    return box;
  }

  // The content of a case is made when it is opened.

  function bodyOf(body) {
    if (!body) return [];
    const size = body.size + " bytes" + (body.digest ? ", " + body.digest : "") + (body.text || !body.size ? "" : ", not text");
    return [el("p", "note", size), body.problem && el("p", "problem", body.problem), body.text && el("pre", "", body.text)];
  }

  function message(title, first, header, body) {
    const lines = [first];
    for (const name of Object.keys(header || {}).sort()) {
      for (const value of header[name]) lines.push(name + ": " + value);
    }
    return [el("p", "part", title), el("pre", "", lines.join("\n")), ...bodyOf(body)];
  }

  function exchangeOf(x) {
    const { request: q, response: p } = x;
    const result = p ? String(p.status) : "no response";
    const ms = p ? " " + (p.elapsed / 1e6).toFixed(1) + " ms" : "";
    const d = el("details", "exchange",
      el("summary", "", el("span", "status", q.method), " " + q.url + " → ", el("span", "status", result), el("span", "note", ms)),
      ...message("Request", q.method + " " + q.url, q.header, q.body));
    if (p) d.append(...message("Response", p.proto + " " + p.status, p.header, p.body).filter((c) => c));
    if (x.error) d.append(el("p", "problem", x.error));
    if (x.curl) {
      d.append(el("p", "part", "Repeat it"));
      const pre = el("pre", "", x.curl);
      d.append(pre);
      copyable(pre);
    }
    return d;
  }

  function checkOf(k) {
    return el("li", "", badge(k.outcome), " ", el("span", "id", k.requirement), " ", el("span", "level", k.level),
      k.message && el("pre", "", k.message), k.pos && k.outcome !== "pass" && el("div", "note", k.pos));
  }

  // A step without a title or an id of its own is named after its request.
  function nameOf(s) {
    const first = (s.exchanges || [])[0];
    if (s.title || !s.id.startsWith("#") || !first) return s.title || s.id;
    return first.request.method + " " + first.request.url.replace(/^[a-z]+:\/\/[^/]*/, "");
  }

  function stepOf(s) {
    const d = el("details", "step " + s.worst,
      el("summary", "", badge(s.worst), " ", nameOf(s), s.row && el("span", "note", " · " + s.row)),
      s.blockedBy && el("p", "note", "because of " + s.blockedBy.case + (s.blockedBy.step ? "/" + s.blockedBy.step : "")),
      s.message && el("pre", "", s.message),
      s.checks && el("ul", "", ...s.checks.map(checkOf)));
    d.append(...(s.exchanges || []).map(exchangeOf));
    d.open = ["fail", "warn", "error", "inconclusive"].includes(s.worst);
    return d;
  }

  function fill(details) {
    const data = details.querySelector(':scope > script[type="application/json"]');
    if (!data) return;
    data.remove();
    const steps = JSON.parse(data.textContent) || [];
    details.append(...(steps.length ? steps.map(stepOf) : [el("p", "note", "No step was run.")]));
  }

  document.addEventListener("toggle", (e) => {
    if (e.target.open && e.target.matches(".case")) fill(e.target);
  }, true);

  // Filters.

  const items = [...document.querySelectorAll(".item")].map((node) => ({
    node, finding: node.matches(".finding"), outcome: node.dataset.outcome, terms: node.dataset.terms.toLowerCase(),
    category: node.dataset.category.split("|"), level: node.dataset.level.split("|"),
  }));
  const chips = [...document.querySelectorAll(".chip")];
  const pressed = (c) => c.getAttribute("aria-pressed") === "true";

  function apply() {
    const words = $("query").value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = chips.filter(pressed).map((c) => c.dataset.value);
    const category = $("category").value, level = $("level").value;
    const n = { finding: [0, 0], case: [0, 0] };
    for (const i of items) {
      const shown = (!outcomes.length || outcomes.includes(i.outcome)) && (!category || i.category.includes(category)) &&
        (!level || i.level.includes(level)) && words.every((w) => i.terms.includes(w));
      i.node.hidden = !shown;
      const count = n[i.finding ? "finding" : "case"];
      count[1]++;
      if (shown) count[0]++;
    }
    for (const a of document.querySelectorAll(".area")) a.hidden = !a.querySelector(".item:not([hidden])");
    $("reset").hidden = !(words.length || outcomes.length || category || level);
    $("shown").textContent = n.finding.join(" of ") + " findings, " + n.case.join(" of ") + " cases";
  }

  function clear() {
    $("query").value = $("category").value = $("level").value = "";
    for (const c of chips) c.setAttribute("aria-pressed", "false");
    apply();
  }

  for (const c of chips) {
    c.addEventListener("click", () => { c.setAttribute("aria-pressed", String(!pressed(c))); apply(); });
  }
  $("filter").addEventListener("input", apply);
  $("filter").addEventListener("submit", (e) => e.preventDefault());
  $("reset").addEventListener("click", clear);

  // "/" goes to the search, as on other pages with one.
  document.addEventListener("keydown", (e) => {
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input, select, textarea")) return;
    e.preventDefault();
    $("query").focus();
  });

  // Links to a finding or a case show it, whatever the filter is.

  function go() {
    let target;
    try { target = $(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target || !target.matches(".item")) return;
    if (target.hidden) clear();
    if (target.matches(".case")) { fill(target); target.open = true; }
    target.scrollIntoView();
  }
  addEventListener("hashchange", go);

  addEventListener("beforeprint", () => { for (const d of document.querySelectorAll(".finding details")) d.open = true; });

  for (const pre of document.querySelectorAll("pre.copy")) copyable(pre);
  $("filter").hidden = false;
  apply();
  go();
})();
