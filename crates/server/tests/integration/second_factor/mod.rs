//! A code after the password: set up, shown, lost, and asked for at every way in.

mod operators;
mod owners;
mod page;
mod races;
mod ways_in;

use doorward_testkit::{Authenticator, SignedIn, TestApp};

const FACTOR: &str = "/api/v1/me/second-factor";

/// ada, who is signed in and has set up a second factor.
async fn ada(app: &TestApp) -> (SignedIn, Authenticator) {
    let ada = app.user("ada").signed_in().await;
    let kept = app.second_factor(&ada.access).await;
    (ada, kept)
}
