"""Runs the vendor's Python client against a server.

usage: sonoran_py.py CAD_PROGRAM V2_CSV

The client comes from its registry and is not modified. For each endpoint that is served, the client is used
once by a community of the required tier and once by a community of the tier below. Its requests and the
answers must match the OpenAPI document. The calls of a community of the highest tier must have their effects.
Then a limit is used up. With `CAD_TEST_POSTGRES=postgres://USER@HOST:PORT`, the calls are also made on a
server with a PostgreSQL database.
"""

import csv
import os
import re
import sys
import time
from pathlib import Path

from document import OpenApi
from effects import effects
from server import Recorder, Server, secret_of
from sonoran import Instance, productEnums

TIERS = ["Free", "Starter", "Standard", "Plus", "Pro", "One"]
USER = {"communityUserId": "ada"}
SIGNS = [{"id": 7, "label": "Pier", "text1": "a"}]
CALL = {"origin": 0, "status": 1, "priority": 1, "title": "Fire", "communityUserIds": ["ada"]}
EMERGENCY = {"isEmergency": True, "caller": "Bo", "location": "Pier", "description": "Fire"}
CODE = {"title": "Theft", "code": "1", "type": "F", "bondType": "", "bondAmount": 0, "jailTime": "0"}

# The row of the vendor's table, and the call. `c` is the client and `m` what earlier answers said.
# `m` has other contents for each community.
CALLS = [
    ("GET /v2/general/version", lambda c, m: c.getVersionV2()),
    ("PUT /v2/general/servers", lambda c, m: c.setServersV2([{"id": 1, "name": "Main"}])),
    ("GET /v2/general/servers", lambda c, m: c.getServersV2()),
    ("POST /v2/general/servers/{serverId}/heartbeat", lambda c, m: c.heartbeatV2(1, 32)),
    (
        "POST /v2/general/servers/{serverId}/street-sign-auth",
        lambda c, m: c.authorizeStreetSignsV2(),
    ),
    ("PUT /v2/general/penal-codes", lambda c, m: c.setPenalCodesV2([CODE])),
    ("GET /v2/general/penal-codes", lambda c, m: c.getPenalCodesV2()),
    ("PUT /v2/general/postals", lambda c, m: c.setPostalsV2([{"code": "7", "x": 1, "y": 2}])),
    ("GET /v2/general/templates", lambda c, m: c.getTemplatesV2()),
    ("GET /v2/general/templates/{recordTypeId}", lambda c, m: c.getTemplatesV2(7)),
    ("POST /v2/general/links/check", lambda c, m: c.checkCommunityLinkV2(USER)),
    (
        "POST /v2/general/links/set",
        lambda c, m: c.setCommunityLinkV2(
            {"accountUuid": m["account"], "secretUuid": m["secret"], **USER}
        ),
    ),
    ("POST /v2/general/secrets/verify", lambda c, m: c.verifySecretV2(m["secret"])),
    ("GET /v2/general/accounts/account", lambda c, m: c.getAccountV2(USER)),
    ("GET /v2/general/accounts", lambda c, m: c.getAccountsV2({"username": "AD", "limit": 5})),
    (
        "PATCH /v2/general/accounts/permissions",
        lambda c, m: c.setAccountPermissionsV2({**USER, "add": ["POLICE"], "active": True}),
    ),
    (
        "POST /v2/general/permission-keys/applications",
        lambda c, m: c.applyPermissionKeyV2({"apiId": "ada", "permissionKey": "staff"}),
    ),
    (
        "POST /v2/general/photos",
        lambda c, m: c.sendPhotoV2({**USER, "url": "https://example.com/a.png"}),
    ),
    (
        "GET /v2/emergency/accounts/{accountUuid}/identifiers",
        lambda c, m: c.getIdentifiersV2(m["account"]),
    ),
    (
        "PATCH /v2/emergency/servers/{serverId}/units/status",
        lambda c, m: c.setUnitStatusV2({"communityUserIds": ["ada"], "status": 3}),
    ),
    (
        "PATCH /v2/emergency/servers/{serverId}/units/panic",
        lambda c, m: c.setUnitPanicV2({"apiIds": ["ada"], "isPanic": True}),
    ),
    (
        "PATCH /v2/emergency/servers/{serverId}/unit-locations",
        lambda c, m: c.updateUnitLocationsV2(
            {"updates": [{"apiId": "ada", "location": "Pier", "coordinates": {"x": 1, "y": 2}}]}
        ),
    ),
    (
        "GET /v2/emergency/servers/{serverId}/units",
        lambda c, m: c.getUnitsV2({"onlyUnits": False, "limit": 5}),
    ),
    (
        "GET /v2/emergency/servers/{serverId}/accounts/{accountUuid}/units",
        lambda c, m: c.getAccountUnitsV2({"accountUuid": m["account"], "onlyUnits": False}),
    ),
    (
        "POST /v2/emergency/servers/{serverId}/calls/911",
        lambda c, m: c.createEmergencyCallV2(EMERGENCY),
    ),
    (
        "DELETE /v2/emergency/servers/{serverId}/calls/911/{callId}",
        lambda c, m: c.deleteEmergencyCallV2(1),
    ),
    (
        "POST /v2/emergency/servers/{serverId}/dispatch-calls",
        lambda c, m: c.createDispatchCallV2(CALL),
    ),
    (
        "DELETE /v2/emergency/servers/{serverId}/dispatch-calls/attachments",
        lambda c, m: c.detachUnitsFromDispatchCallV2(USER),
    ),
    (
        "POST /v2/emergency/servers/{serverId}/dispatch-calls/{callId}/attachments",
        lambda c, m: c.attachUnitsToDispatchCallV2(1, {"communityUserIds": ["ada"]}),
    ),
    (
        "POST /v2/emergency/servers/{serverId}/dispatch-calls/{callId}/notes",
        lambda c, m: c.addDispatchNoteV2(1, {"note": "smoke", "noteType": "text", "label": "x"}),
    ),
    (
        "PATCH /v2/emergency/servers/{serverId}/dispatch-calls/{callId}/postal",
        lambda c, m: c.setDispatchPostalV2(1, "9001"),
    ),
    (
        "PATCH /v2/emergency/servers/{serverId}/dispatch-calls/{callId}",
        lambda c, m: c.updateDispatchCallV2(1, {"priority": 2}),
    ),
    (
        "PATCH /v2/emergency/servers/{serverId}/dispatch-calls/{callId}/primary",
        lambda c, m: c.setDispatchPrimaryV2(1, 1, True),
    ),
    (
        "GET /v2/emergency/accounts/{accountUuid}/current-call",
        lambda c, m: c.getCurrentCallV2(m["account"]),
    ),
    ("GET /v2/emergency/servers/{serverId}/calls", lambda c, m: c.getCallsV2({"closedLimit": 5})),
    (
        "POST /v2/emergency/servers/{serverId}/dispatch-calls/close",
        lambda c, m: c.closeDispatchCallsV2([1]),
    ),
    (
        "PUT /v2/emergency/servers/{serverId}/callouts",
        lambda c, m: c.setAvailableCalloutsV2([{"id": "a", "data": {"Enabled": True}}]),
    ),
    (
        "PUT /v2/emergency/servers/{serverId}/stations",
        lambda c, m: c.setStationsV2({"locations": [], "tones": ["a.mp3"], "unitColors": []}),
    ),
    (
        "PUT /v2/emergency/servers/{serverId}/street-sign-config",
        lambda c, m: c.setStreetSignConfigV2(SIGNS),
    ),
    (
        "PATCH /v2/emergency/servers/{serverId}/street-signs",
        lambda c, m: c.updateStreetSignsV2({"ids": [7], "text1": "b"}),
    ),
    (
        "POST /v2/emergency/servers/{serverId}/blips",
        lambda c, m: c.createBlipV2({"coordinates": {"x": 1, "y": 2}, "tooltip": "t"}),
    ),
    ("GET /v2/emergency/servers/{serverId}/blips", lambda c, m: c.getBlipsV2()),
    (
        "PATCH /v2/emergency/servers/{serverId}/blips/{blipId}",
        lambda c, m: c.updateBlipV2(1, {"color": "red"}),
    ),
    ("POST /v2/emergency/servers/{serverId}/blips/delete", lambda c, m: c.deleteBlipsV2([1])),
    ("GET /v2/civilian/characters", lambda c, m: c.getCharactersV2(USER)),
    ("DELETE /v2/civilian/characters/{characterId}", lambda c, m: c.removeCharacterV2(1)),
    (
        "POST /v2/general/records",
        lambda c, m: c.createRecordV2(
            {**USER, "useDictionary": True, "recordTypeId": 5, "replaceValues": {"plate": "A1"}}
        ),
    ),
    (
        "PATCH /v2/general/records/{recordId}",
        lambda c, m: c.updateRecordV2(
            2, {**USER, "useDictionary": True, "templateId": 5, "replaceValues": {"plate": "B2"}}
        ),
    ),
    ("POST /v2/general/lookups", lambda c, m: c.lookupV2({"plate": "b2", "types": [5]})),
    (
        "POST /v2/general/lookups/by-value",
        lambda c, m: c.lookupByValueV2({"searchType": "plate", "value": "B2"}),
    ),
    ("DELETE /v2/general/records/{recordId}", lambda c, m: c.removeRecordV2(2)),
    # The client sends DELETE.
    (
        "POST /v2/emergency/servers/{serverId}/units/kick",
        lambda c, m: c.kickUnitV2({"apiId": "ada", "reason": "idle"}),
    ),
    ("POST /v2/general/account-bans", lambda c, m: c.banUserV2({**USER, "isBan": True})),
]


