// The page in a real browser: filter, search, matrix, keyboard, links, print, and nothing that an
// automated check of accessibility finds.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const documents = process.env.DOCUMENTS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// Another test compares this document with the vendor's tables.
const { endpoints, events = [] } = JSON.parse(readFileSync(join(documents, "cad", "catalogue.json"), "utf8"));
const table = endpoints.map(({ method, path, module, required_tier: tier, limits, cost }) => ({
  method,
  path,
  tier,
  module: module.replace("cad::", ""),
  // Each endpoint of this catalogue has at most one limit, for all tiers.
  limit: (limits ?? []).map(({ windows: [window] }) => `${window.amount}/${window.unit}`).join(),
  note: cost === 0 ? "takes nothing from the quota" : "",
}));
const total = table.length;
// The page shows either the endpoints or the events.
const endpointRows = "main section:not(.events) tbody tr";
const modulesOf = (rows) => [...new Set(rows.map((row) => row.module))];
const tiers = ["Free", "Starter", "Standard", "Plus", "Pro", "One"];
const upTo = (tier) => table.filter((row) => tiers.indexOf(row.tier) <= tiers.indexOf(tier));

let browser;
let server;
let address;

before(async () => {
  const database = join(documents, "cad.sqlite3");
  for (const end of ["", "-wal", "-shm"]) rmSync(database + end, { force: true });
  server = spawn(readFileSync(join(documents, "program"), "utf8"), {
    env: { ...process.env, CAD_ADDR: "127.0.0.1:0", CAD_DATABASE: `sqlite:${database}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    address = line.match(/^listening on (.*)$/)?.[1];
    if (address) break;
  }
  assert.ok(address, "the server says where it listens");
  mkdirSync(join(documents, "screenshots"), { recursive: true });
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});

after(async () => {
  await browser?.close();
  server?.kill();
});

/** Opens a page, runs a test on it, and fails if it asked for anything else or complained. */
const visit = async (url, options, run) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const requests = [];
  const complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(dialog.message()));
  try {
    const response = await page.goto(url);
    await run(page, response);
    assert.deepEqual(complaints, []);
    const others = requests.filter((request) => request.split(/[?#]/)[0] !== url.split(/[?#]/)[0]);
    assert.deepEqual(others.filter((request) => !request.startsWith("data:")), []);
  } finally {
    await context.close();
  }
};

const paths = (page) =>
  page.locator("main tbody tr:visible th").evaluateAll((cells) => cells.map((cell) => cell.textContent));
const choose = (page, name) => page.getByRole("radio", { name, exact: true }).check({ force: true });
const status = (page) => page.getByRole("status").textContent();
const shot = (page, name, options) =>
  page.screenshot({ path: join(documents, "screenshots", `${name}.png`), ...options });

const assertAccessible = async (page, state) => {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  const shown = violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html).slice(0, 3)]);
  assert.deepEqual(shown, [], state);
  assert.ok(passes.length > 20, `${state}: ${passes.length} checks`);
};

test("the page has the table's rows, and its policy is also a header", async () => {
  await visit(`${address}/`, {}, async (page, response) => {
    assert.equal(response.status(), 200);
    const policy = response.headers()["content-security-policy"];
    const own = page.locator("meta[http-equiv=Content-Security-Policy]");
    assert.equal(await own.getAttribute("content"), policy);
    assert.match(policy, /^default-src 'none';/);
    const rows = await page.locator(endpointRows).evaluateAll((rows) =>
      rows.map((row) => [...row.cells].slice(0, 4).map((cell) => cell.textContent)),
    );
    assert.deepEqual(
      rows.map(([method, path, , tier]) => ({ method, path, tier })),
      table.map(({ method, path, tier, limit, note }) => ({ method, path, tier: tier + limit + note })),
    );
    assert.deepEqual(await page.locator("h2:visible").allTextContents(), ["Quota", ...modulesOf(table)]);
    await shot(page, "light-wide");
  });
});

test("a tier shows what it has", async () => {
  await visit(`${address}/`, {}, async (page) => {
    for (const tier of tiers) {
      await choose(page, tier);
      assert.deepEqual(await paths(page), upTo(tier).map((row) => row.path));
      assert.equal(
        await status(page),
        `${upTo(tier).length} of ${total} endpoints shown, available with ${tier}`,
      );
    }
    await choose(page, "Free");
    const headings = await page.locator("h2:visible").allTextContents();
    assert.deepEqual(headings.filter((text) => text !== "Quota"), modulesOf(upTo("Free")));
    await choose(page, "any tier");
    assert.equal(await status(page), `${total} of ${total} endpoints shown`);
  });
});

test("a search looks for all words, in any case", async () => {
  await visit(`${address}/`, {}, async (page) => {
    const search = page.getByRole("searchbox", { name: "Search" });
    await search.fill("CALL post");
    const posted = table.filter((row) => row.method === "POST" && row.path.includes("call"));
    const expected = posted.map((row) => row.path);
    const found = await paths(page);
    for (const path of expected) assert.ok(found.includes(path), path);
    await search.fill("close_call");
    assert.deepEqual(await paths(page), ["/emergency/close_call"]);
    await search.fill("no such thing");
    assert.equal(await status(page), "No endpoints shown");
    assert.deepEqual(await paths(page), []);
    await search.fill("close_call");
    await choose(page, "Standard");
    assert.deepEqual(await paths(page), []);
  });
});

test("the matrix has a column for each tier", async () => {
  await visit(`${address}/`, {}, async (page) => {
    await choose(page, "Matrix");
    const heads = page.locator("section").first().locator("thead th:visible");
    assert.deepEqual(await heads.allTextContents(), ["Method", "Path", ...tiers]);
    const rows = await page.locator(endpointRows).evaluateAll((rows) =>
      rows.map((row) =>
        [...row.cells].filter((cell) => cell.checkVisibility()).map((cell) => cell.textContent),
      ),
    );
    const may = (tier, row) =>
      tiers.indexOf(row.tier) <= tiers.indexOf(tier) ? `yes${row.limit}` : "no";
    assert.deepEqual(
      rows,
      table.map((row) => [row.method, row.path, ...tiers.map((tier) => may(tier, row))]),
    );
    await assertAccessible(page, "matrix");
    await shot(page, "light-matrix");
  });
});

test("the keyboard does it all", async () => {
  await visit(`${address}/`, {}, async (page) => {
    await page.keyboard.press("Tab");
    await page.keyboard.type("call");
    await page.keyboard.press("Tab");
    for (let presses = 0; presses < 4; presses += 1) await page.keyboard.press("ArrowRight");
    assert.ok(await page.getByRole("radio", { name: "Plus", exact: true }).isChecked());
    assert.match(await status(page), /shown, available with Plus$/);
    await shot(page, "light-focus");
    // The tabs for endpoints and events, if the catalogue has events.
    if (events.length > 0) await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    assert.ok(await page.getByRole("radio", { name: "Matrix" }).isChecked());
    await page.keyboard.press("Enter");
    assert.ok(await page.locator("main.matrix").isVisible(), "Enter does not leave the page");
    // The scrolling region, and the first link in it.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.match(page.url(), /\?q=call&tier=Plus&view=matrix#post-emergency-call_911$/);
    assert.equal(await page.locator("tr:target").count(), 1);
  });
});

test("an address leads to what was shown, and a link to a row shows the row", async () => {
  await visit(`${address}/?q=call&tier=Free&view=matrix`, {}, async (page) => {
    assert.equal(await page.getByRole("searchbox").inputValue(), "call");
    assert.equal(await page.locator("main.matrix").count(), 1);
    assert.deepEqual(await paths(page), []);
    await page.evaluate(() => {
      location.hash = "post-emergency-close_call";
    });
    await page.locator("tr:target").waitFor();
    assert.ok(await page.locator("tr:target").isVisible());
    assert.equal(await page.getByRole("searchbox").inputValue(), "");
  });
  await visit(`${address}/?tier=Gold&view=x`, {}, async (page) => {
    assert.equal((await paths(page)).length, total, "an unknown tier is none");
  });
});

// The browser's own, which is told to this side a moment later.
const href = (page) => page.evaluate(() => location.href);

test("what was searched for is in the address, whatever was linked to before", async () => {
  await visit(`${address}/`, {}, async (page) => {
    const search = page.getByRole("searchbox", { name: "Search" });
    const found = table.filter((row) => row.path.includes("blip")).map((row) => row.path);
    await page.getByRole("link", { name: "/emergency/close_call" }).click();
    await page.locator("tr:target").waitFor();
    await search.fill("blip");
    assert.ok((await paths(page)).every((path) => path.includes("blip")));
    assert.equal(new URL(await href(page)).search, "?q=blip");
    assert.equal(new URL(await href(page)).hash, "", "the row is not shown");
    await page.reload();
    assert.equal(await search.inputValue(), "blip");
    assert.ok(found.length > 0);
    assert.deepEqual(await paths(page), found);
    // The row of a link that is shown stays in the address.
    await page.getByRole("link", { name: found[0] }).click();
    await page.locator("tr:target").waitFor();
    await search.fill("bli");
    assert.match(await href(page), /\?q=bli#post-/);
    await page.reload();
    assert.equal(await search.inputValue(), "bli");
  });
});

test("a link to a row that is hidden takes the filters out of the address too", async () => {
  await visit(`${address}/?q=blip&tier=One&view=matrix#post-emergency-close_call`, {}, async (page) => {
    assert.ok(await page.locator("tr:target").isVisible());
    assert.equal(await status(page), `${total} of ${total} endpoints shown`);
    assert.match(await href(page), /\/\?view=matrix#post-emergency-close_call$/);
  });
});

test("back and forward lead to what was shown", async () => {
  await visit(`${address}/`, {}, async (page) => {
    const search = page.getByRole("searchbox", { name: "Search" });
    await page.getByRole("link", { name: "/emergency/close_call" }).click();
    await page.locator("tr:target").waitFor();
    await search.fill("close_call");
    await choose(page, "Pro");
    await choose(page, "Matrix");
    await page.goBack();
    assert.match(await href(page), /\/$/);
    assert.equal(await search.inputValue(), "");
    assert.ok(await page.getByRole("radio", { name: "any tier" }).isChecked());
    assert.equal(await page.locator("main.matrix").count(), 0);
    assert.equal((await paths(page)).length, total);
    await page.goForward();
    assert.match(await href(page), /\?q=close_call&tier=Pro&view=matrix#post-emergency-close_call$/);
    assert.deepEqual(await paths(page), ["/emergency/close_call"]);
    assert.equal(await page.locator("main.matrix").count(), 1);
  });
});

test("where the address cannot be changed, what was searched for stays too", async () => {
  await visit(`${address}/`, {}, async (page) => {
    const search = page.getByRole("searchbox", { name: "Search" });
    // As where a browser is asked too often.
    await page.evaluate(() => {
      history.replaceState = () => {
        throw new DOMException("too often", "SecurityError");
      };
    });
    await search.fill("close_call");
    await page.getByRole("link", { name: "/emergency/close_call" }).click();
    await page.locator("tr:target").waitFor();
    await page.evaluate(() => new Promise(requestAnimationFrame));
    assert.equal(await search.inputValue(), "close_call");
    assert.deepEqual(await paths(page), ["/emergency/close_call"]);
  });
});

test("where nothing is found, everything is one key away", async () => {
  await visit(`${address}/?view=matrix`, {}, async (page) => {
    const search = page.getByRole("searchbox", { name: "Search" });
    const all = page.getByRole("button", { name: "Show all" });
    assert.ok(!(await all.isVisible()));
    await search.fill("no such thing");
    await assertAccessible(page, "nothing found");
    await all.focus();
    await page.keyboard.press("Enter");
    assert.equal(await status(page), `${total} of ${total} endpoints shown`);
    assert.ok(!(await all.isVisible()));
    assert.ok(await search.evaluate((element) => element === document.activeElement));
    assert.match(await href(page), /\/\?view=matrix$/);
  });
});

const wide = pathToFileURL(join(documents, "tiers", "page.html")).href;

/** The words of the heads, and how many lines each word takes. */
const lines = (page) =>
  page.locator("section:first-of-type thead th:visible").evaluateAll((heads) =>
    heads.flatMap((head) =>
      [...head.textContent.matchAll(/\S+/g)].map(({ 0: word, index }) => {
        const range = document.createRange();
        range.setStart(head.firstChild, index);
        range.setEnd(head.firstChild, index + word.length);
        return [word, new Set([...range.getClientRects()].map((box) => box.top)).size];
      }),
    ),
  );

for (const [name, url] of [["six", () => `${address}/`], ["twelve", () => wide]]) {
  test(`the matrix of ${name} tiers can be read at any width`, async () => {
    const shown = [320, 768, 1280];
    for (const [colorScheme, widths] of [["light", [...shown, 414, 600, 1024, 1600]], ["dark", shown]]) {
      for (const width of widths) {
        const where = `${name} tiers, ${width} wide`;
        await visit(url(), { colorScheme, viewport: { width, height: 700 } }, async (page) => {
          await choose(page, "Matrix");
          await page.evaluate(() => new Promise(requestAnimationFrame));
          const words = await lines(page);
          assert.deepEqual(words.filter(([, count]) => count !== 1), [], where);
          const [whole, inner] = await page.evaluate(() => [
            document.documentElement.scrollWidth,
            innerWidth,
          ]);
          assert.ok(whole <= inner, `${where}: ${whole}`);
          // Beside whatever is in the window, there is the tier: the heads stay, or each cell names it.
          await page.evaluate(() => scrollTo(0, document.querySelector("section").offsetTop + 300));
          const isWide = await page.locator("main.wide").count();
          if (isWide) {
            const cells = await page.locator("section:first-of-type tbody tr:first-of-type td.m").evaluateAll((cells) =>
              cells.map((cell) => getComputedStyle(cell, "::after").content),
            );
            const names = await page.locator("section:first-of-type thead th.m").allTextContents();
            assert.deepEqual(cells, names.map((name) => JSON.stringify(name)), where);
            const scroll = page.locator(".scroll").first();
            await scroll.evaluate((element) => element.scrollTo(element.scrollWidth, 0));
            const [left, path] = await scroll.evaluate((element) => [
              element.getBoundingClientRect().left,
              element.querySelector("tbody th").getBoundingClientRect().left,
            ]);
            assert.ok(Math.round(path) >= Math.round(left), `${where}: the path stays, at ${path} of ${left}`);
          } else {
            const top = await page.locator("section:first-of-type thead th.m").first().evaluate(
              (head) => head.getBoundingClientRect().top,
            );
            assert.equal(top, 0, `${where}: the heads stay`);
          }
          if (width <= 414) assert.equal(isWide, 1, where);
          if (width >= (name === "six" ? 1024 : 1600)) assert.equal(isWide, 0, where);
          if (shown.includes(width)) await shot(page, `matrix-${name}-${colorScheme}-${width}`);
          if (width === 320) await assertAccessible(page, where);
        });
      }
    }
  });

  test(`the matrix of ${name} tiers can be read on paper`, async () => {
    for (const width of [320, 1280]) {
      await visit(url(), { viewport: { width, height: 700 } }, async (page) => {
        await choose(page, "Matrix");
        // As wide as A4 within its margins.
        await page.setViewportSize({ width: 718, height: 1000 });
        await page.emulateMedia({ media: "print" });
        const words = await lines(page);
        assert.deepEqual(words.filter(([, count]) => count !== 1), [], name);
        // What is wider, the browser prints smaller.
        const whole = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(whole <= (name === "six" ? 718 : 1000), `${name}: ${whole}`);
        await shot(page, `matrix-${name}-print`);
        await page.pdf({ path: join(documents, "screenshots", `matrix-${name}.pdf`), format: "A4" });
      });
    }
  });
}

test("what is chosen can be seen in forced colours", async () => {
  await visit(`${address}/?tier=Plus#post-emergency-close_call`, { forcedColors: "active" }, async (page) => {
    const colours = (name) =>
      page.locator("label", { hasText: name }).locator("span").evaluate((span) => {
        const { backgroundColor, color } = getComputedStyle(span);
        return { backgroundColor, color };
      });
    const [chosen, other] = [await colours(/^Plus$/), await colours(/^Pro$/)];
    assert.notEqual(chosen.backgroundColor, other.backgroundColor);
    assert.notEqual(chosen.color, chosen.backgroundColor);
    assert.notDeepEqual(await colours(/^List$/), await colours(/^Matrix$/));
    const outline = await page.locator("tr:target").evaluate((row) => getComputedStyle(row).outlineStyle);
    assert.equal(outline, "solid");
    await shot(page, "forced-colours");
  });
});

test("a theme says what it said, and stays in its element", async () => {
  await visit(pathToFileURL(join(documents, "themed.html")).href, {}, async (page) => {
    const heading = await page.locator("h1").evaluate((heading) => [
      getComputedStyle(heading).color,
      getComputedStyle(heading, "::after").content,
    ]);
    assert.equal(heading[0], "rgb(1, 2, 3)");
    assert.equal(heading[1], '"</style><script>globalThis.pwned = true</script>"');
    assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
    assert.equal(await page.locator("style").count(), 2);
    await choose(page, "Matrix");
    assert.equal(await page.locator("main.matrix").count(), 1);
  });
});

test("a link to a row leaves the heads in view", async () => {
  await visit(`${address}/#post-emergency-close_call`, {}, async (page) => {
    const [row, heads] = await page.locator("tr:target").evaluate((row) => [
      row.getBoundingClientRect().top,
      row.closest("table").querySelector("thead th").getBoundingClientRect().bottom,
    ]);
    assert.ok(row >= heads, `the row is at ${row}, below the heads at ${heads}`);
  });
});

test("without JavaScript it is the whole list", async () => {
  await visit(`${address}/`, { javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator("main tbody tr:visible").count(), total + events.length);
    assert.equal(await page.locator("form:visible").count(), 0);
    await shot(page, "no-script");
  });
});

for (const [name, options] of [
  ["light-narrow", { viewport: { width: 360, height: 740 } }],
  ["dark-wide", { colorScheme: "dark" }],
  ["dark-narrow", { colorScheme: "dark", viewport: { width: 360, height: 740 } }],
]) {
  test(`it is accessible and fits: ${name}`, async () => {
    await visit(`${address}/`, options, async (page) => {
      await assertAccessible(page, name);
      await choose(page, "Plus");
      const [width, inner] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        innerWidth,
      ]);
      assert.ok(width <= inner, `${width} wide on ${inner}`);
      await shot(page, name);
      await choose(page, "Matrix");
      await assertAccessible(page, `${name}, matrix`);
      await shot(page, `${name}-matrix`);
    });
  });
}

