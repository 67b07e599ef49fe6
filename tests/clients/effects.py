"""Checks that what the client sends has an effect: later answers contain it.

All calls are made by a community of the highest tier, because many answers need a higher tier than the call
whose effect they show. Some effects only appear in version 1.
"""

import json

USER = {"communityUserId": "ada"}


def done(answer):
    """The data of a call that succeeds."""
    if not answer.success:
        raise SystemExit(f"Sonoran.py: {answer}")
    return answer.data


def same(what, found, expected):
    if found != expected:
        raise SystemExit(f"Sonoran.py: {what}: expected {expected}, found {found}")


def servers(cad, version_1):
    done(cad.setServersV2([{"id": 1, "name": "Main"}, {"id": 2, "name": "Test"}], True))
    done(cad.heartbeatV2(2, 32))
    done(cad.setPostalsV2([{"code": "7", "x": 1, "y": 2}]))
    done(cad.setStreetSignConfigV2([{"id": 7, "label": "Pier", "text1": "a"}]))
    done(cad.updateStreetSignsV2({"ids": [7], "text1": "b"}))
    done(cad.setAvailableCalloutsV2([{"id": "a", "data": {"Enabled": True}}]))
    done(cad.setStationsV2({"locations": [], "tones": ["a.mp3"], "unitColors": []}))
    listed = done(cad.getServersV2())["servers"]
    expected = [
        {"id": 1, "name": "Main", "deployMap": True},
        {"id": 2, "name": "Test", "deployMap": True},
    ]
    same("the servers", listed, expected)
    answer = version_1("/general/get_servers", [])
    first, second = answer["servers"]
    same("the sign", first["streetSigns"][0]["text1"], "b")
    same("the callouts", first["callouts"], [{"id": "a", "data": {"Enabled": True}}])
    same("the tones", first["stations"]["tones"], ["a.mp3"])
    same("the postals", answer["postals"], [{"code": "7", "x": 1, "y": 2}])
    same("a heartbeat", second["lastHeartbeat"] is not None, True)


def penal_codes(cad):
    code = {
        "title": "Theft",
        "code": "1",
        "type": "F",
        "bondType": "",
        "bondAmount": 5,
        "jailTime": "0",
    }
    done(cad.setPenalCodesV2([code]))
    same("the penal codes", done(cad.getPenalCodesV2()), [code])


def accounts(cad, version_1, known):
    account, secret = known["account"], known["secret"]
    done(cad.setAccountPermissionsV2({**USER, "add": ["POLICE"]}))
    done(cad.applyPermissionKeyV2({"apiId": "ada", "permissionKey": "staff"}))
    permissions = done(cad.getAccountV2(USER))["permissions"]
    same("the permissions", permissions, {"admin": True, "police": True})
    same("the secret", done(cad.verifySecretV2(secret)), {account: secret})
    link = {"communityUserId": "eve"}
    done(cad.setCommunityLinkV2({"accountUuid": account, "secretUuid": secret, **link}))
    same("the link", done(cad.checkCommunityLinkV2(link))["accountUuid"], account)
    done(cad.sendPhotoV2({**USER, "url": "https://example.com/a.png"}))
    photos = version_1("/general/get_account", [{"apiId": "ada"}])["photos"]
    same("the photos", [photo["url"] for photo in photos], ["https://example.com/a.png"])


def units(cad, account):
    done(cad.setUnitStatusV2({"communityUserIds": ["ada"], "status": 3}))
    done(cad.setUnitPanicV2({"apiIds": ["ada"], "isPanic": True}))
    place = {"location": "Pier", "coordinates": {"x": 1, "y": 2}}
    done(cad.updateUnitLocationsV2({"updates": [{"apiId": "ada", **place}]}))
    [unit] = done(cad.getAccountUnitsV2({"accountUuid": account}))["Units"]
    expected = {"status": 3, "isPanic": True, **place}
    same("the unit", {name: unit[name] for name in expected}, expected)
    return unit["id"]


