//! A real nginx, told what docs/forward-auth.md says, between a browser, an application and a server in processes of their own.

use std::fmt::Write;

use axum::Router;
use doorward_testkit::{PASSWORD, Proxy, RealServer, UNHINDERED, free_folder};
use http::HeaderMap;
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const RULES: &str = r#"
[server]
trusted_proxies = ["127.0.0.1"]
[auth]
default_admin_email = "root@example.com"
default_admin_password = "PASSWORD"
[scopes]
"wiki:write" = "Write"
[forward_auth."wiki.example"]
rules = [
  { path = "/*", flow = "session || bearer || api_key || basic" },
  { path = "/edit", flow = "session || bearer", scopes = ["wiki:write"] },
  { path = "/open", public = true },
]
"#;

/// Says what it was sent: the headers that tell of the caller.
async fn application(headers: HeaderMap) -> String {
    let told = headers.iter().filter(|(name, _)| name.as_str().starts_with("remote-"));
    told.fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}: {}", value.to_str().unwrap_or("?"));
        text
    })
}

/// The configuration of nginx that the docs have, at these addresses.
fn settings(listen: &str, application: &str, server: &str) -> String {
    let docs = include_str!("../../../../../docs/forward-auth.md");
    let (_, text) = docs.split_once("```nginx\n").expect("the docs have it");
    let (text, _) = text.split_once("```").expect("it has an end");
    let kept = text.lines().filter(|line| !line.trim_start().starts_with("ssl_"));
    let text = kept.collect::<Vec<_>>().join("\n");
    let text = text.replace("listen 443 ssl", &format!("listen {listen}"));
    text.replace("127.0.0.1:3000", application).replace("127.0.0.1:7272", server)
}

struct World {
    _folder: tempfile::TempDir,
    server: RealServer,
    proxy: Proxy,
    client: Client,
}

impl World {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(application)).await });
        let folder = free_folder();
        let settings_of_server = format!("{UNHINDERED}{}", RULES.replace("PASSWORD", PASSWORD));
        let server = RealServer::start(BINARY, folder.path(), &settings_of_server);
        let mut proxy = Proxy::prepare();
        proxy.serve(&settings(&proxy.address().to_string(), &upstream, &server.address.to_string()));
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { _folder: folder, server, proxy, client }
    }

    /// A request to the application.
    fn wiki(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.proxy.url())).header("host", "wiki.example")
    }

    /// A browser opens a page of it.
    fn opens(&self, path: &str, cookie: &str) -> RequestBuilder {
        self.wiki(path)
            .header("accept", "text/html")
            .header("sec-fetch-mode", "navigate")
            .header("cookie", cookie)
    }

    async fn json(&self, path: &str, body: serde_json::Value) -> serde_json::Value {
        self.client.post(self.server.url(path)).json(&body).send().await.unwrap().json().await.unwrap()
    }

    async fn login(&self, name: &str) -> (String, String) {
        let body = json!({ "identifier": name, "password": PASSWORD, "cookie": true });
        let sent = self.client.post(self.server.url("/api/v1/login")).json(&body).send().await.unwrap();
        let cookie = sent.headers().get("set-cookie").map(|line| pair(line.to_str().unwrap()));
        let told: serde_json::Value = sent.json().await.unwrap();
        (told["access_token"].as_str().unwrap().to_owned(), cookie.unwrap_or_default())
    }

    /// A browser that has signed in to the server is sent there from a page of the application, and comes back with a login.
    async fn signs_in(&self, page: &str, cookie: &str) -> String {
        let (authorize, attempt) = away(&self.opens(page, "a=b").send().await.unwrap());
        assert!(authorize.starts_with(&self.server.url("/oauth2/authorize?")), "{authorize}");
        let back = self.client.get(authorize).header("cookie", cookie).send().await.unwrap();
        let callback = back.headers()["location"].to_str().unwrap().to_owned();
        let callback = callback.strip_prefix("https://wiki.example").expect("back to the host");
        let (target, login) = away(&self.opens(callback, &attempt).send().await.unwrap());
        assert_eq!(target, format!("https://wiki.example{page}"));
        login
    }
}

/// Name and value of a cookie.
fn pair(line: &str) -> String {
    line.split(';').next().unwrap().to_owned()
}

#[track_caller]
fn away(answer: &Response) -> (String, String) {
    assert_eq!(answer.status(), 303);
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    (header("location").unwrap(), pair(&header("set-cookie").unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_behind_nginx_is_guarded_as_the_docs_say() {
    let world = World::new().await;
    world.json("/api/v1/users", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
    let (ada, cookie) = world.login("ada@example.com").await;
    let (root, _) = world.login("root@example.com").await;
    let status = async |request: RequestBuilder| request.send().await.unwrap().status().as_u16();

    // Programs.
    let nothing = world.wiki("/page").send().await.unwrap();
    assert_eq!(nothing.status(), 401);
    assert!(nothing.headers().contains_key("www-authenticate"), "{nothing:?}");
    assert_eq!(status(world.wiki("/page").bearer_auth(&ada)).await, 200);
    assert_eq!(status(world.wiki("/edit").bearer_auth(&ada)).await, 403);
    assert_eq!(status(world.wiki("/edit").bearer_auth(&root)).await, 200);
    let key = {
        let made = world.client.post(world.server.url("/api/v1/api-keys")).bearer_auth(&ada);
        let made: serde_json::Value =
            made.json(&json!({ "name": "robot" })).send().await.unwrap().json().await.unwrap();
        made["api_key"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(world.wiki("/page").header("x-api-key", &key)).await, 200);
    assert_eq!(status(world.wiki("/page").basic_auth("any", Some(&key))).await, 200);
    assert_eq!(status(world.wiki("/open/..%2fedit").bearer_auth(&ada)).await, 403, "read in two ways");

    // What a caller says of themselves does not go on.
    let forged = |request: RequestBuilder| {
        let names = [
            "Remote-User",
            "Remote-Id",
            "Remote-Email",
            "Remote-Groups",
            "Remote-Scopes",
            "Remote-Assertion",
        ];
        names.iter().fold(request, |request, name| request.header(*name, "root"))
    };
    let open = forged(world.wiki("/open")).send().await.unwrap().text().await.unwrap();
    assert_eq!(open, "", "an open page tells of nobody");
    let known = forged(world.wiki("/page").bearer_auth(&ada)).send().await.unwrap().text().await.unwrap();
    assert!(known.contains("remote-id: ") && !known.contains("root"), "{known}");
    let elsewhere = forged(world.wiki("/page"))
        .header("x-original-url", "https://wiki.example/open")
        .header("x-original-method", "GET");
    assert_eq!(status(elsewhere).await, 401);

    // A browser.
    let login = world.signs_in("/page?x=1", &cookie).await;
    let shown = world.opens("/page?x=1", &login).send().await.unwrap();
    assert_eq!(shown.status(), 200);
    assert!(shown.text().await.unwrap().contains("remote-user: "));

    // Ended elsewhere, refused here.
    let everywhere = world.client.post(world.server.url("/api/v1/logout/everywhere")).bearer_auth(&ada);
    assert_eq!(status(everywhere).await, 204);
    assert_eq!(status(world.wiki("/page").header("cookie", &login)).await, 401);
    assert_eq!(status(world.wiki("/page").bearer_auth(&ada)).await, 401);
}
