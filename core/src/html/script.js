
"use strict";
(() => {
  const controls = document.getElementById("controls");
  const status = document.getElementById("status");
  const main = document.querySelector("main");
  const [anyTier] = controls.querySelectorAll("[name=tier]");
  const tiers = [...controls.querySelectorAll("[name=tier]")].map((input) => input.value);
  const groups = [...main.querySelectorAll("section")].map((section) => ({
    section,
    rows: [...section.querySelectorAll("tbody tr")].map((row) => ({
      row,
      from: Number(row.dataset.from),
      text: [...row.cells].slice(0, 4).map((cell) => cell.textContent).join("\n").toLowerCase(),
    })),
  }));
  const total = groups.reduce((sum, group) => sum + group.rows.length, 0);

  // More than a window has. Rows that come back behind so many do so in the frame after the next,
  // when the browser knows that they are far from the window, and leaves them out of its layout.
  const rowsOfAWindow = 100;
  let hiddenYet = [];
  let frame = 0;
  const showRest = () => {
    for (const element of hiddenYet) element.hidden = false;
    hiddenYet = [];
  };

  const apply = () => {
    const words = controls.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const tier = controls.elements.tier.value;
    // The first one is any tier.
    const rank = tier === "" ? Infinity : tiers.indexOf(tier) - 1;
    let shown = 0;
    hiddenYet = [];
    const show = (element, isShown) => {
      if (element.hidden !== isShown) return;
      if (isShown && shown > rowsOfAWindow) hiddenYet.push(element);
      else element.hidden = !isShown;
    };
    for (const { section, rows } of groups) {
      const isShown = rows.map(
        ({ from, text }) => from <= rank && words.every((word) => text.includes(word)),
      );
      const any = isShown.includes(true);
      const wasHidden = section.hidden;
      show(section, any);
      // Rows of a hidden section stay as they are until it comes back.
      if (!any) continue;
      const comesBack = wasHidden && !section.hidden;
      rows.forEach(({ row }, index) => {
        if (isShown[index]) shown += 1;
        if (comesBack && shown > rowsOfAWindow) row.hidden = true;
        show(row, isShown[index]);
      });
    }
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(showRest);
    });
    main.className = controls.elements.view.value === "matrix" ? "matrix" : "";
    const what = shown === 0 ? "No endpoint" : `${shown} of ${total} endpoints`;
    status.textContent = tier === "" ? `${what} shown` : `${what} shown, those available with ${tier}`;
  };

  const remember = () => {
    const query = new URLSearchParams();
    if (controls.elements.q.value !== "") query.set("q", controls.elements.q.value);
    if (controls.elements.tier.value !== "") query.set("tier", controls.elements.tier.value);
    if (controls.elements.view.value !== "list") query.set("view", controls.elements.view.value);
    const text = query.toString();
    try {
      history.replaceState(null, "", `${location.pathname}${text && `?${text}`}${location.hash}`);
    } catch {
      // A page that is not at an address of its own, such as in a frame, has none to change.
    }
  };

  const recall = () => {
    const query = new URLSearchParams(location.search);
    controls.elements.q.value = query.get("q") ?? "";
    if (tiers.includes(query.get("tier"))) controls.elements.tier.value = query.get("tier");
    if (query.get("view") === "matrix") controls.elements.view.value = "matrix";
  };

  // A link to a row shows it, whatever the filters say.
  const reveal = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (row === null || !(row.hidden || row.closest("section")?.hidden)) return;
    controls.elements.q.value = "";
    // Assigning "" to the group would check none.
    anyTier.checked = true;
    apply();
    showRest();
    row.scrollIntoView();
  };

  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", () => {
    apply();
    remember();
  });
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", showRest);
  recall();
  controls.hidden = false;
  apply();
  showRest();
  reveal();
})();
