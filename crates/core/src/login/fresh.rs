//! The same person once more, before what a borrowed session must not do.

use crate::account::User;
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::port::Verdict;
use crate::principal::Principal;
use crate::secret::Secret;

impl Core {
    /// Makes sure that `who` is the owner of `user` at this moment: by the password, or by a login of just now.
    ///
    /// # Errors
    /// - [`Code::WrongPassword`]: `password` is not the password.
    /// - [`Code::FreshLoginRequired`]: there is none, and the login was too long ago.
    /// - [`Code::TokenRevoked`]: the session has ended meanwhile.
    /// - [`Code::TooManyAttempts`], [`Code::Overloaded`], [`Code::StoreUnavailable`].
    pub(crate) async fn prove_again(
        &self,
        who: &Principal,
        user: &User,
        password: Option<&Secret<String>>,
        client: &Client,
    ) -> Result<(), Error> {
        if let Some(password) = password {
            return match self.prove(user.email.key(), Some(user), password, client).await? {
                Verdict::Match | Verdict::MatchButOutdated => Ok(()),
                Verdict::Mismatch => Err(Error::from(Code::WrongPassword).about("password")),
            };
        }
        let Some(id) = who.session_id else {
            return Err(Error::from(Code::FreshLoginRequired).about("password"));
        };
        // It may have ended since the token was looked at.
        let row = self.ports().store.session(id).await?.ok_or(Code::TokenRevoked)?;
        let is_fresh = self.now().since(row.session.created_at) < self.settings().sessions.fresh;
        if is_fresh { Ok(()) } else { Err(Error::from(Code::FreshLoginRequired).about("password")) }
    }
}
