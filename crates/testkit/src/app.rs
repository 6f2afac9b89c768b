//! The application in the test's own process.

use std::path::PathBuf;
use std::sync::Arc;

use doorward::app::{AppState, Application};
use doorward::config::{self, Config, DocumentsConfig, Environment, Http, MailConfig};
use doorward::documents::OfAccounts;
use doorward::http::edge::Edge;
use doorward::mail::{Composer, Office};
use doorward::upstream;
use doorward_core::account::LoginName;
use doorward_core::password::{HashFunction, HashPool, HashSettings};
use doorward_core::port::fake::FakeClock;
use doorward_core::port::{Clock, Outside, Quota, SystemEntropy};
use doorward_core::settings::Settings;
use doorward_core::token::MasterKey;
use doorward_core::{Core, Ports, Ttl};
use doorward_jose::SigningKey;
use http::Method;
use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::person::{Person, SignedIn};
use crate::place::Place;
use crate::post::{Post, SentMail};

/// The cheapest hash there is: what it costs is the subject of no test but its own.
const CHEAP: HashSettings = HashSettings {
    function: HashFunction::Argon2id { memory_kib: 8, passes: 1, lanes: 1 },
    threads: 2,
    max_wait: Ttl::from_seconds(60),
};
/// Enough for everything but a test of limits.
const PLENTY: Quota = Quota { burst: 10_000, refill: Ttl::from_seconds(1) };

/// How the application is set up; the defaults are those of an operator who says nothing, with cheap hashes and no limits to
/// run into.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the rules go by.
    pub rules: Settings,
    /// What the HTTP surface goes by.
    pub http: Http,
    /// What mails look like and where they lead to; they are sent to [`TestApp::mails`] whatever it says.
    pub mail: MailConfig,
    /// How passwords are hashed.
    pub hash: HashSettings,
    /// Others who are asked.
    pub outside: Outside,
    /// The key that signs, when it is given from outside: as PEM, or a secret.
    pub signing_key: Option<String>,
    /// Documents, where they are kept; the file is in the application's folder whatever it says.
    pub documents: Option<DocumentsConfig>,
}

impl Default for Plan {
    fn default() -> Self {
        Self::of("", &Environment::default())
    }
}

impl Plan {
    /// Keeps documents, as `[documents]` with these lines has it.
    ///
    /// # Panics
    /// When the section is not good.
    pub fn keep_documents(&mut self, lines: &str) {
        let text = format!("[documents]\nenabled = true\n{lines}");
        self.documents =
            config::parse(&text, &Environment::default()).expect("the section is good").documents;
    }

    /// The plan of a configuration, but for its limits and hashes.
    pub fn of(text: &str, environment: &Environment) -> Self {
        let config = config::parse(text, environment).expect("the configuration is good");
        let key = config.signing_pem.as_ref().or(config.signing_secret.as_ref());
        let signing_key = key.map(|key| key.expose().clone());
        let mut rules = config.rules;
        rules.limits.login_per_account_and_network = PLENTY;
        rules.limits.login_per_account = PLENTY;
        rules.limits.login_per_network = PLENTY;
        rules.limits.register_per_network = PLENTY;
        rules.limits.false_tokens_per_network = PLENTY;
        rules.limits.mail_per_address = PLENTY;
        rules.limits.mail_per_network = PLENTY;
        rules.limits.codes_per_network = PLENTY;
        let passkeys =
            doorward::outside::passkeys(config.passkeys.as_ref()).expect("the configuration is good");
        let outside = Outside { passkeys, ..Outside::default() };
        let Config { http, mail, documents, .. } = config;
        Self { rules, http, mail, hash: CHEAP, outside, signing_key, documents }
    }
}

/// A whole Doorward: rules, edge and database, under a clock that stands still until it is turned.
#[derive(Debug)]
pub struct TestApp {
    /// The time the application lives in.
    pub clock: Arc<FakeClock>,
    /// The rules, for what HTTP does not offer.
    pub core: Arc<Core>,
    /// What its handlers share.
    pub state: AppState,
    /// Where mail goes.
    pub post: Post,
    edge: Edge,
    office: Arc<Office>,
    plan: Plan,
    place: Place,
}

impl TestApp {
    /// An application as its defaults have it.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// An application that keeps documents, as `[documents]` with these lines has it.
    pub async fn with_documents(lines: &str) -> Self {
        Self::with(|plan| plan.keep_documents(lines)).await
    }

    /// Sees to it that documents of deleted accounts are gone.
    pub async fn follow_accounts(&self) {
        let library = self.state.library().expect("documents are kept");
        let since = library.followed_until().await.expect("the documents answer");
        doorward::documents::follow(&self.core, library, since).await.expect("the documents go");
    }

    /// An application whose plan was changed by `change`.
    pub async fn with(change: impl FnOnce(&mut Plan)) -> Self {
        let mut plan = Plan::default();
        change(&mut plan);
        let place = Box::pin(Place::new()).await;
        Box::pin(Self::open(plan, place, Arc::new(FakeClock::default()))).await
    }

    /// Stops the application and starts it again on the same database. What was only in memory is gone.
    pub async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// As [`TestApp::restart`], with a plan that was changed by `change`.
    pub async fn restart_with(self, change: impl FnOnce(&mut Plan)) -> Self {
        let Self { clock, mut plan, place, core, state, edge, office, post: _ } = self;
        drop((core, state, edge, office));
        change(&mut plan);
        Box::pin(Self::open(plan, place, clock)).await
    }

