//! Characters, records and lookups.

use super::Client;
use serde_json::{Value, json};

/// Returns the fields of a record by their ids.
fn fields(record: &Value) -> Value {
    let sections = record["sections"].as_array().expect("sections").iter();
    let fields = sections.flat_map(|section| section["fields"].as_array().expect("fields"));
    let field = |field: &Value| {
        let uid = field["uid"].as_str().expect("an id").to_owned();
        (uid, field["value"].clone())
    };
    fields.map(field).collect()
}

#[tokio::test]
async fn a_character_may_consist_of_replaced_values() {
    let client = Client::with_accounts("character", &["ada"]).await;
    let values = json!({ "first": "Ada", "last": "King", "mi": "Q" });
    let characters = [
        json!([{ "user": "ada", "useDictionary": true, "recordTypeId": 7, "replaceValues": values,
            "record": null, "deleteAfterMinutes": 0 }]),
        json!([{ "user": "ada", "replaceValues": values, "record": null }]),
        json!([{ "user": "ada", "useDictionary": false, "replaceValues": values }]),
        json!([{ "user": "ada", "record": values, "replaceValues": [] }]),
        json!([{ "user": "ada", "useDictionary": true, "replaceValues": { "mi": "Q" },
            "record": { "first": "Ada", "last": "King", "mi": "X" } }]),
        json!([{ "user": "ada", "first": "", "last": "King",
            "record": { "first": "Ada", "last": "X", "mi": "Q" } }]),
    ];
    let count = characters.len();
    for character in characters {
        client
            .expect("NEW_CHARACTER", character, "NEW CHARACTER ADDED TO ada")
            .await;
    }
    let added = client
        .document("GET_CHARACTERS", json!([{ "apiId": "ada" }]))
        .await;
    assert_eq!(added.as_array().map(Vec::len), Some(count));
    for character in added.as_array().expect("a list") {
        assert_eq!(fields(character), values);
        assert_eq!(character["type"], 7);
    }
    client.close().await;
}

#[tokio::test]
async fn an_answer_is_also_a_request() {
    let client = Client::with_accounts("whole", &["ada"]).await;
    let character = json!([{ "user": "ada", "record": { "first": "Ada", "last": "King" } }]);
    client
        .expect("NEW_CHARACTER", character, "NEW CHARACTER ADDED TO ada")
        .await;
    let mut character = client
        .document("GET_CHARACTERS", json!([{ "apiId": "ada" }]))
        .await[0]
        .take();
    character["sections"][0]["fields"][0]["value"] = "Augusta".into();
    let edit = json!([{ "user": "ada", "recordId": 1, "record": character }]);
    client
        .expect("EDIT_CHARACTER", edit, "CHARACTER 1 EDITED FOR ada")
        .await;
    let edited = client
        .document("GET_CHARACTERS", json!([{ "apiId": "ada" }]))
        .await;
    assert_eq!(
        fields(&edited[0]),
        json!({ "first": "Augusta", "last": "King" })
    );
    client.close().await;
}

#[tokio::test]
async fn an_edit_names_the_template_of_the_record_or_none() {
    let client = Client::with_accounts("edit-template", &["ada"]).await;
    let character = json!([{ "user": "ada", "first": "Ada" }]);
    client
        .expect("NEW_CHARACTER", character, "NEW CHARACTER ADDED TO ada")
        .await;
    let record = json!([{ "user": "ada", "recordTypeId": 5, "record": { "plate": "A1" } }]);
    client.document("NEW_RECORD", record).await;
    let edit = |id: i64, template: i64| json!([{ "user": "ada", "recordId": id, "templateId": template, "first": "B" }]);
    client
        .expect("EDIT_CHARACTER", edit(1, 7), "CHARACTER 1 EDITED FOR ada")
        .await;
    client.document("EDIT_RECORD", edit(2, 5)).await;
    for (name, id, template, own) in [("EDIT_CHARACTER", 1, 5, 7), ("EDIT_RECORD", 2, 7, 5)] {
        let text = format!("RECORD {id} HAS TEMPLATE {own}: SEND THAT TEMPLATE OR OMIT IT");
        client.refuse(name, edit(id, template), 400, &text).await;
    }
    client.close().await;
}

