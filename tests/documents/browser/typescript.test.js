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

/** What the generated file states about the requirement of an endpoint or an event. */
const requirement = (row) => ({
  requiredTier: row.required_tier,
  requiredRank: row.required_rank,
  requiredFeature: row.required_feature ?? null,
  featureRule: row.feature_rule ?? null,
  untilVersions: (row.until_versions ?? []).map((version) => ({
    version: version.version,
    requiredTier: version.required_tier,
    requiredRank: version.required_rank,
  })),
});

/** Whether a caller may call an endpoint, as the documentation says. */
const mayCall = (row, { rank, features = [], planVersion }) => {
  if (row.public_reason !== null) return true;
  const has = features.includes(row.required_feature);
  const older = (row.until_versions ?? []).find(({ version }) => planVersion < version);
  const hasTier = rank >= (older ?? row).required_rank;
  switch (row.feature_rule) {
    case "and":
      return hasTier && has;
    case "or":
      return hasTier || has;
    case "only":
      return has;
    default:
      return hasTier;
  }
};

/** The limits from each tier upwards, without tiers that may call the endpoint only for now. */
const limits = (row) => {
  const rows = row.limits ?? [];
  if (rows.length === 0 || ["or", "only"].includes(row.feature_rule)) return rows;
  const tiers = [row, ...(row.until_versions ?? [])].sort((one, other) => one.required_rank - other.required_rank);
  const [{ required_tier: tier, required_rank: rank }] = tiers;
  const last = rows.findLast((each) => each.rank <= rank) ?? rows[0];
  return [{ ...last, tier, rank }, ...rows.filter((each) => each.rank > rank)];
};

for (const name of ["cad", "hostile", "large", "add-ons", "limits", "events"]) {
  test(`the constants of ${name} are those of the catalogue`, async () => {
    const folder = join(documents, name);
    const source = JSON.parse(readFileSync(join(folder, "source.json"), "utf8"));
    const module = await compile(folder, [join(folder, "tiers.ts")]);
    const { tiers, features, endpoints, allows } = module;
    const isLimited = "quota" in source || source.endpoints.some((row) => "limits" in row || "cost" in row);
    assert.deepEqual(module.quota, isLimited ? (source.quota ?? []) : undefined);
    assert.deepEqual(
      Object.entries(tiers).sort(),
      source.tiers.map((tier) => [tier.name, tier.rank]).sort(),
    );
    assert.deepEqual(
      Object.entries(features).sort(),
      source.features.map(({ key, name }) => [key, name]).sort(),
    );
    assert.equal(Object.getPrototypeOf(endpoints), Object.prototype);
    assert.equal(Object.keys(endpoints).length, source.endpoints.length);
    for (const row of source.endpoints) {
      assert.deepEqual(Object.getOwnPropertyDescriptor(endpoints, key(row)).value, {
        name: row.name,
        method: row.method,
        path: row.path,
        ...requirement(row),
        publicReason: row.public_reason,
        summary: row.summary,
        ...(isLimited && {
          limits: limits(row),
          cost: row.public_reason === null ? (row.cost ?? 1) : 0,
        }),
      });
      for (const tier of source.tiers) {
        assert.equal(allows(tier.name, key(row)), mayCall(row, { rank: tier.rank }));
        for (const features of [[], source.features.slice(0, 3).map((feature) => feature.key)]) {
          for (const planVersion of [undefined, 1, 2, 4, 5]) {
            const caller = { tier: tier.name, features, planVersion };
            const expected = mayCall(row, { rank: tier.rank, features, planVersion });
            assert.equal(allows(caller, key(row)), expected, `${key(row)} ${JSON.stringify(caller)}`);
          }
        }
      }
    }
    for (const row of source.endpoints) {
      const features = source.features.map((feature) => feature.key);
      const rank = -Infinity;
      assert.equal(allows({}, key(row)), mayCall(row, { rank }));
      assert.equal(allows({ tier: null, features }, key(row)), mayCall(row, { rank, features }));
    }
    assert.deepEqual(Object.keys(module.events ?? {}).sort(), (source.events ?? []).map(({ name }) => name).sort());
    for (const row of source.events ?? []) {
      assert.deepEqual(Object.getOwnPropertyDescriptor(module.events, row.name).value, {
        name: row.name,
        ...requirement(row),
        summary: row.summary,
      });
      const mayReceive = (caller) => mayCall({ ...row, public_reason: null }, caller);
      const all = source.features.map((feature) => feature.key);
      for (const { name, rank } of source.tiers) {
        assert.equal(module.allowsEvent(name, row.name), mayReceive({ rank }), `${row.name} ${name}`);
        for (const features of [[], all]) {
          for (const planVersion of [undefined, 1, 2, 5]) {
            const expected = mayReceive({ rank, features, planVersion });
            assert.equal(module.allowsEvent({ tier: name, features, planVersion }, row.name), expected, row.name);
          }
        }
      }
      assert.equal(module.allowsEvent({ features: all }, row.name), mayReceive({ rank: -Infinity, features: all }));
    }
    assert.equal(globalThis.pwned, undefined);
  });
}

