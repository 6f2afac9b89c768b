//! When a caller has to show that they are human.
//!
//! Does not know any provider: see [`crate::port::Captcha`]. Where none is set up nobody is asked.

use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::Attempt;

/// The longest solution that is passed on, in bytes; the providers' are a quarter of it.
const SOLUTION_MAX: usize = 8 * 1024;

impl Core {
    /// Lets nobody on who has not solved a captcha, where `is_asked`.
    ///
    /// # Errors
    /// [`Code::CaptchaRequired`], [`Code::CaptchaFailed`]; [`Code::CheckUnavailable`] when the provider does not answer.
    pub(crate) async fn ask_captcha(
        &self,
        is_asked: bool,
        solution: Option<&str>,
        client: &Client,
    ) -> Result<(), Error> {
        let Some(captcha) = self.ports().outside.captcha.as_deref().filter(|_| is_asked) else {
            return Ok(());
        };
        let solution = solution.ok_or(Code::CaptchaRequired)?;
        let is_solved = solution.len() <= SOLUTION_MAX && captcha.is_solved(solution, client).await?;
        if is_solved { Ok(()) } else { Err(Code::CaptchaFailed.into()) }
    }

    /// Lets nobody on who has failed a few times at an account and has not solved a captcha since.
    ///
    /// # Errors
    /// As [`Core::ask_captcha`].
    pub(crate) async fn ask_captcha_of_failures(
        &self,
        attempt: &mut Attempt,
        solution: Option<&str>,
        client: &Client,
    ) -> Result<(), Error> {
        let Some(free) = self.settings().captcha.after_failures else { return Ok(()) };
        if self.ports().outside.captcha.is_none() {
            return Ok(());
        }
        match self.take_free_attempt(attempt, free).await {
            Ok(()) => Ok(()),
            Err(_) => self.ask_captcha(true, solution, client).await,
        }
    }
}