#[tokio::test]
async fn a_whole_record_may_have_an_invalid_number_or_template() {
    let client = Client::with_accounts("incomplete", &["ada"]).await;
    let sections = json!([{ "fields": [{ "uid": "first", "value": "Ada" }] }]);
    let record = |id: Value, kind: Value| json!({ "id": id, "type": kind, "sections": sections });
    for (id, kind) in [
        (json!(""), json!("character")),
        (json!(null), json!("")),
        (json!({}), json!(12)),
    ] {
        let new = json!([{ "user": "ada", "record": record(id.clone(), kind.clone()) }]);
        client
            .expect("NEW_CHARACTER", new, "NEW CHARACTER ADDED TO ada")
            .await;
        let edit = json!([{ "user": "ada", "recordId": 1, "templateId": 7, "recordTypeId": 7,
            "record": record(id, kind) }]);
        client
            .expect("EDIT_CHARACTER", edit, "CHARACTER 1 EDITED FOR ada")
            .await;
    }
    let edit = json!([{ "user": "ada", "record": record(json!("2"), json!("7")) }]);
    client
        .expect("EDIT_CHARACTER", edit, "CHARACTER 2 EDITED FOR ada")
        .await;
    client.close().await;
}

#[tokio::test]
async fn a_field_may_not_be_given_twice() {
    let client = Client::with_accounts("twice", &["ada"]).await;
    let field = |value: &str| json!({ "uid": "first", "value": value });
    let record = json!({ "sections": [{ "fields": [field("Ada")] }, { "fields": [field("Bo")] }] });
    let character = json!([{ "user": "ada", "record": record }]);
    let text = r#"data[0].record: the field "first" is given twice"#;
    client.refuse("NEW_CHARACTER", character, 400, text).await;
    client.close().await;
}

#[tokio::test]
async fn records_have_the_documented_types() {
    let client = Client::with_accounts("types-of-records", &["ada"]).await;
    for (number, name) in [
        (2, "Warrant"),
        (3, "BOLO"),
        (4, "License"),
        (5, "Vehicle registration"),
    ] {
        let record = json!([{ "user": "ada", "useDictionary": true, "recordTypeId": number,
            "replaceValues": { "plate": "ABC 123", "year": 1999 }, "record": null }]);
        let record = client.document("NEW_RECORD", record).await;
        assert_eq!(
            (&record["type"], &record["name"]),
            (&json!(number), &json!(name))
        );
        assert_eq!(
            fields(&record),
            json!({ "plate": "ABC 123", "year": "1999" })
        );
        let request = json!({ "type": "GET_TEMPLATES", "recordTypeId": number, "data": [] });
        let (_, template) = client.send("/general/get_templates", request).await;
        assert_eq!(
            template,
            json!([{ "id": number, "name": name }]).to_string()
        );
    }
    let types = json!([{ "plate": "ABC", "types": [2, 3] }]);
    assert_eq!(client.count("LOOKUP", types).await, 2);
    client.close().await;
}

