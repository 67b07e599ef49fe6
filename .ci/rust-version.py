"""Compares the Rust version that each feature of tiergate is said to need with the versions that its
dependencies state.

--version prints the version that the package states, --features the features that need no more.
"""

import json
import re
import subprocess
import sys

# What is said to need more than the package does. README.md names the same versions.
NEWER = {"postgres": "1.94", "salvo": "1.95", "sqlx": "1.94"}


def cargo(*arguments):
    return subprocess.check_output(["cargo", *arguments], text=True)


def order(version):
    return [int(part) for part in (version + ".0.0").split(".")[:3]]


packages = json.loads(cargo("metadata", "--locked", "--format-version", "1", "--all-features"))["packages"]
stated = {(package["name"], package["version"]): package["rust_version"] for package in packages}
tiergate = next(package for package in packages if package["name"] == "tiergate")
own = tiergate["rust_version"]
features = [name for name in sorted(tiergate["features"]) if name != "default" and not name.startswith("_")]

if sys.argv[1:] == ["--version"]:
    print(own)
    sys.exit()
if sys.argv[1:] == ["--features"]:
    print(",".join(name for name in features if name not in NEWER))
    sys.exit()

failed = [f"{name} is not a feature" for name in NEWER if name not in features]
for feature in ["", *features]:
    lines = cargo(
        "tree", "--locked", "-p", "tiergate", "-e", "normal,build", "--prefix", "none",
        "--no-dedupe", "--format", "{p}", "--features", feature,
    ).splitlines()  # fmt: skip
    built = {re.match(r"(\S+) v(\S+)", line).groups() for line in lines}
    silent = sum(1 for package in built if not stated[package])
    needed, package = max(
        ((stated[package], " ".join(package)) for package in built if stated[package]),
        key=lambda need: (order(need[0]), need[1].startswith("tiergate")),
    )
    print(f"{feature or 'no feature'}: Rust {needed}, because of {package}; {silent} of {len(built)} packages state none")
    said = NEWER.get(feature, own)
    if order(needed) != order(said):
        failed.append(f"{feature or 'no feature'} needs Rust {needed}, and is said to need {said}")
if failed:
    sys.exit("\n".join(failed))