test("on paper it is the list, without the controls", async () => {
  await visit(`${address}/`, { colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("form:visible").count(), 0);
    assert.equal((await paths(page)).length, total);
    const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(colour, "rgb(255, 255, 255)");
    await shot(page, "print");
    const pdf = await page.pdf({ path: join(documents, "screenshots", "print.pdf"), format: "A4" });
    assert.ok(pdf.length > 10_000);
  });
});

const addOns = pathToFileURL(join(documents, "add-ons", "page.html")).href;

test("add-ons are filters next to the tiers", async () => {
  await visit(addOns, {}, async (page) => {
    const addOn = (name) => page.getByRole("checkbox", { name, exact: true });
    const rows = [
      "/free",
      "/plus",
      "/plus_and_radio",
      "/plus_or_radio",
      "/radio",
      "/camera",
      "/grandfathered",
      "/observed",
    ];
    assert.deepEqual(await paths(page), rows);
    assert.equal(await status(page), "8 of 8 endpoints shown");
    await choose(page, "Free");
    assert.deepEqual(await paths(page), ["/free"]);
    await addOn("Radio").check({ force: true });
    assert.deepEqual(await paths(page), ["/free", "/plus_or_radio", "/radio"]);
    assert.equal(await status(page), "3 of 8 endpoints shown, available with Free and Radio");
    await addOn("Body camera").check({ force: true });
    assert.deepEqual(await paths(page), ["/free", "/plus_or_radio", "/radio", "/camera"]);
    await choose(page, "Plus");
    assert.deepEqual(
      await paths(page),
      rows.filter((path) => path !== "/grandfathered"),
    );
    await addOn("Body camera").uncheck({ force: true });
    await choose(page, "any tier");
    assert.deepEqual(await paths(page), ["/plus_and_radio", "/plus_or_radio", "/radio"]);
    assert.equal(await status(page), "3 of 8 endpoints shown, that need or accept Radio");
    assert.match(await href(page), /\?addon=radio$/);
    await assertAccessible(page, "add-ons");
    await page.reload();
    assert.ok(await addOn("Radio").isChecked());
    assert.equal((await paths(page)).length, 3);
    await page.getByRole("searchbox").fill("no such thing");
    await page.getByRole("button", { name: "Show all" }).click();
    assert.ok(!(await addOn("Radio").isChecked()));
    assert.deepEqual(await paths(page), rows);
    await shot(page, "add-ons");
  });
});

