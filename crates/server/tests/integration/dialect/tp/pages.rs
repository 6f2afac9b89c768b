//! Pages about the API.

use super::with;

#[tokio::test]
async fn pages_and_description_are_found_where_the_environment_says() {
    let app = with(&[("DOCS_URL", "/swagger"), ("OPENAPI_URL", "/api.json")]).await;

    for (asked, leads_to) in [("/swagger", "/docs/"), ("/redoc", "/docs/"), ("/api.json", "/openapi.json")] {
        assert_eq!(app.get(asked).await.expect(303).header("location"), leads_to);
    }
}

#[tokio::test]
async fn the_description_tells_how_to_log_in_and_for_what() {
    let app = with(&[("TOKEN_URL", "/auth/token"), ("AUTH_SCOPES", r#"{"read": "Read Access"}"#)]).await;

    let api = app.get("/openapi.json").await.expect(200).json();

    let flow = &api["components"]["securitySchemes"]["tp_password"]["flows"]["password"];
    assert_eq!(flow["tokenUrl"], "/auth/token");
    assert_eq!(flow["scopes"]["read"], "Read Access");
    for path in ["/auth/token", "/refresh", "/logout"] {
        assert!(api["paths"][path]["post"]["responses"]["200"].is_object(), "{path}");
    }
    assert!(api["paths"]["/api/v1/login"].is_object());
}
