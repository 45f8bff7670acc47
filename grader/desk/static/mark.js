// The marking page: move between answers without waiting, save in the background, keys.
"use strict";
(() => {
  const work = document.getElementById("work"), told = document.getElementById("told");
  const warned = document.getElementById("warned"), left = document.getElementById("left");
  const { question, view } = work.dataset;
  const order = work.dataset.order.split(" ").filter(Boolean);
  const waiting = new Set(work.dataset.waiting.split(" ").filter(Boolean));
  const PENDING = "desk-pending", ACTS = "desk-acts", KEYS = "desk-keys", ON = "desk-keys-on";
  const DEFAULTS = { save: "Enter", full: "f", zero: "z", next: "n", previous: "p", unmarked: "u", undo: "x",
                     comment: "c", look: "l", together: "t" };
  const cache = new Map();
  const stored = (name, otherwise) => {
    try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
  };
  const store = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* full */ } };
  const article = () => work.querySelector("article");
  const form = () => work.querySelector("form");
  const code = () => article().dataset.code;

  // Numbers: exact, with a comma or a point ---------------------------------------------------------------------
  const millionths = (text) => {
    const match = /^\s*(\d{0,6})(?:[.,](\d{0,6}))?\s*$/.exec(text);
    return match && (match[1] || match[2]) ? Number(match[1] || 0) * 1e6 + Number((match[2] || "").padEnd(6, "0")) : null;
  };
  const shown = (n) => String(n / 1e6);
  function total() {
    const typed = form().elements.points.value.trim();
    if (typed) return millionths(typed);
    const ticked = [...form().querySelectorAll("[name=items]:checked")];
    return ticked.length ? ticked.reduce((sum, box) => sum + millionths(box.dataset.points), 0) : undefined;
  }
  function showTotal() {
    const sum = form().querySelector(".sum"), now = total();
    const wrong = now === null || now > millionths(sum.dataset.maximum);
    sum.textContent = now === undefined ? "–" : now === null ? "?" : shown(now);
    sum.classList.toggle("wrong", wrong);
    form().elements.points.setAttribute("aria-invalid", String(wrong));
  }
  const state = () => {
    const e = form().elements;
    return { items: [...form().querySelectorAll("[name=items]:checked")].map((box) => box.value), points: e.points.value,
             comment: e.comment.value, second_look: e.second_look.checked, settles: Boolean(e.settles?.checked),
             together: Boolean(e.together?.checked), alone: Boolean(e.alone?.checked) };
  };
  const showWaiting = () => { left.textContent = `${work.dataset.remaining} ${waiting.size}`; };
  let clean = "";
  function opened() {
    clean = JSON.stringify(state());
    drawFormulas(work);
    showTotal();
    showWaiting();
    const at = order.indexOf(code());
    for (const near of [order[at + 1], nextWaiting(at)]) if (near) fetched(near);
  }

  // Moving -------------------------------------------------------------------------------------------------------
  function fetched(wanted) {
    if (!cache.has(wanted)) {
      const address = `/work/${encodeURIComponent(question)}/${wanted}?view=${encodeURIComponent(view)}`;
      const got = fetch(address).then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.text(); })
        .then((html) => {
          const parsed = document.createElement("template");
          parsed.innerHTML = html;  // the server has escaped or sanitised it, and the policy lets nothing run
          for (const picture of parsed.content.querySelectorAll("img")) new Image().src = picture.getAttribute("src");
          return parsed;
        });
      got.catch(() => cache.delete(wanted));
      cache.set(wanted, got);
    }
    return cache.get(wanted);
  }
  const nextWaiting = (at) => order.slice(at + 1).concat(order.slice(0, at)).find((c) => waiting.has(c));
  async function show(wanted, push = true) {
    if (!wanted) { told.textContent = work.dataset.end; return; }
    try {
      const parsed = await fetched(wanted);
      work.replaceChildren(parsed.content.cloneNode(true));
    } catch {
      warned.textContent = work.dataset.waits;
      return;
    }
    cache.delete(wanted);  // it may be marked now
    if (push) history.pushState(wanted, "", `/mark/${encodeURIComponent(question)}/${wanted}?view=${encodeURIComponent(view)}`);
    window.scrollTo(0, 0);
    opened();
  }
  const at = () => order.indexOf(code());

  // Saving -------------------------------------------------------------------------------------------------------
  function save() {
    const now = state();
    if (JSON.stringify(now) === clean) return true;
    const sum = total();
    if (sum === null || (sum !== undefined && sum > millionths(form().querySelector(".sum").dataset.maximum))) {
      form().elements.points.focus();
      return false;
    }
    clean = JSON.stringify(now);
    const act = crypto.randomUUID();
    const mark = { act, question, code: code(), seen: Number(article().dataset.seen), ...now };
    if (sum !== undefined) waiting.delete(mark.code);
    showWaiting();
    article().dataset.act = act;
    store(PENDING, [...stored(PENDING, []), mark]);
    store(ACTS, [...stored(ACTS, []), { act, question, code: mark.code }].slice(-50));
    told.textContent = work.dataset.saving;
    send();
    return true;
  }
  let sending = null;
  function send() { sending ??= sendAll().finally(() => { sending = null; }); }
  async function sendAll() {
    for (let marks = stored(PENDING, []); marks.length; marks = stored(PENDING, [])) {
      let answer;
      try {
        answer = await fetch("/save", { method: "POST", headers: { "content-type": "application/json" },
                                        body: JSON.stringify(marks[0]), keepalive: true });
        if (answer.status >= 500 || answer.status === 403) throw new Error(String(answer.status));
      } catch {
        warned.textContent = work.dataset.waits;
        setTimeout(send, 2000);
        return;
      }
      const said = await answer.json().catch(() => ({ error: String(answer.status) }));
      store(PENDING, stored(PENDING, []).filter((mark) => mark.act !== marks[0].act));
      cache.delete(marks[0].code);
      if (marks[0].together) cache.clear();
      if (said.error) { warned.textContent = said.error; continue; }
      warned.textContent = "";
      told.textContent = `${work.dataset.saved}: ${said.points || "–"}${said.also.length ? ` × ${1 + said.also.length}` : ""}`;
      if (marks[0].question === question && said.points) for (const other of said.also) waiting.delete(other);
      showWaiting();
      if (!waiting.size) told.textContent += `. ${work.dataset.end}`;
      if (said.other) {
        warned.textContent = `${said.other.marker || "–"} ${work.dataset.other} ${said.other.points || "–"} / ${said.points || "–"}`;
      }
      if (article().dataset.code === marks[0].code) article().dataset.seen = said.last;
    }
  }
  async function undo() {
    const acts = stored(ACTS, []);
    const last = acts.pop();
    if (!last) return;
    await sending;
    store(ACTS, acts);
    const answer = await fetch("/undo", { method: "POST", headers: { "content-type": "application/json" },
                                          body: JSON.stringify({ act: last.act }) });
    if (!answer.ok) { warned.textContent = work.dataset.waits; return; }
    cache.clear();
    if (last.question === question) {
      for (const undone of (await answer.json()).codes) if (order.includes(undone)) waiting.add(undone);
      clean = JSON.stringify(state());
      await show(last.code, last.code !== code());
    }
    told.textContent = work.dataset.undone;
  }

  const actions = {
    next: () => save() && show(order[at() + 1]),
    previous: () => save() && show(order[at() - 1]),
    unmarked: () => save() && show(nextWaiting(at())),
    save: () => save() && show(nextWaiting(at()) ?? order[at() + 1]),
    undo,
    full: () => {
      const boxes = [...form().querySelectorAll("[name=items]")];
      for (const box of boxes) box.checked = true;
      const most = millionths(form().querySelector(".sum").dataset.maximum);
      form().elements.points.value = "";
      if (!boxes.length || total() !== most) form().elements.points.value = shown(most);
      showTotal();
    },
    zero: () => {
      for (const box of form().querySelectorAll("[name=items]")) box.checked = false;
      form().elements.points.value = "0";
      showTotal();
    },
    comment: () => form().elements.comment.focus(),
    look: () => form().elements.second_look.click(),
    together: () => form().elements.together?.click(),
  };
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (pressed?.dataset.do) { event.preventDefault(); actions[pressed.dataset.do](); }
    if (pressed?.classList.contains("again")) {
      const comment = form().elements.comment;
      comment.value = [comment.value.trim(), pressed.textContent].filter(Boolean).join("\n");
    }
  });
  document.addEventListener("submit", (event) => { if (event.target === form()) { event.preventDefault(); actions.save(); } });
  document.addEventListener("input", (event) => { if (event.target.form === form()) showTotal(); });
  addEventListener("popstate", (event) => { save(); show(event.state ?? location.pathname.split("/").pop(), false); });
  addEventListener("pagehide", save);
  addEventListener("online", send);

  // Keys ---------------------------------------------------------------------------------------------------------
  const fields = [...document.querySelectorAll("input.key")], on = document.getElementById("keys-on");
  const keys = { ...DEFAULTS, ...stored(KEYS, {}) };
  on.checked = stored(ON, true);
  on.addEventListener("change", () => store(ON, on.checked));
  for (const field of fields) {
    field.value = keys[field.dataset.action];
    field.addEventListener("change", () => {
      keys[field.dataset.action] = field.value.trim() || DEFAULTS[field.dataset.action];
      field.value = keys[field.dataset.action];
      store(KEYS, keys);
    });
  }
  let digits = "";
  const tick = (typed) => {
    const box = form().querySelector(`[name=items][data-typed="${typed}"]`);
    if (box) { form().elements.points.value = ""; box.click(); showTotal(); }
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (field.name === "comment" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) return actions.save();
    if (field.name === "comment" && event.key === "Escape") return field.blur();
    if (!on.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = field.matches("textarea, select, input:not([type=checkbox])") || field.isContentEditable;
    if (typing) return;
    if (event.key === "Enter" && field.matches("button, a, summary")) return;
    if (/^\d$/.test(event.key)) {
      digits = digits ? digits + event.key : event.key === "0" ? "0" : "";
      if (!digits) tick(event.key);
      if (digits.length === 3) { tick(`0${Number(digits)}`); tick(String(Number(digits))); digits = ""; }
      return event.preventDefault();
    }
    digits = "";
    const action = Object.keys(actions).find((name) => keys[name] === event.key);
    if (action) { event.preventDefault(); actions[action](); }
  });
  history.replaceState(code(), "");
  opened();
  send();
})();