test("add-ons have types", async () => {
  const folder = join(documents, "add-ons");
  const client = join(folder, "client.ts");
  writeFileSync(
    client,
    `import { allows, endpoints, features, type Caller, type Feature, type FeatureGated, type Gated } from "./tiers";

export const radio: "Radio" = features.radio;
export const key: Feature = "body_cam";
export const caller: Caller = { tier: "Plus", features: ["radio"], planVersion: 2 };
export const may: boolean = allows(caller, "GET /plus_and_radio");
export const and: Gated<"Plus", "GET", "/plus_and_radio", "radio"> = endpoints["GET /plus_and_radio"];
export const any: Gated<"Plus"> = endpoints["GET /plus_or_radio"];
export const only: FeatureGated<"radio"> = endpoints["GET /radio"];
export const rule: "only" = endpoints["GET /radio"].featureRule;
export const none: null = endpoints["GET /plus"].requiredFeature;

// @ts-expect-error: no such add-on
allows({ features: ["drone"] }, "GET /radio");
// @ts-expect-error: no such tier
allows({ tier: "Gold" }, "GET /radio");
// @ts-expect-error: the add-on is another one
export const wrong: "body_cam" = endpoints["GET /radio"].requiredFeature;
`,
  );
  await compile(folder, [client]);
  const module = readFileSync(join(folder, "tiers.ts"), "utf8");
  assert.ok(!module.includes("nforced"), "the module does not tell what is only observed");
});

test("events have types", async () => {
  const folder = join(documents, "events");
  const client = join(folder, "client.ts");
  writeFileSync(
    client,
    `import { allows, allowsEvent, events, type CatalogueEvent, type EventName, type FeatureGatedEvent, type GatedEvent } from "./tiers";

export const required: "Plus" = events["EVENT_UNIT_STATUS"].requiredTier;
export const rank: 3 = events.EVENT_UNIT_STATUS.requiredRank;
export const status: GatedEvent<"Plus", "EVENT_UNIT_STATUS", null> = events.EVENT_UNIT_STATUS;
export const talk: GatedEvent<"Pro"> = events.EVENT_TALK;
export const listen: FeatureGatedEvent<"radio"> = events.EVENT_LISTEN;
export const any: CatalogueEvent = events.EVENT_LISTEN;
export const name: EventName = "EVENT_911";
export const offered = (Object.keys(events) as EventName[]).filter((event) => allowsEvent("Free", event));
export const may: boolean = allowsEvent({ tier: "Plus", features: ["radio"], planVersion: 2 }, "EVENT_TALK");
export const call: boolean = allows("Plus", "POST /calls");

// @ts-expect-error: no such event
allowsEvent("Free", "EVENT_UNIT_STATE");
// @ts-expect-error: an event is no endpoint
allows("Free", "EVENT_UNIT_STATUS");
// @ts-expect-error: an endpoint is no event
allowsEvent("Free", "POST /calls");
// @ts-expect-error: the tier is another one
export const wrong: "Pro" = events.EVENT_UNIT_STATUS.requiredTier;
// @ts-expect-error: a constant
events.EVENT_UNIT_STATUS = events.EVENT_911;
`,
  );
  await compile(folder, [client]);
});

test("limits have types", async () => {
  const folder = join(documents, "limits");
  const client = join(folder, "client.ts");
  writeFileSync(
    client,
    `import { endpoints, limitsOf, quota, type Gated, type LimitWindow, type TierLimits } from "./tiers";

export const radio: readonly TierLimits[] = endpoints["GET /radio"].limits;
export const plus: readonly LimitWindow[] = limitsOf("Plus", quota);
export const nobody: readonly LimitWindow[] = limitsOf(null, radio);
export const gated: Gated<"Plus"> = endpoints["POST /expensive"];
export const cost: number = gated.cost;

// @ts-expect-error: no such tier
limitsOf("Gold", quota);
// @ts-expect-error: no such unit
export const unit: "week" = plus[0].unit;
`,
  );
  await compile(folder, [client]);
  const { limitsOf, quota, endpoints } = await import(pathToFileURL(join(folder, "compiled", "tiers.js")).href);
  const texts = (tier, limits) =>
    limitsOf(tier, limits).map(({ amount, unit, seconds }) => `${amount}/${unit} ${seconds}`);
  assert.deepEqual(texts("Free", quota), ["100/day 86400"]);
  assert.deepEqual(texts("Plus", quota), ["60/minute 60", "5000/day 86400"]);
  assert.deepEqual(texts("Pro", quota), []);
  assert.deepEqual(texts(null, endpoints["GET /radio"].limits), ["10/minute 60"]);
  assert.deepEqual(texts("Pro", endpoints["POST /expensive"].limits), []);
});

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
