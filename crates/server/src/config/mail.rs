//! `[mail]`: how mail leaves the house, and how long what is in it can be used.

use std::path::{Path, PathBuf};

use doorward_core::mail::MailKind;
use doorward_core::settings::{Settings, TicketSettings};
use doorward_core::{Secret, Ttl};
use lettre::message::Mailbox;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::length::Length;
use super::read::ConfigError;
use super::secret::{secret, secret_text};
use super::settle::{Checked, refused};

/// The longest that one step of a conversation with a mail server may take.
const MOST_TIMEOUT: Ttl = Ttl::from_seconds(5);
/// A code of eight digits may be guessed at for so long at most.
const MOST_CODE_TTL: Ttl = Ttl::from_minutes(60);

/// How mail leaves the house.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// `smtp`: to the server named here. `folder`: into files that nobody is sent, for development.
    pub transport: TransportName,
    /// The folder for `folder`; without it: `mail` beside the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The sender, as `Example <no-reply@example.com>`; `no-reply` at the public address when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What mails and pages call the service.
    pub app_name: String,
    /// The mail server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its port; 587 for `starttls`, 465 for `tls` and 25 for `none` when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `starttls`: TLS or nothing, begun after a greeting. `tls`: from the first byte. `none`: readable on the way.
    pub tls: SmtpTls,
    /// A certificate to be believed beside those of the system, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The name to sign in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password to sign in with.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub password: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// How long one step of a conversation with the mail server may take.
    pub timeout: Length,
    /// A folder with templates that take the place of those in the binary; `doorward mail preview` shows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub templates: Option<PathBuf>,
    /// The page of your application that gets `token` to verify an address; Doorward's own when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_page: Option<String>,
    /// The page that gets `token` to set a new password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_page: Option<String>,
    /// The page that gets `token` to change an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_page: Option<String>,
    /// The page that gets `token` to accept an invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_page: Option<String>,
    /// How long a link that verifies an address works.
    pub verify_ttl: Length,
    /// How long a link that sets a new password works.
    pub reset_ttl: Length,
    /// How long a link that changes an address works.
    pub change_ttl: Length,
    /// How long an invitation works.
    pub invitation_ttl: Length,
    /// How long a code works; `1h` at most.
    pub code_ttl: Length,
}

impl Default for Mail {
    fn default() -> Self {
        let TicketSettings { verify_ttl, reset_ttl, change_ttl, invitation_ttl, code_ttl } =
            Settings::default().tickets;
        Self {
            transport: TransportName::Folder,
            folder: None,
            from: None,
            app_name: "Doorward".to_owned(),
            host: None,
            port: None,
            tls: SmtpTls::Starttls,
            ca_file: None,
            username: None,
            password: None,
            password_file: None,
            timeout: Length(MOST_TIMEOUT),
            templates: None,
            verify_page: None,
            reset_page: None,
            change_page: None,
            invitation_page: None,
            verify_ttl: Length(verify_ttl),
            reset_ttl: Length(reset_ttl),
            change_ttl: Length(change_ttl),
            invitation_ttl: Length(invitation_ttl),
            code_ttl: Length(code_ttl),
        }
    }
}

/// The ways out of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TransportName {
    /// To a mail server.
    Smtp,
    /// Into files.
    Folder,
}

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// TLS after a greeting.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// How mail leaves the house, judged.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The way out.
    pub transport: Transport,
    /// The sender.
    pub from: Mailbox,
    /// What the mails call the service.
    pub app_name: String,
    /// A folder with templates.
    pub templates: Option<PathBuf>,
    /// Where links lead to.
    pub pages: Pages,
}

/// The way out of the house.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(SmtpConfig),
    /// Into files in this folder.
    Folder(PathBuf),
}

/// The mail server.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub tls: SmtpTls,
    /// A certificate to be believed.
    pub ca_file: Option<PathBuf>,
    /// Name and password.
    pub credentials: Option<(String, Secret<String>)>,
    /// How long one step may take.
    pub timeout: Ttl,
}

/// Pages of the application that take tokens; `None` for Doorward's own.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    verify: Option<String>,
    reset: Option<String>,
    change: Option<String>,
    invitation: Option<String>,
}

impl Pages {
    /// Takes these where the operator has named none.
    pub(super) fn fill(&mut self, verify: Option<String>, reset: Option<String>) {
        self.verify = self.verify.take().or(verify);
        self.reset = self.reset.take().or(reset);
    }

    /// The page that mails of `kind` lead to.
    pub fn of(&self, kind: MailKind) -> Option<&str> {
        match kind {
            MailKind::VerifyEmail => self.verify.as_deref(),
            MailKind::ResetPassword => self.reset.as_deref(),
            MailKind::ChangeEmail => self.change.as_deref(),
            MailKind::Invitation => self.invitation.as_deref(),
            MailKind::PasswordChanged | MailKind::EmailChanged | MailKind::AccountDeleted => None,
            MailKind::SecondFactorAdded | MailKind::SecondFactorRemoved | MailKind::RecoveryCodeUsed => None,
            MailKind::PasskeyAdded | MailKind::PasskeyRemoved => None,
        }
    }
}

