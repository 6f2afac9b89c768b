//! The kinds of cases, and how each is run.

mod building;
mod flow;
mod http;
pub(crate) mod login;
pub(crate) mod oidc;
mod on_auth;
mod openapi;
mod property;
mod record;

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::Verdict;

/// Runs one case.
pub(crate) fn run(case: &Value) -> Verdict {
    let runtime = Runtime::new().expect("a runtime");
    match case["kind"].as_str().unwrap_or_default() {
        "flow_parse" => flow::parse(case),
        "flow_format" => flow::format(case),
        "truth_table" => runtime.block_on(flow::truth_table(case)),
        "evaluation" => runtime.block_on(flow::evaluation(case)),
        "config_error" => building::fails(case),
        "config_ok" => building::succeeds(case),
        "http" => runtime.block_on(http::one(case)),
        "http_sequence" => runtime.block_on(http::sequence(case)),
        "openapi_scheme" => openapi::scheme(case),
        "openapi_flow" => openapi::flow(case),
        "openapi_prune" => openapi::pruning(case),
        "user_info" => record::fields(case),
        "user_info_merge" => record::merging(case),
        "oauth_callback" => runtime.block_on(login::callback(case)),
        "oauth_refresh" => runtime.block_on(login::refresh(case)),
        "redirect_path" => login::redirect_path(case),
        "discovery_url" => login::discovery_url(case),
        "scopes_requested" => login::scopes_requested(case),
        "registered_routes" => runtime.block_on(login::registered_routes(case)),
        "discovery" => runtime.block_on(oidc::discovery(case)),
        "oidc_id_token" | "oidc_userinfo" => runtime.block_on(oidc::id_token(case)),
        "user_mapping" => runtime.block_on(oidc::user_mapping(case)),
        "preset" => runtime.block_on(oidc::preset(case)),
        "on_auth" => runtime.block_on(on_auth::run(case)),
        "property" => property::named(case),
        other => Err(format!("there is no way to run the kind `{other}`")),
    }
}