test("the matrix and the list state the add-ons and the older plans", async () => {
  await visit(addOns, {}, async (page) => {
    const tiers = await page.locator("tbody .tier").allTextContents();
    assert.deepEqual(tiers, [
      "Free",
      "Plus",
      "Plus + Radio",
      "Plus or Radio",
      "Radio",
      "Free + Body camera",
      "ProPlus with a plan version below 3",
      "Plus",
    ]);
    await choose(page, "Matrix");
    const cells = await page
      .locator("main tbody tr")
      .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll(".m")].map((cell) => cell.textContent)));
    assert.deepEqual(cells, [
      ["yes", "yes", "yes"],
      ["no", "yes", "yes"],
      ["no", "with Radio", "with Radio"],
      ["with Radio", "yes", "yes"],
      ["with Radio", "with Radio", "with Radio"],
      ["with Body camera", "with Body camera", "with Body camera"],
      ["no", "older plans", "yes"],
      ["no", "yes", "yes"],
    ]);
    await assertAccessible(page, "matrix with add-ons");
    await shot(page, "add-ons-matrix");
    assert.ok(!(await page.content()).includes("nforced"), "the page does not tell what is only observed");
  });
  for (const width of [320, 768]) {
    await visit(addOns, { viewport: { width, height: 700 } }, async (page) => {
      for (const view of ["List", "Matrix"]) {
        await choose(page, view);
        const whole = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(whole <= width, `${view}: ${whole} wide on ${width}`);
        await shot(page, `add-ons-${view}-${width}`);
      }
    });
  }
});

