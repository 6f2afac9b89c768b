//! New accounts.
//!
//! Anybody may make one while registration is open, a few per network and hour. Whether a name is free is decided by the
//! database in the same moment as the account is made.

use serde_json::{Map, Value};

use crate::account::field::{self, Writer};
use crate::account::{EmailAddress, Profile, User, Username};
use crate::audit::Deed;
use crate::change::{AccountChange, Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::Meter;
use crate::id::UserId;
use crate::mail::MailKind;
use crate::password::{Names, PasswordHash, normal_form};
use crate::secret::Secret;
use crate::session::{SessionWish, SignedIn};

const NAME_MAX: usize = 200;
const BIO_MAX: usize = 2_000;
const PICTURE_MAX: usize = 2_000;
const METADATA_MAX_BYTES: usize = 8 * 1024;

/// What somebody gives to get an account.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The address, in any spelling.
    pub email: String,
    /// The user name, in any spelling.
    pub username: Option<String>,
    /// The password.
    pub password: Secret<String>,
    /// What the person tells of themselves.
    pub profile: Profile,
    /// The solution of a captcha, where one is asked for.
    pub captcha: Option<String>,
}

/// A registration whose every part is acceptable.
pub(crate) struct Acceptable {
    email: EmailAddress,
    username: Option<Username>,
    password: Secret<String>,
    profile: Profile,
}

impl Core {
    /// Makes an account.
    ///
    /// # Errors
    /// - [`Code::RegistrationClosed`].
    /// - [`Code::InvalidEmail`], [`Code::InvalidUsername`], [`Code::InvalidField`], and the codes of the password policy:
    ///   a part cannot be accepted; the error names the field.
    /// - [`Code::EmailTaken`], [`Code::UsernameTaken`].
    /// - [`Code::CaptchaRequired`], [`Code::CaptchaFailed`], [`Code::RefusedByHook`], [`Code::CheckUnavailable`].
    /// - [`Code::TooManyAttempts`], [`Code::Overloaded`], [`Code::StoreUnavailable`].
    pub async fn register(&self, registration: Registration, client: &Client) -> Result<User, Error> {
        if !self.settings().is_registration_open {
            return Err(Code::RegistrationClosed.into());
        }
        let captcha = registration.captcha.clone();
        let acceptable = self.check_registration(registration)?;
        field::require(&self.settings().fields, &acceptable.profile.fields, Writer::Owner)?;
        self.pass(Meter::Registration, client).await?;
        self.ask_captcha(self.settings().captcha.on_registration, captcha.as_deref(), client).await?;
        let username = acceptable.username.as_ref().map(Username::as_str);
        self.ask_before_registration(acceptable.email.as_str(), username, client).await?;
        match self.add_user(acceptable, Deed::AccountRegistered, false, client).await {
            Err(error) if error.code() == Code::Overloaded => {
                self.hand_back(Meter::Registration, client).await;
                Err(error)
            }
            other => other,
        }
    }

    /// Makes an account and opens its first session; none where the address has to be verified first.
    ///
    /// # Errors
    /// As [`Core::register`]; [`Code::CheckUnavailable`].
    pub async fn register_and_sign_in(
        &self,
        registration: Registration,
        client: &Client,
    ) -> Result<(User, Option<SignedIn>), Error> {
        let user = self.register(registration, client).await?;
        if self.settings().requires_verified_email && !user.is_verified {
            return Ok((user, None));
        }
        let mut signed_in = self.open_session(&user, client, SessionWish::default()).await?;
        signed_in.device = self.next_device(&user, None);
        Ok((user, Some(signed_in)))
    }

    /// Reads a registration against every rule that needs no database.
    pub(crate) fn check_registration(&self, registration: Registration) -> Result<Acceptable, Error> {
        let email = EmailAddress::parse(&registration.email)?;
        let username = registration.username.as_deref().map(Username::parse).transpose()?;
        let mut profile = registration.profile;
        let (rules, given) = (&self.settings().fields, std::mem::take(&mut profile.fields));
        field::merge(rules, &mut profile.fields, given, Writer::Owner)?;
        check_profile(&profile)?;
        let password = normal_form(&registration.password)?;
        let names = Names { email: &email, username: username.as_ref(), shown: profile.name.as_deref() };
        self.settings().password.check(&password, names)?;
        Ok(Acceptable { email, username, password, profile })
    }

    /// Hashes the password and adds the account.
    pub(crate) async fn add_user(
        &self,
        new: Acceptable,
        deed: Deed,
        is_superuser: bool,
        client: &Client,
    ) -> Result<User, Error> {
        self.check_breached(&new.password, "password").await?;
        let hash = self.ports().hasher.hash(new.password.clone()).await?;
        let user = self.new_user(new, hash, is_superuser);
        let mut event = self.event(deed, client).about(user.id);
        if deed == Deed::AccountRegistered {
            event = event.by(user.id);
        }
        let mut changes = Changes::from(Change::AddUser(Box::new(user.clone()))).recorded(event);
        let fields = field::searchable(&self.settings().fields, &user.profile.fields);
        if !fields.is_empty() {
            changes = changes.with(AccountChange::IndexFields { user: user.id, fields });
        }
        if !user.is_verified {
            changes = changes.and(self.send_ticket(MailKind::VerifyEmail, user.id, &user.email, client));
        }
        self.apply(changes).await?;
        Ok(user)
    }

    /// An account, not yet added, whose owner has no password.
    pub(crate) fn passwordless_user(
        &self,
        email: EmailAddress,
        is_verified: bool,
        profile: Profile,
    ) -> Result<User, Error> {
        check_profile(&profile)?;
        let password = Secret::new(String::new());
        let new = Acceptable { email, username: None, password, profile };
        let user = self.new_user(new, PasswordHash::none(), false);
        Ok(User { is_verified, ..user })
    }

    fn new_user(&self, new: Acceptable, password: PasswordHash, is_superuser: bool) -> User {
        let now = self.now();
        User {
            id: UserId::new(now, self.entropy()),
            email: new.email,
            username: new.username,
            password,
            password_version: 1,
            profile: new.profile,
            is_active: true,
            // An administrator is made by whoever runs the server, who answers for the address.
            is_verified: is_superuser,
            is_superuser,
            roles: Vec::new(),
            rights_version: 0,
            created_at: now,
            updated_at: now,
        }
    }
}

pub(super) fn check_profile(profile: &Profile) -> Result<(), Error> {
    check_text("name", profile.name.as_deref(), NAME_MAX)?;
    check_text("bio", profile.bio.as_deref(), BIO_MAX)?;
    check_text("profile_picture", profile.picture.as_deref(), PICTURE_MAX)?;
    check_metadata(&profile.metadata)
}

fn check_text(field: &'static str, text: Option<&str>, max: usize) -> Result<(), Error> {
    let Some(text) = text else { return Ok(()) };
    if text.chars().count() > max {
        return Err(
            Error::new(Code::InvalidField, format!("At most {max} characters fit here.")).about(field)
        );
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Error::new(Code::InvalidField, "Control characters cannot be kept.").about(field));
    }
    Ok(())
}

fn check_metadata(metadata: &Map<String, Value>) -> Result<(), Error> {
    let refused = |text: String| Err(Error::new(Code::InvalidField, text).about("metadata"));
    let text = serde_json::to_string(metadata).unwrap_or_default();
    if text.len() > METADATA_MAX_BYTES {
        return refused(format!("Metadata has {METADATA_MAX_BYTES} bytes of JSON at most."));
    }
    if text.contains("\\u0000") {
        return refused("The character NUL cannot be kept.".to_owned());
    }
    Ok(())
}