def check(condition, message):
    if not condition:
        sys.exit(f"Sonoran.py: {message}")


def community_of(tier):
    return f"demo-{tier.lower()}"


def client(server, tier):
    """The client, as its documentation creates it."""
    community = community_of(tier)
    return Instance(
        apiKey=f"{community}-key",
        communityId=community,
        product=productEnums.CAD,
        serverId=1,
        cadApiUrl=server.base,
    ).cad


def set_up(server, tier):
    """Creates an account and a character. Nothing in version 2 creates accounts."""
    community = community_of(tier)
    server.version_1(community, "/general/set_api_id", [{"username": "ada", "apiIds": ["ada"]}])
    server.version_1(community, "/civilian/new_character", [{"user": "ada", "first": "Ada"}])
    server.version_1(community, "/emergency/unit_status", [{"apiId": "ada", "status": 1}])
    answer = client(server, tier).checkCommunityLinkV2(USER)
    check(answer.success, f"no account: {answer}")
    account = answer.data["accountUuid"]
    return {"account": account, "secret": secret_of(community, account)}


def rows(file):
    """The rows of the table that are served: the tier and the limit per minute."""
    found = read(file)
    # The tiers of the endpoints without a counterpart in version 1.
    for name, row in read(Path(file).with_name("v2_others.csv")).items():
        found[name]["minimum_tier"] = row["minimum_tier"]
    return {
        name: (row["minimum_tier"], row["per_minute"])
        for name, row in found.items()
        if row["minimum_tier"]
    }


