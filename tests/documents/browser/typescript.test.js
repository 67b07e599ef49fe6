// The TypeScript of a catalogue, compiled by its compiler and run.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const documents = process.env.DOCUMENTS;

const compile = (folder, files) => {
  const out = join(folder, "compiled");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  writeFileSync(join(out, "package.json"), '{"type": "module"}');
  const options = ["--strict", "--noUnusedLocals", "--target", "es2022", "--module", "esnext"];
  options.push("--moduleResolution", "bundler", "--declaration", "--outDir", out);
  try {
    execFileSync(join(here, "node_modules/.bin/tsc"), [...options, ...files], { encoding: "utf8" });
  } catch (error) {
    assert.fail(`tsc: ${error.stdout}${error.stderr}`);
  }
  return import(pathToFileURL(join(out, "tiers.js")).href);
};

const key = (row) => (row.path === null ? row.name : `${row.method} ${row.path}`);

for (const name of ["cad", "hostile", "large"]) {
  test(`the constants of ${name} are those of the catalogue`, async () => {
    const folder = join(documents, name);
    const source = JSON.parse(readFileSync(join(folder, "source.json"), "utf8"));
    const { tiers, endpoints, allows } = await compile(folder, [join(folder, "tiers.ts")]);
    assert.deepEqual(
      Object.entries(tiers).sort(),
      source.tiers.map((tier) => [tier.name, tier.rank]).sort(),
    );
    assert.equal(Object.getPrototypeOf(endpoints), Object.prototype);
    assert.equal(Object.keys(endpoints).length, source.endpoints.length);
    for (const row of source.endpoints) {
      assert.deepEqual(Object.getOwnPropertyDescriptor(endpoints, key(row)).value, {
        name: row.name,
        method: row.method,
        path: row.path,
        requiredTier: row.required_tier,
        requiredRank: row.required_rank,
        publicReason: row.public_reason,
        summary: row.summary,
      });
      for (const tier of source.tiers) {
        assert.equal(allows(tier.name, key(row)), tier.rank >= (row.required_rank ?? 0));
      }
    }
    assert.equal(globalThis.pwned, undefined);
  });
}

test("a client's mistakes are errors of the compiler", async () => {
  const folder = join(documents, "cad");
  const client = join(folder, "client.ts");
  writeFileSync(
    client,
    `import { allows, endpoints, tiers, type Endpoint, type EndpointKey, type Gated, type Tier } from "./tiers";

export const required: "Plus" = endpoints["POST /emergency/close_call"].requiredTier;
export const rank: 3 = endpoints["POST /emergency/close_call"].requiredRank;
export const one: 6 = tiers.One;
export const may: boolean = allows("Free", "POST /emergency/close_call");
// Without a check for null: what is known of an endpoint is its type.
export const request: Request = new Request(new URL(endpoints["POST /emergency/close_call"].path, "http://a.example"), {
  method: endpoints["POST /emergency/close_call"].method,
});
export const path: "/emergency/close_call" = endpoints["POST /emergency/close_call"].path;
export const gated: Gated<"Plus"> = endpoints["POST /emergency/close_call"];
export const any: Endpoint = endpoints["POST /general/get_version" satisfies EndpointKey];
export const tier: Tier = "Starter";

// @ts-expect-error: no such endpoint
allows("Free", "POST /emergency/close_cal");
// @ts-expect-error: no such tier
allows("Gold", "POST /emergency/close_call");
// @ts-expect-error: a constant
tiers.One = 7;
// @ts-expect-error: the path is another one
export const elsewhere: "/emergency/close_cal" = endpoints["POST /emergency/close_call"].path;
// @ts-expect-error: the tier is another one
export const wrong: "Standard" = endpoints["POST /emergency/close_call"].requiredTier;
`,
  );
  await compile(folder, [client]);
});