#[tokio::test]
async fn templates_can_be_selected_at_the_top_level() {
    let client = Client::new("templates").await;
    let path = "/general/get_templates";
    let all = json!({ "type": "GET_TEMPLATES", "data": [] });
    let (_, all) = client.send(path, all).await;
    assert!(
        all.contains("Warrant") && all.contains("Character"),
        "{all}"
    );
    let one = json!({ "type": "GET_TEMPLATES", "recordTypeId": 7 });
    let (_, one) = client.send(path, one).await;
    assert_eq!(one, r#"[{"id":7,"name":"Character"}]"#);
    for empty in [
        json!(null),
        json!([]),
        json!({}),
        json!([{}]),
        json!([[]]),
        json!("[{}]"),
    ] {
        let request = json!({ "type": "GET_TEMPLATES", "recordTypeId": 7, "data": empty });
        let (_, answer) = client.send(path, request).await;
        assert_eq!(answer, one, "{empty}");
    }
    let unknown = json!({ "type": "GET_TEMPLATES", "recordTypeId": 99, "data": [] });
    let (status, text) = client.send(path, unknown).await;
    assert_eq!(
        (status.as_u16(), &*text),
        (400, "data[0].recordTypeId: there is no template 99")
    );
    client.close().await;
}

#[tokio::test]
async fn lookups_match_partially_by_default() {
    let client = Client::with_accounts("lookups", &["ada", "bo"]).await;
    let record = json!([{ "user": "ada", "recordTypeId": 5, "record": { "plate": "ABC 123" } }]);
    client.document("NEW_RECORD", record).await;
    for (search, expected) in [
        (json!([{ "plate": "abc" }]), 1),
        (json!([{ "plate": "abc", "partial": true }]), 1),
        (json!([{ "plate": "abc", "partial": false }]), 0),
        (json!([{ "plate": "abc 123", "partial": false }]), 1),
        (
            json!([{ "first": "", "last": "", "mi": "", "plate": "abc", "types": [5] }]),
            1,
        ),
        (json!([{ "plate": "abc", "types": [2, 3] }]), 0),
        // An officer looks up the plates of others.
        (json!([{ "apiId": "bo", "plate": "abc", "types": [5] }]), 1),
        (
            json!([{ "apiId": "unknown", "account": "unknown", "plate": "abc" }]),
            1,
        ),
    ] {
        let shown = search.to_string();
        assert_eq!(client.count("LOOKUP", search).await, expected, "{shown}");
    }
    for empty in [
        json!([{}]),
        json!([{ "first": "", "last": "", "mi": "", "plate": "" }]),
        json!([{ "apiId": "ada", "types": [5] }]),
        json!([{ "agency": "LSPD", "department": "LSPD", "subdivision": "x" }]),
    ] {
        client
            .refuse("LOOKUP", empty, 400, "INVALID EMPTY SEARCH")
            .await;
    }
    client.close().await;
}

#[tokio::test]
async fn values_are_looked_up_by_their_type() {
    let client = Client::with_accounts("values", &["ada", "bo"]).await;
    let record = |user: &str, kind: i64, record: Value| json!([{ "user": user, "recordTypeId": kind, "record": record }]);
    let warrant = json!({ "supervisorStatus": 1, "activeStatus": 0 });
    client
        .document("NEW_RECORD", record("ada", 2, warrant))
        .await;
    let bolo = json!({ "supervisorStatus": 0, "activeStatus": 0 });
    client.document("NEW_RECORD", record("bo", 3, bolo)).await;
    let account = client
        .document("GET_ACCOUNT", json!([{ "apiId": "ada" }]))
        .await;
    let uuid = account["uuid"].as_str().expect("a text");
    let secret = client.server.secret_of("demo-one", uuid);
    for (search, expected) in [
        (
            json!([{ "searchType": 0, "value": 1, "types": [2, 3], "limit": 10, "offset": 0 }]),
            vec![1],
        ),
        (json!([{ "searchType": 0, "value": "2" }]), vec![2]),
        (json!([{ "searchType": 1, "value": 1 }]), vec![1]),
        (
            json!([{ "searchType": 2, "value": "0", "types": [2, 3] }]),
            vec![2, 1],
        ),
        (
            json!([{ "searchType": 2, "value": 0, "types": [2, 3], "limit": 1 }]),
            vec![2],
        ),
        (
            json!([{ "searchType": 2, "value": 0, "types": [2, 3], "limit": 1, "offset": 1 }]),
            vec![1],
        ),
        (
            json!([{ "searchType": 2, "value": 0, "types": [3] }]),
            vec![2],
        ),
        (json!([{ "searchType": 3, "value": 2 }]), vec![2]),
        (json!([{ "searchType": "3", "value": "1" }]), vec![1]),
        (json!([{ "searchType": 4, "value": secret }]), vec![1]),
        (
            json!([{ "searchType": 5, "value": account["uuid"] }]),
            vec![1],
        ),
        // The user who looks up records isn't their owner.
        (
            json!([{ "searchType": 5, "value": account["uuid"], "apiId": "bo" }]),
            vec![1],
        ),
        (
            json!([{ "searchType": 3, "value": 2, "account": "unknown", "apiId": "unknown" }]),
            vec![2],
        ),
    ] {
        let shown = search.to_string();
        let found = client.document("LOOKUP_VALUE", search).await;
        let found = found.as_array().expect("a list").iter();
        let ids: Vec<_> = found.map(|record| record["id"].clone()).collect();
        assert_eq!(ids, expected, "{shown}");
    }
    let text = "data[0].value: expected a whole number";
    for value in ["x", "01", "+1", "-0"] {
        for kind in [0, 3] {
            let search = json!([{ "searchType": kind, "value": value }]);
            client.refuse("LOOKUP_INT", search, 400, text).await;
        }
    }
    for kind in [json!(6), json!("6"), json!(-1), json!("01")] {
        let number = kind
            .as_str()
            .map_or_else(|| kind.to_string(), str::to_owned);
        let text = format!("data[0].searchType: there is no search type {number}");
        let search = json!([{ "searchType": kind, "value": 1 }]);
        client.refuse("LOOKUP_INT", search, 400, &text).await;
    }
    let wrong = json!([{ "searchType": 4, "value": "x" }]);
    client
        .refuse("LOOKUP_INT", wrong, 404, "NO ACCOUNT HAS THIS SECRET")
        .await;
    let empty = json!([{ "searchType": 4, "value": "" }]);
    client
        .refuse("LOOKUP_INT", empty, 400, "INVALID EMPTY SEARCH")
        .await;
    client.close().await;
}
