//! Clients of AuthX: a browser with two cookies, and the application's pages.

mod admin;
mod confirmation;
mod cookies;
mod login;
mod names;
mod password;
mod register;
mod social;
mod transcript;
mod usability;
mod weak_spots;

use doorward_testkit::{Answer, Call, Plan, TestApp};
use http::Method;
use serde_json::{Value, json};

/// A password without blanks, which such clients refuse.
const PASSWORD: &str = "Passw0rd!-of-hers";
const ACCESS: &str = "authx_access";
const REFRESH: &str = "authx_refresh";

/// An application that serves them.
async fn app() -> TestApp {
    with(|_| {}).await
}

/// An application that serves them, otherwise as `change` has it.
async fn with(change: impl FnOnce(&mut Plan)) -> TestApp {
    TestApp::with(|plan| {
        plan.http.dialects.authx.enabled = true;
        change(plan);
    })
    .await
}

/// A browser that keeps the two cookies.
#[derive(Debug, Clone)]
struct Browser<'a> {
    app: &'a TestApp,
    access: Option<String>,
    refresh: Option<String>,
    /// What it is known by, where people use TLS.
    device: Option<String>,
}

impl<'a> Browser<'a> {
    /// One that has no cookies yet.
    const fn new(app: &'a TestApp) -> Self {
        Self { app, access: None, refresh: None, device: None }
    }

    /// One in which somebody called `name` has just registered.
    async fn registered(app: &'a TestApp, name: &str) -> Self {
        let mut browser = Self::new(app);
        browser.post("/register", &new(name)).await.expect(200);
        browser
    }

    /// One in which the administrator has signed in.
    async fn of_admin(app: &'a TestApp) -> Self {
        app.superuser().await;
        let mut browser = Self::new(app);
        let login = json!({ "login": "root", "password": doorward_testkit::PASSWORD });
        browser.post("/login", &login).await.expect(200);
        browser
    }

    fn call(&self, method: Method, path: &str) -> Call {
        let call = self.app.call(method, &format!("/api/users{path}"));
        let device = "__Host-doorward-device";
        let cookies = [(ACCESS, &self.access), (REFRESH, &self.refresh), (device, &self.device)];
        let pairs: Vec<String> =
            cookies.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?))).collect();
        if pairs.is_empty() { call } else { call.header("cookie", &pairs.join("; ")) }
    }

    async fn get(&mut self, path: &str) -> Answer {
        let answer = self.call(Method::GET, path).await;
        self.kept(answer)
    }

    async fn post(&mut self, path: &str, body: &Value) -> Answer {
        let answer = self.call(Method::POST, path).json(body).await;
        self.kept(answer)
    }

    async fn put(&mut self, path: &str, body: &Value) -> Answer {
        let answer = self.call(Method::PUT, path).json(body).await;
        self.kept(answer)
    }

    async fn delete(&mut self, path: &str) -> Answer {
        let answer = self.call(Method::DELETE, path).await;
        self.kept(answer)
    }

    /// Does with the cookies of an answer what browsers do.
    fn kept(&mut self, answer: Answer) -> Answer {
        for line in answer.headers.get_all("set-cookie") {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let kept = (!value.is_empty()).then(|| value.to_owned());
            match name {
                ACCESS => self.access = kept,
                REFRESH => self.refresh = kept,
                "__Host-doorward-device" => self.device = kept,
                other => panic!("a cookie that is called {other}"),
            }
        }
        answer
    }

    /// The number of the account.
    async fn id(&mut self) -> i64 {
        self.post("/token", &json!(null)).await.expect(200).json()["id"].as_i64().unwrap()
    }
}

/// What somebody called `name` registers with.
fn new(name: &str) -> Value {
    json!({
        "email": format!("{name}@example.com"),
        "username": name,
        "password1": PASSWORD,
        "password2": PASSWORD,
    })
}

/// Checks a refusal: its status, its text, and that a 401 says what is missing.
#[track_caller]
fn check(answer: &Answer, status: u16, detail: &str) {
    assert_eq!((answer.status.as_u16(), answer.json()), (status, json!({ "detail": detail })));
    assert_eq!(answer.header("www-authenticate").is_empty(), status != 401);
    assert_eq!(answer.header("content-type"), "application/json");
}

/// Checks that something was done and there is nothing to tell.
#[track_caller]
fn done(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "null"));
}
