//! Pruning, for documents of every shape.

use doorward_guard::openapi::prune;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::tree::cases;

fn requirement() -> impl Strategy<Value = Value> {
    let scopes = prop::collection::vec(proptest::sample::select(&["read", "write", "admin"][..]), 0..3);
    let scheme = proptest::sample::select(&["basic", "oauth", "oidc", "gone", "lost"][..]);
    let named = prop::collection::vec((scheme, scopes), 0..3).prop_map(|named| {
        let members = named.into_iter().map(|(scheme, scopes)| (scheme.to_owned(), json!(scopes)));
        Value::Object(members.collect::<Map<String, Value>>())
    });
    prop_oneof![9 => named, 1 => Just(json!("no requirement")), 1 => Just(Value::Null)]
}

fn document() -> impl Strategy<Value = Value> {
    let list = || prop::collection::vec(requirement(), 0..4);
    (list(), list(), list()).prop_map(|(own, path, callback)| {
        json!({
            "components": { "securitySchemes": {
                "basic": { "type": "http", "scheme": "basic" },
                "oauth": { "type": "oauth2", "flows": { "clientCredentials": { "scopes": { "read": "" } } } },
                "oidc": { "type": "openIdConnect", "openIdConnectUrl": "https://idp.example" },
            } },
            "security": own,
            "paths": { "/p": { "summary": "text", "get": {
                "security": path,
                "callbacks": { "done": { "{$request.body#/url}": { "post": { "security": callback } } } },
            } } },
        })
    })
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn pruning_twice_gives_the_same_as_pruning_once(document in document()) {
        let mut once = document;
        prune(&mut once);
        let mut twice = once.clone();
        let warnings = prune(&mut twice);

        prop_assert_eq!(once, twice);
        prop_assert!(warnings.is_empty(), "{:?}", warnings);
    }
}

#[test]
fn webhooks_and_callbacks_are_pruned_too() {
    let operation = json!({ "security": [{ "basic": ["x"] }, { "gone": [] }] });
    let callbacks = json!({ "done": { "{$request.body#/url}": { "post": operation } } });
    let mut document = json!({
        "components": {
            "securitySchemes": { "basic": { "type": "http", "scheme": "basic" } },
            "callbacks": callbacks,
            "pathItems": { "shared": { "get": operation } },
        },
        "paths": { "/p": { "get": { "callbacks": callbacks } } },
        "webhooks": { "news": { "post": operation } },
    });

    prune(&mut document);

    let places = [
        "/components/callbacks/done/{$request.body#~1url}/post/security",
        "/components/pathItems/shared/get/security",
        "/paths/~1p/get/callbacks/done/{$request.body#~1url}/post/security",
        "/webhooks/news/post/security",
    ];
    for place in places {
        assert_eq!(document.pointer(place), Some(&json!([{ "basic": [] }])), "{place}");
    }
}