def calls(cad, account, identifier):
    emergency = {"isEmergency": True, "caller": "Bo", "location": "Pier", "description": "Fire"}
    emergency_id = done(cad.createEmergencyCallV2(emergency))["callId"]
    new = {"origin": 0, "status": 0, "title": "Fire", "communityUserIds": ["ada"]}
    call_id = done(cad.createDispatchCallV2(new))["callId"]
    done(cad.updateDispatchCallV2(call_id, {"status": 1, "title": "Flood"}))
    done(cad.setDispatchPostalV2(call_id, "9001"))
    done(cad.setDispatchPrimaryV2(call_id, identifier, True))
    note = {"note": "https://example.com", "noteType": "link", "label": "Bo"}
    done(cad.addDispatchNoteV2(call_id, note))
    current = {"IdentId": identifier, "CallId": call_id}
    same("the current call", done(cad.getCurrentCallV2(account)), current)
    listed = done(cad.getCallsV2())
    [call], [other] = listed["ActiveCalls"], listed["EmergencyCalls"]
    expected = {
        "status": 1,
        "title": "Flood",
        "postal": "9001",
        "primary": identifier,
        "trackPrimary": True,
        "idents": [identifier],
    }
    same("the call", {name: call[name] for name in expected}, expected)
    [found] = call["notes"]
    found.pop("time")
    expected = {"label": "Bo", "type": "link", "content": "https://example.com"}
    same("the note", found, expected)
    same("the caller", other["caller"], "Bo")

    done(cad.deleteEmergencyCallV2(emergency_id))
    done(cad.detachUnitsFromDispatchCallV2(USER))
    same("the detached unit's call", done(cad.getCurrentCallV2(account))["CallId"], None)
    done(cad.closeDispatchCallsV2([call_id]))
    listed = done(cad.getCallsV2())
    same("the open calls", (listed["ActiveCalls"], listed["EmergencyCalls"]), ([], []))
    same("the closed calls", [call["callId"] for call in listed["ClosedCalls"]], [call_id])


def blips(cad):
    blip = done(cad.createBlipV2({"coordinates": {"x": 1, "y": 2}, "tooltip": "t"}))["id"]
    done(cad.updateBlipV2(blip, {"color": "red"}))
    [found] = done(cad.getBlipsV2())
    same("the blip", (found["tooltip"], found["color"]), ("t", "red"))
    done(cad.deleteBlipsV2([blip]))
    same("the blips", done(cad.getBlipsV2()), [])


def records(cad, known):
    new = {**USER, "useDictionary": True, "recordTypeId": 5}
    plate = {"replaceValues": {"plate": "A1"}}
    record = done(cad.createRecordV2({**new, **plate}))["id"]
    plate = {"replaceValues": {"plate": "B2"}}
    done(cad.updateRecordV2(record, {**USER, "useDictionary": True, "templateId": 5, **plate}))
    found = done(cad.lookupV2({"plate": "b2", "types": [5]}))
    same("a lookup", [row["id"] for row in found], [record])
    same("the plate", found[0]["sections"][0]["fields"][0]["value"], "B2")
    values = {
        "NUMBER": str(record),
        "ACCOUNT": known["account"],
        "SECRET": known["secret"],
        "plate": "B2",
    }
    for kind, value in values.items():
        search = {"searchType": kind, "value": value, "types": [5]}
        same(f"a lookup by {kind}", done(cad.lookupByValueV2(search)), found)
    done(cad.removeRecordV2(record))
    same("a lookup after the removal", done(cad.lookupV2({"plate": "b2"})), [])
    [character] = done(cad.getCharactersV2(USER))
    done(cad.removeCharacterV2(character["id"]))
    same("the characters", done(cad.getCharactersV2(USER)), [])


def leaving(cad, version_1, account):
    done(cad.kickUnitV2({"apiId": "ada", "reason": "idle"}))
    same("the units", done(cad.getAccountUnitsV2({"accountUuid": account})), {"Units": []})
    done(cad.banUserV2({**USER, "isBan": True}))
    described = version_1("/general/get_account", [{"apiId": "ada"}])
    found = described["lastKickReason"], described["isBanned"]
    same("the account", found, ("idle", True))


def effects(server, cad, community, known):
    """Checks one effect of each group of endpoints. `known` has the account with the API id `ada`."""

    def version_1(path, data):
        return json.loads(server.version_1(community, path, data))

    account = known["account"]
    servers(cad, version_1)
    penal_codes(cad)
    accounts(cad, version_1, known)
    calls(cad, account, units(cad, account))
    blips(cad)
    records(cad, known)
    leaving(cad, version_1, account)
    print("Sonoran.py: the calls have their effects")