/// Judges `[mail]`.
pub(super) fn mail(
    mail: &Mail,
    database: &Path,
    public_url: &str,
    warnings: &mut Vec<String>,
) -> Checked<MailConfig> {
    let transport = match mail.transport {
        TransportName::Smtp => Transport::Smtp(smtp(mail, warnings)?),
        TransportName::Folder => {
            if mail.host.is_some() {
                return refused(
                    "mail.host is given and mail.transport is \"folder\": say transport = \"smtp\"",
                );
            }
            let beside = || database.with_file_name("mail");
            Transport::Folder(mail.folder.clone().unwrap_or_else(beside))
        }
    };
    Ok(MailConfig {
        transport,
        from: sender(mail.from.as_deref(), public_url, &mail.app_name)?,
        app_name: mail.app_name.clone(),
        templates: mail.templates.clone(),
        pages: Pages {
            verify: page("verify_page", mail.verify_page.as_deref())?,
            reset: page("reset_page", mail.reset_page.as_deref())?,
            change: page("change_page", mail.change_page.as_deref())?,
            invitation: page("invitation_page", mail.invitation_page.as_deref())?,
        },
    })
}

fn smtp(mail: &Mail, warnings: &mut Vec<String>) -> Checked<SmtpConfig> {
    let Some(host) = mail.host.clone().filter(|host| !host.is_empty()) else {
        return refused("mail.host: say which server takes the mail");
    };
    let password = secret("mail.password", mail.password.as_ref(), mail.password_file.as_deref(), warnings)?;
    let credentials = match (mail.username.clone(), password) {
        (Some(name), Some(password)) => Some((name, password)),
        (None, None) => None,
        _ => return refused("mail.username and mail.password: give both or neither"),
    };
    let is_near = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if mail.tls == SmtpTls::None && !is_near {
        if credentials.is_some() {
            return refused(format!(
                "mail.tls is \"none\" and {host} is another machine: the password would cross the network readable by \
                 all; say \"starttls\" or \"tls\""
            ));
        }
        warnings.push(format!("mail.tls: mails cross the network to {host} readable by all"));
    }
    if mail.timeout.0 == Ttl::ZERO || mail.timeout.0 > MOST_TIMEOUT {
        return refused("mail.timeout: more than nothing, and 5s at most");
    }
    let usual = match mail.tls {
        SmtpTls::Starttls => 587,
        SmtpTls::Tls => 465,
        SmtpTls::None => 25,
    };
    Ok(SmtpConfig {
        host,
        port: mail.port.unwrap_or(usual),
        tls: mail.tls,
        ca_file: mail.ca_file.clone(),
        credentials,
        timeout: mail.timeout.0,
    })
}

/// The sender; at the host of the public address unless another one is given.
fn sender(from: Option<&str>, public_url: &str, app_name: &str) -> Checked<Mailbox> {
    if app_name.is_empty() || app_name.chars().any(char::is_control) {
        return refused("mail.app_name: a name in one line");
    }
    if let Some(from) = from {
        return from.parse().map_err(|_| {
            ConfigError(format!("mail.from: {from:?} is no sender like \"Example <no-reply@example.com>\""))
        });
    }
    let host = match Url::parse(public_url).ok().and_then(|url| url.host().map(|host| host.to_owned())) {
        Some(Host::Domain(name)) => name,
        _ => "localhost".to_owned(),
    };
    let address = format!("no-reply@{host}").parse();
    let address = address.map_err(|_| ConfigError(format!("mail.from: give one, {host} is no domain")))?;
    Ok(Mailbox::new(Some(app_name.to_owned()), address))
}

/// The page of an application, by its whole address.
fn page(name: &str, text: Option<&str>) -> Checked<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.fragment().is_none() => {
            Ok(Some(url.to_string()))
        }
        _ => refused(format!("mail.{name}: {text:?} is no address like \"https://app.example/page\"")),
    }
}

/// How long what is mailed can be used.
pub(super) fn tickets(mail: &Mail) -> Checked<TicketSettings> {
    let lengths = [mail.verify_ttl, mail.reset_ttl, mail.change_ttl, mail.invitation_ttl, mail.code_ttl];
    if lengths.iter().any(|length| length.0 == Ttl::ZERO) {
        return refused("mail.*_ttl: a link or code has to work for a while");
    }
    if mail.code_ttl.0 > MOST_CODE_TTL {
        return refused("mail.code_ttl: 1h at most; a code is short enough to be guessed at");
    }
    if mail.reset_ttl.0 > Ttl::from_days(1) {
        return refused("mail.reset_ttl: 1d at most; whoever finds the mail later would have the account");
    }
    Ok(TicketSettings {
        verify_ttl: mail.verify_ttl.0,
        reset_ttl: mail.reset_ttl.0,
        change_ttl: mail.change_ttl.0,
        invitation_ttl: mail.invitation_ttl.0,
        code_ttl: mail.code_ttl.0,
    })
}
