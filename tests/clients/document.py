"""Checks requests and answers against the OpenAPI document that the server prints."""

import json
import subprocess

from jsonschema import Draft202012Validator


class OpenApi:
    def __init__(self, program):
        command = [program, "catalogue", "--format", "openapi"]
        document = subprocess.run(command, check=True, capture_output=True).stdout
        self.paths = json.loads(document)["paths"]

    def check(self, row, sent, answer):
        """Checks a request and its answer. `row` is the method and the path in the document."""
        method, path = row.split(" ")
        operation = self.paths[path][method.lower()]
        if body := operation.get("requestBody"):
            check(f"{row}: the request", schema_of(body), json.loads(sent["body"]))
        described = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
        if unknown := sent["query"].keys() - described:
            raise SystemExit(f"{row}: the document has no parameters {unknown}")
        check(f"{row}: the answer", strict(schema_of(operation["responses"]["200"])), answer)


def schema_of(message):
    return message["content"]["application/json"]["schema"]


def strict(schema):
    """The schema, except that it allows no field without a description."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    # The parts of `allOf` describe the same object, so each part allows the fields of the others.
    found = {key: value if key == "allOf" else strict(value) for key, value in schema.items()}
    if "properties" in found:
        found.setdefault("unevaluatedProperties", False)
    return found


def check(what, schema, value):
    for error in Draft202012Validator(schema).iter_errors(value):
        raise SystemExit(f"{what} contradicts the document: {error.json_path}: {error.message}")
