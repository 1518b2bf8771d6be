"""Validates JSON answers against docs/openapi.yaml.

usage: validate.py openapi.yaml SCHEMA=FILE ...
"""

import json
import sys

import jsonschema
import yaml


def refuse(constant):
    raise ValueError(f"{constant} is no JSON")


with open(sys.argv[1], encoding="utf-8") as file:
    document = yaml.safe_load(file)
for argument in sys.argv[2:]:
    name, path = argument.split("=", 1)
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.Draft202012Validator.check_schema(schema)
    with open(path, encoding="utf-8") as file:
        answer = json.load(file, parse_constant=refuse)
    for error in jsonschema.Draft202012Validator(schema).iter_errors(answer):
        print(f"{path}: {error.json_path}: {error.message}")
