//! Everybody there is, and a document that some of them share: for matrices of who gets at what.

use doorward_core::UserId;
use doorward_documents::{Caller, NewCollection, NewDocument, Role, Source, Unique};
use doorward_testkit::{Answer, Asked, PASSWORD, Plan, SignedIn, StandIn, TestApp};
use serde_json::{Value, json};

/// The owner, an editor, a reader, a stranger and a superuser.
pub(crate) const NAMES: [&str; 5] = ["ada", "edith", "rosa", "stella", "root"];

/// A document in a collection, and what is secret about both.
pub(crate) struct Shared {
    pub(crate) document: String,
    pub(crate) collection: String,
    pub(crate) secret: String,
}

/// The accounts, in the order of [`NAMES`], and two more.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) tokens: Vec<SignedIn>,
    /// A token of an account that is deleted.
    pub(crate) gone: SignedIn,
    /// Of all but the superuser.
    pub(crate) ids: Vec<UserId>,
    /// Somebody who reads in each collection.
    pub(crate) member: UserId,
    count: u32,
}

async fn account(app: &TestApp, name: &str) -> (UserId, SignedIn) {
    let made = app.user(name).registered().await;
    (made["id"].as_str().unwrap().parse().unwrap(), app.user(name).logged_in().await)
}

impl World {
    /// An application set up by `change`, whose answers come from `model`.
    pub(crate) async fn new(model: &StandIn, change: impl FnOnce(&mut Plan)) -> Self {
        let chat = format!("[documents.chat]\nurl = \"{}\"\nmodel = \"echo\"", model.url("/v1"));
        let app = TestApp::with(|plan| {
            plan.keep_documents(&chat);
            change(plan);
        })
        .await;
        let (mut ids, mut tokens) = (Vec::new(), Vec::new());
        for name in &NAMES[..4] {
            let (id, token) = account(&app, name).await;
            ids.push(id);
            tokens.push(token);
        }
        tokens.push(app.superuser().await);
        let (member, _) = account(&app, "member").await;
        let (_, gone) = account(&app, "gone").await;
        app.delete("/api/v1/me")
            .bearer(&gone.access)
            .json(&json!({ "password": PASSWORD }))
            .await
            .expect(204);
        Self { app, tokens, gone, ids, member, count: 0 }
    }

    /// A document of the owner's, in a collection with an editor, a reader and another member.
    pub(crate) async fn shared(&mut self) -> Shared {
        self.count += 1;
        let secret = format!("xyzzy{}", self.count);
        let library = self.app.state.library().unwrap();
        let owner = Caller { user: self.ids[0], sees_all: false };
        let new = NewCollection { id: None, name: secret.clone(), description: String::new() };
        let collection = library.create_collection(owner, new).await.unwrap().id;
        for (user, role) in
            [(self.ids[1], Role::Editor), (self.ids[2], Role::Reader), (self.member, Role::Reader)]
        {
            library.add_member(owner, collection, user, role).await.unwrap();
        }
        let new = NewDocument {
            collections: vec![collection],
            unique: Unique::Nothing,
            ..NewDocument::new(format!("{secret}.txt"), Source::Text(format!("The word is {secret}.")))
        };
        let document = library.add(owner, new).await.unwrap().id;
        library.settled(owner, document).await.unwrap();
        Shared { document: document.to_string(), collection: collection.to_string(), secret }
    }
}

/// A model that says what it was told, without the question.
pub(crate) fn echo(asked: &Asked) -> (u16, String) {
    let question: Value = serde_json::from_str(&asked.body).unwrap();
    let prompt = question["messages"][0]["content"].as_str().unwrap();
    let said = prompt.split("Question:").next().unwrap();
    (200, json!({ "choices": [{ "message": { "content": said } }] }).to_string())
}

/// Whether the secret is anywhere in an answer.
pub(crate) fn shows(answer: &Answer, secret: &str) -> bool {
    String::from_utf8_lossy(&answer.body).contains(secret)
}