test("the list, the matrix and a table state the limits and the quota", async () => {
  const url = pathToFileURL(join(documents, "limits", "page.html")).href;
  await visit(url, {}, async (page) => {
    const texts = (selector) => page.locator(selector).allTextContents();
    assert.deepEqual(await texts(".quota tbody tr"), ["Free100/day", "Plus60/minute and 5000/day", "Prounlimited"]);
    assert.deepEqual((await texts("main tbody .tier")).slice(0, 3), [
      "Free60/minute",
      "Plustakes 20 units of the quota",
      "Free1/secondtakes nothing from the quota",
    ]);
    await assertAccessible(page, "limits");
    await shot(page, "limits");
    await page.getByRole("searchbox").fill("10/hour");
    assert.deepEqual(await paths(page), ["/older"]);
    await page.getByRole("searchbox").fill("");
    await choose(page, "Matrix");
    assert.deepEqual(await texts("#get-radio .m"), [
      "with Radio10/minute",
      "yes60/minute and 5000/day",
      "yesunlimited",
    ]);
    // Each word of the limits fits into its column.
    const heights = await page
      .locator("#get-all .m .note")
      .evaluateAll((notes) => notes.map((note) => note.getClientRects()[0].height / parseFloat(getComputedStyle(note).lineHeight)));
    for (const lines of heights) assert.ok(lines < 1.5, `${lines} lines`);
    await assertAccessible(page, "matrix with limits");
    await shot(page, "limits-matrix");
  });
  for (const width of [320, 768]) {
    await visit(url, { viewport: { width, height: 700 } }, async (page) => {
      for (const view of ["List", "Matrix"]) {
        await choose(page, view);
        const whole = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(whole <= width, `${view}: ${whole} wide on ${width}`);
        await shot(page, `limits-${view}-${width}`);
      }
    });
  }
});

