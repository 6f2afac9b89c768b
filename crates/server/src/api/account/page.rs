//! What the pages look like.

use axum::response::Response;
use doorward_core::{Code, Error, Secret};
use http::StatusCode;
use minijinja::context;

use crate::http::page::rendered;
use crate::http::problem::{Problem, status};

/// One of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    VerifyEmail,
    ChangeEmail,
    ResetPassword,
    Invitation,
}

impl Page {
    #[cfg(test)]
    const ALL: [Self; 4] = [Self::VerifyEmail, Self::ChangeEmail, Self::ResetPassword, Self::Invitation];

    /// The page with this name in its path.
    pub(super) fn named(name: &str) -> Result<Self, Problem> {
        match name {
            "verify-email" => Ok(Self::VerifyEmail),
            "change-email" => Ok(Self::ChangeEmail),
            "reset-password" => Ok(Self::ResetPassword),
            "invitation" => Ok(Self::Invitation),
            _ => Err(Code::NotFound.into()),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::ChangeEmail => "change-email",
            Self::ResetPassword => "reset-password",
            Self::Invitation => "invitation",
        }
    }

    const fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::VerifyEmail => (
                "Verify your email address",
                "Verify",
                "Your email address is verified. You can close this page.",
            ),
            Self::ChangeEmail => (
                "Change your email address",
                "Use this address",
                "This is the email address of your account now. You can close this page.",
            ),
            Self::ResetPassword => (
                "Choose a new password",
                "Set the password",
                "The password is set, and all devices are signed out. Sign in with it.",
            ),
            Self::Invitation => {
                ("Choose a password", "Set the password", "The password is set. Sign in with it.")
            }
        }
    }

    pub(super) const fn asks_password(self) -> bool {
        matches!(self, Self::ResetPassword | Self::Invitation)
    }

    /// The form, perhaps with what was wrong with the last try.
    pub(super) fn form(self, app_name: &str, token: &Secret<String>, fault: Option<&Error>) -> Response {
        let (title, button, _) = self.texts();
        let values = context! {
            app_name, title, button,
            action => format!("/account/{}", self.name()),
            token => token.expose().as_str(),
            asks_password => self.asks_password(),
            fault => fault.map(Error::detail).unwrap_or_default(),
        };
        let status = fault.map_or(StatusCode::OK, |fault| status(fault.code()));
        rendered("confirm.html", &values, status)
    }

    /// What is shown when it was done.
    pub(super) fn done(self, app_name: &str) -> Response {
        let (title, _, text) = self.texts();
        rendered("done.html", &context! { app_name, title, text }, StatusCode::OK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_can_be_shown_and_is_found_by_its_name() {
        for page in Page::ALL {
            let token = Secret::new("dwv_abc".to_owned());
            let refused = Error::from(Code::TicketInvalid);

            assert_eq!(page.form("App", &token, None).status(), 200);
            assert_eq!(page.form("App", &token, Some(&refused)).status(), 400);
            assert_eq!(page.done("App").status(), 200);
            assert_eq!(Page::named(page.name()).unwrap(), page);
        }
        assert!(Page::named("other").is_err());
    }
}