def read(file):
    with Path(file).open(encoding="utf-8", newline="") as text:
        return {f"{row['method']} {row['path']}": row for row in csv.DictReader(text)}


def matches(row, request):
    kick = "/units/kick"
    if row.endswith(kick) and request.endswith(kick):
        row = row.replace("POST", "DELETE")
    pattern = "".join(
        "[^/]+" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{[^}]*\})", row)
    )
    return re.fullmatch(pattern, request) is not None


def every_call(server, table, recorder, document):
    """Each call succeeds with the required tier, and is refused with a reason one tier below."""
    check([row for row, _ in CALLS if row not in table] == [], "a call is not in the table")
    check(set(table) == {row for row, _ in CALLS}, "a row of the table is not called")
    known = {tier: set_up(server, tier) for tier in ("Standard", "Plus", "Pro")}
    for row, call in CALLS:
        tier, per_minute = table[row]
        known_of = known.get(tier, {})
        below = TIERS[: TIERS.index(tier)][-1:]
        for tier_below in below:
            answer = call(client(server, tier_below), known_of)
            reason = f"requires the tier {tier}; the caller has {tier_below}"
            check(not answer.success, f"{row} as {tier_below}: {answer}")
            check(answer.reason["code"] == "tier_too_low", f"{row}: {answer}")
            check(answer.reason["detail"].endswith(reason), f"{row}: {answer}")
            check(recorder.calls[-1]["status"] == 403, f"{row}: {recorder.calls[-1]}")
        answer = call(client(server, tier), known_of)
        check(answer.success, f"{row} as {tier}: {answer}")
        sent = recorder.calls[-1]
        check(matches(row, sent["request"]), f"{row}: the client sent {sent['request']}")
        policy = f";q={per_minute};w=60"
        check((sent["policy"] or "").endswith(policy), f"{row}: the policy is {sent['policy']}")
        document.check(row, sent, answer.data)
    print(f"Sonoran.py: {len(CALLS)} calls succeed, and are refused one tier below")