    async fn open(plan: Plan, place: Place, clock: Arc<FakeClock>) -> Self {
        let core = Arc::new(rules(&plan, &place, clock.clone()).await);
        let documents = match &plan.documents {
            Some(config) => {
                let library = place.library(config.clone(), clock.clone()).await;
                Some(Arc::new(library.with_allowances(Arc::new(OfAccounts(core.clone())))))
            }
            None => None,
        };
        let state = AppState::with_documents(core.clone(), plan.http.clone(), documents);
        let app = Application::new(state.clone()).expect("the rules for paths hold");
        let edge = Edge::new(app, &plan.http, &SystemEntropy);
        let post = Post::default();
        let composer = Composer::new(&plan.mail, &plan.http.public_url).expect("the templates are good");
        let office = Arc::new(Office::new(core.clone(), composer, Box::new(post.clone())).one_at_a_time());
        Self { clock, core, state, post, edge, office, plan, place }
    }

    /// The rules of another node on the same database and the same clock.
    pub async fn another_node(&self) -> Core {
        rules(&self.plan, &self.place, self.clock.clone()).await
    }

    /// What a listener hands its requests to.
    pub const fn edge(&self) -> &Edge {
        &self.edge
    }

    /// The database file; there is none when the application runs on PostgreSQL.
    pub fn database(&self) -> PathBuf {
        self.place.file()
    }

    /// This moment in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.clock.now().as_millis()
    }

    /// Somebody called `name`, who has no account yet.
    pub const fn user<'a>(&'a self, name: &'a str) -> Person<'a> {
        Person::new(self, name)
    }

    /// Somebody who runs the server, signed in.
    pub async fn superuser(&self) -> SignedIn {
        let password = doorward_core::Secret::new(crate::person::PASSWORD.to_owned());
        let made = self.core.create_admin("root@example.com", Some("root".to_owned()), password).await;
        made.expect("the administrator is made");
        self.user("root").logged_in().await
    }

    /// Sends what waits to be sent, and gives every mail that has been sent so far, oldest first.
    pub async fn mails(&self) -> Vec<SentMail> {
        self.office.round().await.expect("the queue can be read");
        self.post.sent()
    }

    /// Sends what waits to be sent, and gives the youngest mail to `address`.
    ///
    /// # Panics
    /// When nobody has written to it.
    pub async fn mail_to(&self, address: &str) -> SentMail {
        let mails = self.mails().await;
        mails.into_iter().rfind(|mail| mail.to == address).expect("there is a mail to the address")
    }

    /// How the password of the account called `name` is kept.
    pub async fn user_hash(&self, name: &str) -> String {
        let store = self.place.store().await;
        let found = store.user_by_name(&LoginName::read(name)).await.expect("the database answers");
        found.expect("there is such an account").password.as_str().to_owned()
    }

    /// A request.
    pub fn call(&self, method: Method, target: &str) -> Call {
        Call::new(self.edge.clone(), method, target)
    }

    /// A GET.
    pub fn get(&self, target: &str) -> Call {
        self.call(Method::GET, target)
    }

    /// A POST.
    pub fn post(&self, target: &str) -> Call {
        self.call(Method::POST, target)
    }

    /// A PATCH.
    pub fn patch(&self, target: &str) -> Call {
        self.call(Method::PATCH, target)
    }

    /// A PUT.
    pub fn put(&self, target: &str) -> Call {
        self.call(Method::PUT, target)
    }

    /// A DELETE.
    pub fn delete(&self, target: &str) -> Call {
        self.call(Method::DELETE, target)
    }

    /// A login.
    pub fn login(&self, identifier: &str, password: &str) -> Call {
        self.post("/api/v1/login").json(&json!({ "identifier": identifier, "password": password }))
    }

    /// A refresh with this token.
    pub fn refresh(&self, token: &str) -> Call {
        self.post("/api/v1/refresh").json(&json!({ "refresh_token": token }))
    }

    /// A refresh that works.
    pub async fn refreshed(&self, token: &str) -> SignedIn {
        SignedIn::read(&self.refresh(token).await.expect(200))
    }

    /// What the server says to this access token at this moment: the status of the cheapest guarded route.
    pub async fn verdict(&self, access: &str) -> u16 {
        self.get("/api/v1/session").bearer(access).await.status.as_u16()
    }

    /// Sends `count` requests at the same moment from tasks of their own; gives the answers in the order of sending.
    pub async fn race(&self, count: usize, call: impl Fn(&Self, usize) -> Call) -> Vec<Answer> {
        let racers: Vec<_> = (0..count)
            .map(|number| tokio::spawn(std::future::IntoFuture::into_future(call(self, number))))
            .collect();
        let mut answers = Vec::with_capacity(count);
        for racer in racers {
            answers.push(racer.await.expect("no racer panics"));
        }
        answers
    }
}

/// The rules of one node.
async fn rules(plan: &Plan, place: &Place, clock: Arc<FakeClock>) -> Core {
    let entropy = Arc::new(SystemEntropy);
    let (master, clock) = (MasterKey::from_bytes([7; 32]), clock as Arc<dyn Clock>);
    let configured = upstream::providers(&plan.http, &master.for_logins(), &clock);
    let mut outside = plan.outside.clone();
    outside.providers.extend(configured.expect("the providers are set up well"));
    let ports = Ports {
        store: place.store().await,
        hasher: Arc::new(HashPool::start(plan.hash, entropy.clone()).expect("the hashing threads start")),
        limiter: place.limiter(),
        clock,
        entropy,
        outside,
    };
    let key = plan.signing_key.as_deref().map(|key| match key.contains("-----BEGIN ") {
        true => SigningKey::from_pem(key).expect("the key is good"),
        false => SigningKey::from_secret(key.as_bytes()).expect("the secret is long enough"),
    });
    let core = Core::open(ports, plan.rules.clone(), &master, key).await.expect("the rules open");
    core.tell_dropped_scopes().await.expect("the database answers");
    core
}