const withEvents = pathToFileURL(join(documents, "events", "page.html")).href;

test("events have a tab", async () => {
  const source = JSON.parse(readFileSync(join(documents, "events", "source.json"), "utf8"));
  const names = source.events.map((event) => event.name);
  await visit(withEvents, {}, async (page) => {
    assert.equal(
      await page.locator("header p").first().textContent(),
      `2 endpoints and ${names.length} events, with the lowest subscription tier that may call or receive each of them.`,
    );
    assert.deepEqual(await paths(page), ["/calls", "/units"]);
    assert.equal(await status(page), "2 of 2 endpoints shown");
    await choose(page, "Events");
    assert.deepEqual(await paths(page), names);
    assert.equal(await status(page), `${names.length} of ${names.length} events shown`);
    assert.deepEqual(await page.locator("h2:visible").allTextContents(), ["Events"]);
    const heads = page.locator("section.events thead th:visible");
    assert.deepEqual(await heads.allTextContents(), ["Event", "Summary", "Minimum tier"]);
    assert.equal(
      await page.locator("#event-event_talk .tier").textContent(),
      "Pro or RadioPlus or Radio with a plan version below 3",
    );
    await assertAccessible(page, "events");
    await shot(page, "events");
    // The filters apply to events.
    await choose(page, "Standard");
    assert.deepEqual(await paths(page), []);
    assert.equal(await status(page), "No events shown, available with Standard");
    await choose(page, "Plus");
    const ofPlus = source.events.filter((event) => event.required_rank === 3).map((event) => event.name);
    assert.deepEqual(await paths(page), ofPlus);
    await page.getByRole("checkbox", { name: "Radio" }).check({ force: true });
    assert.deepEqual(await paths(page), ["EVENT_LISTEN", "EVENT_TALK", ...ofPlus]);
    await page.getByRole("searchbox").fill("unit_status");
    assert.deepEqual(await paths(page), ["EVENT_UNIT_STATUS"]);
    assert.equal(new URL(await href(page)).search, "?q=unit_status&tier=Plus&addon=radio&show=events");
    await page.reload();
    assert.deepEqual(await paths(page), ["EVENT_UNIT_STATUS"]);
    await page.getByRole("searchbox").fill("nothing");
    await page.getByRole("button", { name: "Show all" }).click();
    assert.deepEqual(await paths(page), names, "the tab stays");
    await choose(page, "Matrix");
    assert.deepEqual(await heads.allTextContents(), ["Event", ...tiers]);
    const cells = (id) => page.locator(`#${id} .m`).allTextContents();
    assert.deepEqual(await cells("event-event_talk"), ["with Radio", "with Radio", "with Radio", "with Radio", "yes", "yes"]);
    assert.deepEqual(await cells("event-event_unit_status"), ["no", "no", "no", "yes", "yes", "yes"]);
    await assertAccessible(page, "matrix of events");
    await shot(page, "events-matrix");
  });
});

