//! What a login costs that comes in R2R's words, beside the same login in Doorward's own.
//!
//! With hashes that cost next to nothing, so that what differs is seen; with those of production nothing would be.

use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use tempfile::TempDir;

use super::{ratio, requests};
use crate::load::{form, post};
use crate::process::{Cores, Server};
use crate::seed::{self, CHEAP, PASSWORD};
use crate::table::Table;

const ACCOUNTS: usize = 64;

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let settings = [CHEAP, &[("DOORWARD__DIALECT__R2R__ENABLED", "true")]].concat();
    let server = Server::doorward(folder.path(), Cores::One, &settings)?;
    seed::logins(&server.address, 0..ACCOUNTS, 0).await?;
    let native = |user| json!({ "identifier": seed::email(user), "password": PASSWORD });
    let native: Arc<_> = requests((0..ACCOUNTS).map(|user| post("/api/v1/login", &native(user))));
    let dialect =
        requests((0..ACCOUNTS).map(|user| {
            form("/v3/users/login", &[("username", &seed::email(user)), ("password", PASSWORD)])
        }));
    let what = ("logins through R2R's dialect ÷ native logins", "native", 0.98);
    ratio(table, what, (&server, &dialect), (&server, &native)).await
}
