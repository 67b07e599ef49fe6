//! Accounts.

use super::Client;
use serde_json::json;

#[tokio::test]
async fn accounts_have_their_documented_fields() {
    let client = Client::with_accounts("account", &["ada"]).await;
    let add = json!([{ "apiId": "ada", "add": ["police", "admin"] }]);
    let updated = "User account permissions updated.";
    client.expect("SET_ACCOUNT_PERMISSIONS", add, updated).await;
    let account = client
        .document("GET_ACCOUNT", json!([{ "apiId": "ada" }]))
        .await;
    let uuid = account["uuid"].as_str().expect("a UUID");
    assert_eq!(uuid.len(), 36, "{uuid}");
    assert_eq!(account["status"], 1);
    assert_eq!(
        account["permissions"],
        json!({ "admin": true, "police": true })
    );
    let joined = account["joined"].as_str().expect("a time");
    assert!(humantime::parse_rfc3339(joined).is_ok(), "{joined}");
    assert_eq!(account["lastLogin"], json!(null));
    let status = json!([{ "apiId": "ada", "status": 1 }]);
    client
        .expect("UNIT_STATUS", status, "UNIT STATUS UPDATED")
        .await;
    let accounts = client.document("GET_ACCOUNTS", json!([])).await;
    let login = accounts["accounts"][0]["lastLogin"]
        .as_str()
        .expect("a time");
    assert!(humantime::parse_rfc3339(login).is_ok(), "{login}");
    assert_eq!(accounts["accounts"][0]["uuid"], uuid);
    client.close().await;
}

#[tokio::test]
async fn accounts_can_be_listed_by_the_number_of_their_status() {
    let client = Client::with_accounts("statuses", &["active", "banned", "inactive"]).await;
    let ban = json!([{ "apiId": "banned", "isBan": true }]);
    let (status, text) = client.call("BAN_USER", ban).await;
    assert!(status == 200 && text.ends_with("Status: true"), "{text}");
    let inactive = json!([{ "apiId": "inactive", "active": false }]);
    let updated = "User account permissions updated.";
    client
        .expect("SET_ACCOUNT_PERMISSIONS", inactive, updated)
        .await;
    for (number, name) in [(0, "inactive"), (1, "active"), (4, "banned")] {
        for status in [json!(number), json!(number.to_string())] {
            let list = json!([{ "limit": 10, "offset": 0, "status": status }]);
            let page = client.document("GET_ACCOUNTS", list).await;
            assert_eq!(page["pagination"]["total"], 1, "{status}");
            assert_eq!(page["accounts"][0]["username"], name);
            assert_eq!(page["accounts"][0]["status"], number);
        }
    }
    let text = "data[0].status: there is no status 9";
    client
        .refuse("GET_ACCOUNTS", json!([{ "status": 9 }]), 400, text)
        .await;
    client.close().await;
}

#[tokio::test]
async fn a_ban_may_omit_its_fields() {
    let client = Client::with_accounts("bans", &["ada"]).await;
    for (ban, is_ban, status) in [
        (json!([{ "apiId": "ada", "isKick": true }]), false, 3),
        (json!([{ "apiId": "ada", "isBan": false }]), false, 1),
        (json!([{ "apiId": "ada", "isBan": true }]), true, 4),
        // Kicks don't lift a ban.
        (json!([{ "apiId": "ada" }]), false, 4),
        (json!([{ "apiId": "ada", "isKick": false }]), false, 4),
        (
            json!([{ "apiId": "ada", "isBan": false, "isKick": true }]),
            false,
            4,
        ),
        (
            json!([{ "apiId": "ada", "isBan": false, "isKick": false }]),
            false,
            1,
        ),
    ] {
        let shown = ban.to_string();
        let account = client
            .document("GET_ACCOUNT", json!([{ "apiId": "ada" }]))
            .await;
        let uuid = account["uuid"].as_str().expect("a UUID");
        let text = format!("User Ban: {uuid} Status: {is_ban}");
        client.expect("BAN_USER", ban, &text).await;
        let account = client
            .document("GET_ACCOUNT", json!([{ "apiId": "ada" }]))
            .await;
        assert_eq!(account["status"], status, "{shown}");
    }
    client.close().await;
}

#[tokio::test]
async fn a_kick_does_not_make_a_ban_liftable() {
    let client = Client::with_accounts("kicked-bans", &["ada"]).await;
    for ban in [
        json!([{ "apiId": "ada", "isBan": true }]),
        json!([{ "apiId": "ada", "isKick": true }]),
    ] {
        assert_eq!(client.call("BAN_USER", ban).await.0, 200);
    }
    let activate = json!([{ "apiId": "ada", "active": true }]);
    let updated = "User account permissions updated.";
    client
        .expect("SET_ACCOUNT_PERMISSIONS", activate, updated)
        .await;
    let account = client
        .document("GET_ACCOUNT", json!([{ "apiId": "ada" }]))
        .await;
    assert_eq!(account["isBanned"], true);
    client.close().await;
}

#[tokio::test]
async fn new_api_ids_are_added_by_default() {
    let client = Client::with_accounts("api-ids", &["ada"]).await;
    for (set, expected) in [
        (
            json!([{ "username": "ada", "apiIds": ["a1"] }]),
            json!(["a1", "ada"]),
        ),
        (
            json!([{ "username": "ada", "apiIds": ["a2"], "pushNew": true }]),
            json!(["a1", "a2", "ada"]),
        ),
        (
            json!([{ "username": "ada", "apiIds": ["a3"], "pushNew": false }]),
            json!(["a3"]),
        ),
    ] {
        client.expect("SET_API_ID", set, "API ID(s) set!").await;
        let account = client
            .document("GET_ACCOUNT", json!([{ "username": "ada" }]))
            .await;
        assert_eq!(account["apiIds"], expected);
    }
    let text = "data[0].apiIds: at least one id is required";
    for ids in [json!([]), json!([""])] {
        let set = json!([{ "username": "ada", "apiIds": ids, "pushNew": false }]);
        client.refuse("SET_API_ID", set, 400, text).await;
    }
    client.close().await;
}
