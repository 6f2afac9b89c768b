//! Logging out by the application's own hand.

use http::{HeaderMap, HeaderValue};

use crate::gate::Guards;
use crate::session::StoreError;

impl Guards {
    /// Ends the logins with `guards`, all of them if none is named, of the session that a request with these headers has. The
    /// answer to the request must carry the returned `Set-Cookie` line.
    ///
    /// A route of the application that calls this must not be open to other sites' pages;
    /// [`GuardsBuilder::logout`](crate::GuardsBuilder::logout) is one that is not.
    ///
    /// # Errors
    /// Sessions cannot be read or written now: nobody was logged out.
    pub async fn log_out(
        &self,
        headers: &HeaderMap,
        guards: &[&str],
    ) -> Result<Option<HeaderValue>, StoreError> {
        let Some(desk) = &self.inner().desk else { return Ok(None) };
        let loaded = desk.sessions().load(headers, self.inner().clock.now()).wait().await?;
        Ok(Some(desk.sign_out(&loaded, guards).await?.set_cookie))
    }
}
