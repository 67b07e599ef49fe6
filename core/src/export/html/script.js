
"use strict";
(() => {
  const controls = document.getElementById("controls");
  const status = document.getElementById("status");
  const all = document.getElementById("all");
  const main = document.querySelector("main");
  const [anyTier] = controls.querySelectorAll("[name=tier]");
  const tiers = [...controls.querySelectorAll("[name=tier]")].map((input) => input.value);
  const addons = [...controls.querySelectorAll("[name=addon]")];
  const kindOf = (section) => (section.classList.contains("events") ? "events" : "endpoints");
  const groups = [...main.querySelectorAll("section")].map((section) => ({
    section,
    kind: kindOf(section),
    rows: [...section.querySelectorAll("tbody tr")].map((row) => ({
      row,
      kind: kindOf(section),
      from: Number(row.dataset.from),
      addon: row.dataset.addon,
      addonFrom: Number(row.dataset.addonFrom),
      // The last cells are those of the matrix.
      text: [...row.cells].slice(0, row.cells.length - tiers.length + 1).map((cell) => cell.textContent).join("\n").toLowerCase(),
    })),
  }));
  const totals = { endpoints: 0, events: 0 };
  for (const { kind, rows } of groups) totals[kind] += rows.length;
  // A page with both endpoints and events shows one of the two.
  const hasTabs = totals.endpoints > 0 && totals.events > 0;
  const onlyKind = totals.events > 0 ? "events" : "endpoints";
  const shownKind = () => (hasTabs ? controls.elements.show.value : onlyKind);
  // The rows and groups that a link can point to, by their ids.
  const targets = new Map();
  for (const group of groups) {
    targets.set(group.section.querySelector("h2").id, group);
    for (const entry of group.rows) targets.set(entry.row.id, entry);
  }
  const target = () => targets.get(location.hash.slice(1));

  // More rows than fit in a window. Rows beyond this number reappear two frames later. By then, the
  // browser knows that they are far from the window, and skips their layout.
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
    // The first option is "any tier".
    const rank = tier === "" ? Infinity : tiers.indexOf(tier) - 1;
    const chosen = addons.filter((addon) => addon.checked);
    const keys = new Set(chosen.map((addon) => addon.value));
    // Without a tier, the page shows the endpoints that need or accept one of the chosen add-ons.
    const isAvailable = ({ from, addon, addonFrom }) =>
      tier === "" && keys.size > 0
        ? keys.has(addon)
        : from <= rank || (keys.has(addon) && addonFrom <= rank);
    const kind = shownKind();
    const total = totals[kind];
    let shown = 0;
    hiddenYet = [];
    const show = (element, isShown) => {
      if (element.hidden !== isShown) return;
      if (isShown && shown > rowsOfAWindow) hiddenYet.push(element);
      else element.hidden = !isShown;
    };
    for (const group of groups) {
      const { section, rows } = group;
      for (const entry of rows) {
        entry.isShown =
          entry.kind === kind && isAvailable(entry) && words.every((word) => entry.text.includes(word));
      }
      group.isShown = rows.some(({ isShown }) => isShown);
      const wasHidden = section.hidden;
      show(section, group.isShown);
      // The rows of a hidden section keep their state until the section reappears.
      if (!group.isShown) continue;
      const reappears = wasHidden && !section.hidden;
      for (const { row, isShown } of rows) {
        if (isShown) shown += 1;
        if (reappears && shown > rowsOfAWindow) row.hidden = true;
        show(row, isShown);
      }
    }
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(showRest);
    });
    main.classList.toggle("matrix", controls.elements.view.value === "matrix");
    all.hidden = shown > 0 || total === 0;
    const noun = total === 1 ? kind.slice(0, -1) : kind;
    const what = shown === 0 ? `No ${kind}` : `${shown} of ${total} ${noun}`;
    const names = chosen.map((addon) => addon.nextElementSibling.textContent);
    if (tier !== "") status.textContent = `${what} shown, available with ${[tier, ...names].join(" and ")}`;
    else if (names.length > 0) status.textContent = `${what} shown, that need or accept ${names.join(" or ")}`;
    else status.textContent = `${what} shown`;
  };

  let isRemembered = true;
  const remember = () => {
    const query = new URLSearchParams();
    if (controls.elements.q.value !== "") query.set("q", controls.elements.q.value);
    if (controls.elements.tier.value !== "") query.set("tier", controls.elements.tier.value);
    for (const { checked, value } of addons) if (checked) query.append("addon", value);
    if (hasTabs && shownKind() === "events") query.set("show", "events");
    if (controls.elements.view.value !== "list") query.set("view", controls.elements.view.value);
    const text = query.toString();
    // Omits a link to a hidden row. Opening such a link resets the filters.
    const hash = target()?.isShown === false ? "" : location.hash;
    try {
      history.replaceState(null, "", `${location.pathname}${text && `?${text}`}${hash}`);
      isRemembered = true;
    } catch {
      // A page without a URL, such as one in a `srcdoc` frame, can't change the URL.
      isRemembered = false;
    }
  };

  const recall = () => {
    const query = new URLSearchParams(location.search);
    controls.elements.q.value = query.get("q") ?? "";
    // Assigning "" to the group would check no button.
    anyTier.checked = true;
    if (tiers.includes(query.get("tier"))) controls.elements.tier.value = query.get("tier");
    for (const addon of addons) addon.checked = query.getAll("addon").includes(addon.value);
    if (hasTabs) controls.elements.show.value = query.get("show") === "events" ? "events" : "endpoints";
    controls.elements.view.value = query.get("view") === "matrix" ? "matrix" : "list";
  };

  const showAll = () => {
    controls.elements.q.value = "";
    anyTier.checked = true;
    for (const addon of addons) addon.checked = false;
    apply();
    showRest();
    remember();
  };

  // A link to a hidden row resets the filters and shows the row.
  const reveal = () => {
    const hidden = target();
    if (hidden?.isShown !== false) return;
    if (hasTabs) controls.elements.show.value = hidden.kind;
    showAll();
    (hidden.row ?? hidden.section).scrollIntoView();
  };

  // Makes each tier's column in the matrix as wide as the longest word of the tier's name, because
  // broken words are hard to read. The page's built-in style doesn't know these names.
  const measure = () => {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const width = (text) => {
      const name = document.createElement("p");
      name.className = "measure";
      name.textContent = text;
      main.appendChild(name);
      const width = name.offsetWidth / rem + 0.6;
      name.remove();
      return width;
    };
    // The cells of every column can contain the names of add-ons and limits.
    const limits = [...main.querySelectorAll(".m .note")].flatMap((note) => note.textContent.split(" "));
    const longest = limits.reduce((longest, word) => (word.length > longest.length ? word : longest), "");
    const words = [...addons.map((addon) => addon.nextElementSibling.textContent), longest];
    const least = Math.max(3.5, ...words.map(width));
    const columns = tiers.slice(1).map((tier) => Math.max(least, width(tier)));
    const sum = columns.reduce((sum, column) => sum + column, 0);
    main.style.setProperty("--columns", `${sum}rem`);
    // The style sheet is missing if another policy forbids it.
    const [style] = document.styleSheets;
    const insert = (rule) => style?.insertRule(rule, style.cssRules.length);
    columns.forEach((column, index) => {
      const escape = (character) => `\\${character.codePointAt(0).toString(16)} `;
      const text = [...tiers[index + 1]].map(escape).join("");
      // The columns of the tiers are the last ones, behind those of an endpoint or an event.
      const position = `nth-last-child(${columns.length - index})`;
      insert(`thead .m:${position} { --column: ${column}rem; }`);
      insert(`@media screen { .matrix.wide td.m:${position}::after { content: "${text}"; } }`);
    });
    // The width of the other columns, from the style for wide windows.
    const needed = (17.5 + sum) * rem;
    new ResizeObserver(([{ contentRect }]) => {
      main.classList.toggle("wide", contentRect.width < needed);
    }).observe(main);
  };

  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", () => {
    apply();
    remember();
  });
  all.addEventListener("click", () => {
    showAll();
    controls.elements.q.focus();
  });
  addEventListener("hashchange", reveal);
  // Following a link to a row also adds a step to the history.
  addEventListener("popstate", () => {
    if (!isRemembered) return;
    recall();
    apply();
  });
  addEventListener("beforeprint", showRest);
  measure();
  recall();
  controls.hidden = false;
  apply();
  showRest();
  reveal();
})();
