use doorward_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn all_accounts_are_written_without_what_proves_them_and_without_formulas() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let body = json!({
        "email": "ada@example.com", "name": "=HYPERLINK(\"http://evil\",\"x\")", "password": doorward_testkit::PASSWORD,
    });
    app.post("/api/v1/users").json(&body).await.expect(201);
    for n in 0..600 {
        app.user(&format!("user{n}")).registered().await;
    }

    let answer = app.get("/api/v1/admin/users/export").bearer(&root.access).await.expect(200);

    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = answer.text().lines().collect();
    assert_eq!(lines.len(), 603);
    assert!(lines[0].starts_with("id,email,username,name,"));
    let ada = lines.iter().find(|line| line.contains("ada@example.com")).unwrap();
    assert!(ada.contains("\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\""), "{ada}");
    assert!(!answer.text().contains("argon2"));
}