test("a link to an event shows the events", async () => {
  await visit(`${withEvents}?q=call&tier=Free#event-event_911`, {}, async (page) => {
    assert.ok(await page.locator("tr:target").isVisible());
    assert.ok(await page.getByRole("radio", { name: "Events" }).isChecked());
    assert.equal(new URL(await href(page)).search, "?show=events");
    await choose(page, "Endpoints");
    assert.equal(new URL(await href(page)).hash, "", "the row is not shown");
    await page.evaluate(() => {
      location.hash = "event-event_tone";
    });
    await page.locator("tr:target").waitFor();
    assert.ok(await page.locator("tr:target").isVisible());
  });
});

test("events fit on every screen, and need no JavaScript", async () => {
  for (const width of [320, 360, 768]) {
    await visit(`${withEvents}?show=events`, { viewport: { width, height: 700 } }, async (page) => {
      for (const view of ["List", "Matrix"]) {
        await choose(page, view);
        const whole = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(whole <= width, `${view}: ${whole} wide on ${width}`);
        await shot(page, `events-${view}-${width}`);
      }
      // On a narrow screen, each cell names its tier. The heads don't name it twice.
      const named = (selector) =>
        page.locator(selector).first().evaluate((cell) => getComputedStyle(cell, "::after").content);
      assert.equal(await named(".events thead .m"), "none");
      assert.equal(await named(".events tbody .m"), width < 768 ? '"Free"' : "none");
      await choose(page, "List");
      await assertAccessible(page, `events on ${width}`);
    });
  }
  await visit(withEvents, { javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator("main tbody tr:visible").count(), 28);
  });
});