def mistakes(server):
    """The reasons of other failures reach the caller too."""
    plus = client(server, "Plus")
    for answer, status, detail in [
        (plus.getUnitsV2({"serverId": 99}), 404, "SERVER 99 NOT FOUND"),
        (plus.getAccountV2({}), 400, "expected exactly one of"),
        (plus.createDispatchCallV2({"title": 7, "accounts": []}), 400, "title: invalid type"),
        (plus.getInfoV2(), 404, "UNKNOWN ENDPOINT"),
    ]:
        check(not answer.success, f"{answer}")
        found = (answer.reason["status"], answer.reason["detail"])
        check(found[0] == status and detail in found[1], f"expected {detail}: {answer}")
    unknown = Instance(
        apiKey="wrong", communityId="x", product=productEnums.CAD, cadApiUrl=server.base
    )
    answer = unknown.cad.getVersionV2()
    check(not answer.success and answer.reason["code"] == "unknown_caller", f"{answer}")


# The client waits no longer than this, whatever the server says, and tries three times.
LONGEST_WAIT = 10


def waits_as_told(server, recorder, started):
    """After its limit, a client waits for as long as `Retry-After` says, and then succeeds.

    The limit is three calls per minute. The first call opened the window, so late in the minute, the server
    tells the client to wait for the rest of it.
    """
    one = client(server, "One")
    time.sleep(max(0, started + 55 - time.monotonic()))
    for _ in range(2):
        check(one.getUnitsV2().success, "the limit is too low")
    before = len(recorder.calls)
    answer = one.getUnitsV2()
    check(answer.success, f"{answer}")
    refused, retried = recorder.calls[before:]
    check((refused["status"], retried["status"]) == (429, 200), f"{refused} {retried}")
    told = int(refused["retry_after"])
    waited = retried["time"] - refused["time"]
    check(1 < told < LONGEST_WAIT, f"the server said {told} seconds")
    check(told <= waited < told + 1, f"told to wait {told} s, waited {waited:.2f} s")
    print(f"Sonoran.py: told to wait {told} s, waited {waited:.2f} s, and succeeded")


def gives_up(server, recorder):
    """If the wait is longer than ten seconds, the client asks three times in vain and reports why."""
    pro = client(server, "Pro")
    for _ in range(5):
        check(pro.getCallsV2().success, "the limit is too low")
    answer = pro.getCallsV2()
    check(not answer.success and answer.reason["code"] == "quota_exceeded", f"{answer}")
    check(answer.reason["violated-policies"] == ["list_calls/minute"], f"{answer}")
    refused = [
        call
        for call in recorder.calls
        if call["status"] == 429 and call["request"].endswith("/calls")
    ]
    check(len(refused) == 3, f"{refused}")
    check(all(int(call["retry_after"]) > LONGEST_WAIT for call in refused), f"{refused}")
    for former, later in zip(refused, refused[1:]):
        waited = later["time"] - former["time"]
        check(LONGEST_WAIT <= waited < LONGEST_WAIT + 1, f"waited {waited:.2f} s")
    print(f"Sonoran.py: told to wait {refused[0]['retry_after']} s, gave up after 20 s")


def main():
    program, table = sys.argv[1:]
    recorder = Recorder().install()
    document = OpenApi(program)
    with Server(program) as server:
        check(client(server, "One").getUnitsV2().success, "a community of the highest tier")
        started = time.monotonic()
        every_call(server, rows(table), recorder, document)
        effects(server, client(server, "One"), community_of("One"), set_up(server, "One"))
        mistakes(server)
        if postgres := os.environ.get("CAD_TEST_POSTGRES"):
            with Server(program, postgres) as other:
                every_call(other, rows(table), recorder, document)
                effects(other, client(other, "One"), community_of("One"), set_up(other, "One"))
                mistakes(other)
        gives_up(server, recorder)
        waits_as_told(server, recorder, started)


main()
