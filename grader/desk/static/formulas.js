// Draw formulas. KaTeX gets text only, may not link or load anything, and cannot draw large boxes.
"use strict";
window.drawFormulas = function (root) {
  for (const place of root.querySelectorAll(".math:not([data-drawn])")) {
    const tex = place.textContent
      .replace(/\\begin\{eqnarray(\*?)\}/g, "\\begin{aligned}").replace(/\\end\{eqnarray(\*?)\}/g, "\\end{aligned}")
      .replace(/\\mbox(?![a-zA-Z])/g, "\\text");
    place.dataset.drawn = "yes";
    try {
      katex.render(tex, place, {
        displayMode: place.classList.contains("display"), trust: false, maxSize: 20, maxExpand: 200, strict: "ignore",
        errorColor: "inherit",
      });
    } catch (error) {
      place.textContent = tex;
      place.classList.add("undrawn");
      place.title = String(error.message || error).slice(0, 200);
    }
  }
  for (const box of root.querySelectorAll(".text, .math.display")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;  // the keyboard can scroll it
  }
};
window.drawFormulas(document);