test("hostile texts are text", async () => {
  const source = JSON.parse(readFileSync(join(documents, "hostile", "source.json"), "utf8"));
  const url = pathToFileURL(join(documents, "hostile", "page.html")).href;
  await visit(url, {}, async (page) => {
    assert.equal(await page.locator("main tbody tr").count(), source.endpoints.length + source.events.length);
    assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
    assert.equal(await page.locator("script").count(), 1);
    assert.equal(await page.locator("img, b, [onclick], [onerror]").count(), 0);
    const ids = await page.locator("[id]").evaluateAll((all) => all.map((element) => element.id));
    assert.equal(new Set(ids).size, ids.length);
    await assertAccessible(page, "hostile");
    await page.getByRole("searchbox").fill("漢字");
    assert.equal((await paths(page)).length, 2);
    await shot(page, "hostile");
    await choose(page, "Events");
    assert.deepEqual(await paths(page), ["ünïcödé 漢字 🚔"]);
    await page.getByRole("searchbox").fill("");
    assert.equal((await paths(page)).length, source.events.length);
    await choose(page, "Matrix");
    await assertAccessible(page, "hostile events");
  });
});

test("5,000 endpoints can be filtered", async () => {
  const { endpoints } = JSON.parse(readFileSync(join(documents, "large", "source.json"), "utf8"));
  const source = endpoints.map((row) => `${row.path} ${row.summary} ${row.required_tier}`.toLowerCase());
  const url = pathToFileURL(join(documents, "large", "page.html")).href;
  await visit(url, {}, async (page) => {
    // From an input to the end of the frame that shows what it did. What this frame leaves for later
    // is there two frames later.
    const filter = (view, text) =>
      page.evaluate(
        ([view, text]) =>
          new Promise((resolve) => {
            const frame = () => new Promise(requestAnimationFrame);
            const rows = () =>
              [...document.querySelectorAll("tbody tr")].filter((row) => row.checkVisibility());
            const search = document.getElementById("search");
            document.querySelector(`[value=${view}]`).checked = true;
            search.value = text;
            const start = performance.now();
            search.dispatchEvent(new Event("input", { bubbles: true }));
            requestAnimationFrame(() => {
              const channel = new MessageChannel();
              channel.port1.onmessage = async () => {
                const time = performance.now() - start;
                const first = rows().length;
                await frame();
                await frame();
                resolve({ time, first, all: rows().length, status: document.getElementById("status").textContent });
              };
              channel.port2.postMessage(null);
            });
          }),
        [view, text],
      );
    for (const view of ["list", "matrix"]) {
      const times = [];
      await filter(view, "");
      for (const text of ["e", "en", "number 12", "number 123", "module_7", "", "nothing", ""]) {
        const found = (row) => text.split(" ").every((word) => row.includes(word));
        const expected = source.filter(found).length;
        const { time, first, all, status } = await filter(view, text);
        assert.equal(all, expected, text);
        assert.ok(first >= Math.min(expected, 100), `${first} rows in the first frame of "${text}"`);
        assert.ok(status.startsWith(expected ? `${expected} of 5000 ` : "No endpoints "), status);
        times.push(Math.round(time));
      }
      console.log(`5,000 endpoints, ${view}: filtered in ${times.join(", ")} ms`);
    }
    await page.getByRole("searchbox").fill("endpoint_4999/");
    assert.deepEqual(await paths(page), ["/module_19/endpoint_4999/{id}"]);
    const headings = await page.locator("h2").allTextContents();
    assert.deepEqual(headings.slice(0, 3), ["module_0", "module_0 (2)", "module_0 (3)"]);
  });
});
