"""Reads the documents of catalogues with parsers of other people, and compares every row.

usage: check.py FOLDER ENDPOINTS_CSV EVENTS_CSV SCHEMA

FOLDER holds one folder for each catalogue, with `source.json`, what the catalogue is made of, and
the documents made from it.
"""

import csv
import json
import re
import string
import sys
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
from markdown_it import MarkdownIt
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

# Of those that are default-ignorable, what the hostile texts have.
HIDDEN = [
    0xAD,
    0x3164,
    0xE0041,
    *range(0x200E, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    0x61C,
]


def shown(text):
    """What of a text can be seen: on one line, and in one direction."""
    for line_break in "\n\r\t\u2028\u2029":
        text = text.replace(line_break, " ")
    return "".join(
        character
        for character in text
        if ord(character) >= 0x20
        and not 0x7F <= ord(character) < 0xA0
        and ord(character) not in HIDDEN
    )


def words(text):
    """A text without its spaces, which HTML and Markdown do not keep."""
    return "".join(shown(text).split())


def check(where, found, expected):
    if found != expected:
        sys.exit(f"{where}:\nfound    {found!r}\nexpected {expected!r}")


def add_on(source, row):
    """The name of an endpoint's add-on, or None."""
    names = {feature["key"]: feature["name"] for feature in source["features"]}
    return names.get(row.get("required_feature"))


def requirement(source, row, tier=None):
    """What an endpoint requires, as customers read it."""
    name, tier = add_on(source, row), tier or row["required_tier"]
    between = " or " if row.get("feature_rule") == "or" else " + "
    return between.join(part for part in (tier, name) if part is not None)


def versions(source, row):
    """What older plan versions require, as customers read it."""
    return [
        f"{requirement(source, row, version['required_tier'])} with a plan version below {version['version']}"
        for version in row.get("until_versions", [])
    ]


def cell(source, row, tier):
    """What the matrix says of a tier."""
    rule, name = row.get("feature_rule"), add_on(source, row)
    has_tier = row["required_rank"] is None or tier["rank"] >= row["required_rank"]
    if rule == "only" or (rule == "and" and has_tier) or (rule == "or" and not has_tier):
        return f"with {name}"
    if has_tier:
        return "yes"
    older = any(tier["rank"] >= version["required_rank"] for version in row.get("until_versions", []))
    return "older plans" if older else "no"


def limits_text(windows):
    """The limits of a tier, as customers read them."""
    return " and ".join(f"{each['amount']}/{each['unit']}" for each in windows) or "unlimited"


def limits(source, row):
    """The limits of an endpoint from each tier upwards, without tiers that may call it only for now."""
    rows = row.get("limits", [])
    if not rows or row.get("feature_rule") in ("or", "only"):
        return rows
    tiers = [(row["required_rank"], row["required_tier"])]
    tiers += [(each["required_rank"], each["required_tier"]) for each in row.get("until_versions", [])]
    rank, tier = min(tiers)
    kept = [each for each in rows if each["rank"] > rank]
    first = [each for each in rows if each["rank"] <= rank] or rows[:1]
    return [{**first[-1], "tier": tier, "rank": rank}, *kept]


def limit_texts(rows):
    """The limits from each tier upwards, as customers read them."""
    texts = [f"{each['tier']}: {limits_text(each['windows'])}" for each in rows]
    return texts if len(rows) != 1 else [limits_text(rows[0]["windows"])]


def of_rank(rows, rank):
    """The limits of a tier."""
    reached = [each for each in rows if each["rank"] <= rank] or rows[:1]
    return limits_text(reached[-1]["windows"])


def has_limits(source):
    """Whether the documents of a catalogue state limits."""
    rows = source["endpoints"]
    return "quota" in source or any("limits" in row or "cost" in row for row in rows)


def quota(source):
    """The quota of each tier, if there is one."""
    rows = source.get("quota", [])
    return [[tier["name"], of_rank(rows, tier["rank"])] for tier in source["tiers"] if rows]


class Rows(HTMLParser):
    """The cells of all table bodies, and every element that there is."""

    def __init__(self):
        super().__init__()
        self.rows, self.elements, self.cell, self.in_body = [], {}, None, False

    def handle_starttag(self, tag, attributes):
        self.elements[tag] = self.elements.get(tag, 0) + 1
        for name, _ in attributes:
            if name.startswith("on"):
                sys.exit(f"an event handler in the page: {tag} {name}")
        if tag == "tbody":
            self.in_body = True
        elif tag == "tr" and self.in_body:
            self.rows.append([])
        elif tag in ("td", "th") and self.in_body:
            self.cell = ""

    def handle_endtag(self, tag):
        if tag == "tbody":
            self.in_body = False
        elif tag in ("td", "th") and self.cell is not None:
            self.rows[-1].append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data


def html(folder, source):
    parser = Rows()
    parser.feed((folder / "page.html").read_text(encoding="utf-8"))
    parser.close()
    tiers = source["tiers"]
    expected = []
    for row in source["endpoints"]:
        reason = row["public_reason"]
        mark = "Deprecated" if row.get("deprecated") else ""
        summary = mark + row["summary"] + ("" if reason is None else f"Public: {reason}")
        needs = "Public" if reason is not None else requirement(source, row) + "".join(versions(source, row))
        rows, cost = limits(source, row), row.get("cost", 1)
        needs += "".join(limit_texts(rows))
        if cost != 1 and "quota" in source:
            units = f"{cost} units of" if cost else "nothing from"
            needs += f"takes {units} the quota"
        cells = [cell(source, row, tier) for tier in tiers]
        if rows:
            cells = [
                text if text == "no" else text + of_rank(rows, tier["rank"])
                for text, tier in zip(cells, tiers)
            ]
        expected.append([row["method"] or "", row["path"] or row["name"], summary, needs] + cells)
    # In the order of the modules.
    order = list(dict.fromkeys(row["module"] for row in source["endpoints"]))
    modules = [row["module"] for row in source["endpoints"]]
    expected = [row for module in order for row, own in zip(expected, modules) if own == module]
    expected = quota(source) + expected
    for row in source.get("events", []):
        summary = ("Deprecated" if row.get("deprecated") else "") + row["summary"]
        needs = requirement(source, row) + "".join(versions(source, row))
        expected.append([row["name"], summary, needs, *(cell(source, row, tier) for tier in tiers)])
    expected = [[words(cell) for cell in row] for row in expected]
    check(f"{folder}/page.html", [[words(cell) for cell in row] for row in parser.rows], expected)
    for tag in parser.elements:
        if tag not in ELEMENTS:
            sys.exit(f"{folder}/page.html: an element that is not the page's own: {tag}")
    check(f"{folder}/page.html: scripts", parser.elements["script"], 1)
    return len(parser.rows)


ELEMENTS = (
    "a body button div fieldset form h1 h2 head header html input label legend link main meta p script "
    "section span style table tbody td th thead time title tr"
).split()


def field(value):
    """A field of a file with comma-separated values, which no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    harmless = text[:1].isalnum() or text[:1] in set(string.punctuation) - set("=+-@")
    text = re.sub(r"([;\t\r\n] *)(?=[=+\-@＝＋－＠−])", r"\1'", text)
    return text if harmless or not text else f"'{text}"


def comma_separated_events(folder, source):
    with (folder / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = "name required_tier required_rank summary module required_feature feature_rule".split()
    expected = []
    for row in source.get("events", []):
        older = [f"{each['version']}: {each['required_tier']}" for each in row.get("until_versions", [])]
        own = {name: field(row.get(name)) for name in columns}
        expected.append(own | {"until_versions": field("; ".join(older))})
    check(f"{folder}/events.csv", rows, expected)
    return len(rows)


def comma_separated(folder, source):
    with (folder / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = "method path required_tier required_rank public_reason summary name module".split()
    expected = []
    for row in source["endpoints"]:
        older = [f"{each['version']}: {each['required_tier']}" for each in row.get("until_versions", [])]
        own = (
            {name: field(row[name]) for name in columns}
            | {name: field(row.get(name)) for name in ("required_feature", "feature_rule")}
            | {"until_versions": field("; ".join(older))}
        )
        if has_limits(source):
            by_tier = lambda rows: field(
                "; ".join(f"{each['tier']}: {limits_text(each['windows'])}" for each in rows)
            )
            cost = None if row["public_reason"] is not None else row.get("cost", 1)
            own |= {
                "limits": by_tier(limits(source, row)),
                "cost": field(cost),
                "quota": by_tier(source.get("quota", []) if cost else []),
            }
        expected.append(own)
    check(f"{folder}/catalogue.csv", rows, expected)
    return len(rows)


def markdown(folder, source):
    text = (folder / "catalogue.md").read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    kinds = {token.type for token in tokens}
    allowed = {"inline"} | {
        f"{name}_{end}"
        for name in ("table", "thead", "tbody", "tr", "th", "td")
        for end in ("open", "close")
    }
    check(f"{folder}/catalogue.md: blocks", sorted(kinds - allowed), [])
    rows = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline":
            for child in token.children:
                if child.type not in ("text", "code_inline"):
                    sys.exit(f"{folder}/catalogue.md: {child.type} in {token.content!r}")
            rows[-1].append(words("".join(child.content for child in token.children)))
    has_limit_column = any(limits(source, row) for row in source["endpoints"])
    has_cost_column = "quota" in source and any("cost" in row for row in source["endpoints"])
    header = ["Method", "Path", "Minimum tier"]
    header += ["Limits"] * has_limit_column + ["Cost"] * has_cost_column + ["Summary"]
    expected = [header]
    for row in source["endpoints"]:
        tier = f"Public: {row['public_reason']}"
        if row["public_reason"] is None:
            older = "; ".join(versions(source, row))
            tier = requirement(source, row) + (f" ({older})" if older else "")
        mark = "Deprecated. " if row.get("deprecated") else ""
        cost = "" if row["public_reason"] is not None else str(row.get("cost", 1))
        own = [row["method"] or "", row["path"] or row["name"], tier]
        own += ["; ".join(limit_texts(limits(source, row)))] * has_limit_column + [cost] * has_cost_column
        expected.append(own + [mark + row["summary"]])
    if "quota" in source:
        expected += [["Tier", "Quota of all endpoints together"], *quota(source)]
    if "events" in source:
        expected.append(["Event", "Minimum tier", "Summary"])
    for row in source.get("events", []):
        older = "; ".join(versions(source, row))
        tier = requirement(source, row) + (f" ({older})" if older else "")
        mark = "Deprecated. " if row.get("deprecated") else ""
        expected.append([row["name"], tier, mark + row["summary"]])
    check(
        f"{folder}/catalogue.md", rows, [[words(cell) for cell in row] for row in expected]
    )
    return len(rows)


def json_document(folder, source, schema):
    document = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)
    check(f"{folder}/catalogue.json", document, source)
    return len(document["endpoints"])


def is_limited(source, row):
    """Whether a call can exceed a limit."""
    takes_quota = row["public_reason"] is None and row.get("cost", 1) > 0
    return "limits" in row or ("quota" in source and takes_quota)


def check_failures(document):
    """Version 1 of `cad` answers failed calls with plain texts, whose statuses clients understand."""
    for path, item in document["paths"].items():
        if path.startswith(("/v2/", "/events")):
            continue
        statuses = set(item["post"]["responses"]) - {"default"}
        check(f"cad{path}", statuses, {"400", "404", "429", "503"})
        for status in statuses:
            name = item["post"]["responses"][status]["$ref"].rsplit("/", 1)[1]
            response = document["components"]["responses"][name]
            check(f"cad{path}: {status}", list(response["content"]), ["text/plain"])


def openapi(folder, source):
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    # The validator takes a minute for the large one, which is made as the others are.
    if folder.name != "large":
        OpenAPIV31SpecValidator(document).validate()
    found = {
        (method.upper(), path): (
            operation.get("x-required-tier"),
            operation.get("x-required-feature"),
            operation.get("x-feature-rule"),
            [each["version"] for each in operation.get("x-until-version", [])],
            [[each["tier"], each["windows"]] for each in operation.get("x-limits", [])],
            operation.get("x-cost"),
            "429" in operation["responses"],
            "RateLimit" in operation["responses"]["default"].get("headers", {}),
            operation.get("x-public-reason"),
            operation.get("summary", ""),
            operation.get("deprecated", False),
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    expected = {
        (row["method"], row["path"].replace("{*", "{")): (
            row["required_tier"],
            row.get("required_feature"),
            row.get("feature_rule"),
            [each["version"] for each in row.get("until_versions", [])],
            [[each["tier"], each["windows"]] for each in limits(source, row)],
            # Version 2 of `cad` has no quota, so its costs don't matter.
            row.get("cost") if "quota" in source and folder.name != "cad" else None,
            is_limited(source, row),
            is_limited(source, row),
            row["public_reason"],
            row["summary"],
            row.get("deprecated", False),
        )
        for row in source["endpoints"]
        if row["path"] is not None
    }
    check(f"{folder}/openapi.json", found, expected)
    found_events = {
        name: (
            list(item),
            item["post"].get("x-required-tier"),
            item["post"].get("x-required-feature"),
            item["post"].get("x-feature-rule"),
            [each["version"] for each in item["post"].get("x-until-version", [])],
            item["post"].get("summary", ""),
            item["post"].get("deprecated", False),
            list(item["post"]["responses"]),
        )
        for name, item in document.get("webhooks", {}).items()
    }
    expected_events = {
        row["name"]: (
            ["post"],
            row["required_tier"],
            row.get("required_feature"),
            row.get("feature_rule"),
            [each["version"] for each in row.get("until_versions", [])],
            row["summary"],
            row.get("deprecated", False),
            ["2XX"],
        )
        for row in source.get("events", [])
    }
    check(f"{folder}/openapi.json: webhooks", found_events, expected_events)
    if folder.name == "cad":
        check_failures(document)
    refused = [
        operation
        for item in document["paths"].values()
        for operation in item.values()
        if "x-public-reason" not in operation
    ]
    for operation in refused:
        if not {"403", "400"} & set(operation["responses"]):
            sys.exit(f"{folder}/openapi.json: no refusal in {operation['operationId']}")
    return len(found) + len(found_events)


def openapi_errors(path):
    """What the validator finds. Some libraries write documents that are not quite valid."""
    document = json.loads(path.read_text(encoding="utf-8"))
    is_3_0 = document["openapi"].startswith("3.0")
    validator = OpenAPIV30SpecValidator if is_3_0 else OpenAPIV31SpecValidator
    return {error.message for error in validator(document).iter_errors()}


def problems(folder, document):
    """What the server answers is what the document says."""
    schema = document["components"]["schemas"]["TierProblem"]
    # A misspelt member would do no harm to the schema of the document.
    strict = jsonschema.Draft202012Validator({**schema, "additionalProperties": False})
    answers = json.loads((folder / "problems.json").read_text(encoding="utf-8"))
    for answer in answers:
        strict.validate(answer)
    codes = [answer["code"] for answer in answers]
    check("the codes of problem documents", sorted(schema["properties"]["code"]["enum"]), sorted(set(codes)))
    return len(answers)


def table(folder, endpoints):
    """The vendor's tables: the 48 rows of version 1 in their order, the limits of version 2, and the events."""
    source = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
    with endpoints.open(encoding="utf-8", newline="") as file:
        rows = [(row["endpoint"], row["minimum_tier"]) for row in csv.DictReader(file)]
    check("the number of rows of the table", len(rows), 48)
    found = [(row["path"], row["required_tier"]) for row in source["endpoints"]]
    check(f"{folder}: the vendor's table", found[: len(rows)], rows)

    with (endpoints.parent / "v2_others.csv").open(encoding="utf-8", newline="") as file:
        others = {
            (row["method"], row["path"]): row["minimum_tier"] for row in csv.DictReader(file)
        }
    with (endpoints.parent / "v2.csv").open(encoding="utf-8", newline="") as file:
        published = {}
        for row in csv.DictReader(file):
            path = row["method"], row["path"]
            # Not all endpoints without a counterpart in version 1 are served.
            if tier := row["minimum_tier"] or others.get(path):
                published[path] = tier, int(row["per_minute"])
    kick = "/v2/emergency/servers/{serverId}/units/kick"
    published["DELETE", kick] = published["POST", kick]
    found = {
        (row["method"], row["path"]): (row["required_tier"], amount(row["limits"]))
        for row in source["endpoints"][len(rows) :]
        # The vendor's tables don't list the endpoints for events.
        if row["path"].startswith("/v2/")
    }
    check(f"{folder}: the limits of version 2", found, published)

    with (endpoints.parent / "events.csv").open(encoding="utf-8", newline="") as file:
        published = {row["event"]: row["minimum_tier"] for row in csv.DictReader(file)}
    found = {row["name"]: row["required_tier"] for row in source["events"]}
    check(f"{folder}: the events", found, published)


def amount(limits):
    """The only limit of an endpoint, per minute."""
    [[window]] = [limit["windows"] for limit in limits]
    check("the unit of a limit", window["unit"], "minute")
    return window["amount"]


def table_of_events(folder, events, is_required):
    """The 24 rows of the vendor's table of events, in any order."""
    source = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
    if "events" not in source and not is_required:
        return
    with events.open(encoding="utf-8", newline="") as file:
        rows = {row["event"]: row["minimum_tier"] for row in csv.DictReader(file)}
    check("the number of rows of the table of events", len(rows), 24)
    found = {row["name"]: row["required_tier"] for row in source["events"] if row["name"] in rows}
    check(f"{folder}: the vendor's table of events", found, rows)


def main():
    folder, endpoints, events, schema = (Path(argument) for argument in sys.argv[1:])
    schema = json.loads(schema.read_text(encoding="utf-8"))
    for catalogue in ("cad", "hostile", "large", "tiers", "add-ons", "limits", "events"):
        own = folder / catalogue
        source = json.loads((own / "source.json").read_text(encoding="utf-8"))
        counts = {
            "html": html(own, source),
            "csv": comma_separated(own, source),
            "events": comma_separated_events(own, source),
            "markdown": markdown(own, source),
            "json": json_document(own, source, schema),
            "openapi": openapi(own, source),
        }
        print(catalogue, counts)
    table(folder / "cad", endpoints)
    table_of_events(folder / "events", events, is_required=True)
    table_of_events(folder / "cad", events, is_required=False)
    merged = sorted((folder / "merged").iterdir())
    check("the number of merged documents", len(merged), 4)
    for path in merged:
        before = openapi_errors(folder / "original" / path.name)
        check(f"{path}: errors that the merge added", openapi_errors(path) - before, set())
    document = json.loads((folder / "merged.json").read_text(encoding="utf-8"))
    OpenAPIV31SpecValidator(document).validate()
    print("problem documents", problems(folder, document))


main()
