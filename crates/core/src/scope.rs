//! What a caller may do: a set of plain words.
//!
//! Scopes are compared letter by letter: no wild cards, no prefixes, no hierarchy. Those that begin with `admin:` are Doorward's
//! own and guard its administrators' API; whoever runs the server holds all of them.

macro_rules! built_in {
    ($($name:ident = $text:literal, $about:literal;)*) => {
        $(#[doc = $about] pub const $name: &str = $text;)*

        /// Doorward's own scopes, each with what it allows.
        pub const BUILT_IN: &[(&str, &str)] = &[$(($text, $about),)*];
    };
}

built_in! {
    ADMIN_USERS = "admin:users", "See, make, change and delete accounts.";
    ADMIN_SESSIONS = "admin:sessions", "See and end the sessions of others.";
    ADMIN_ROLES = "admin:roles", "Define roles, and give and take them.";
    ADMIN_SETTINGS = "admin:settings", "See and change the settings of the running server.";
    ADMIN_AUDIT = "admin:audit", "Read the audit log.";
    ADMIN_ANALYTICS = "admin:analytics", "Read figures about accounts and logins.";
    ADMIN_MAIL = "admin:mail", "See and manage mail that waits to be sent.";
    ADMIN_STATUS = "admin:status", "See how the server is.";
    ADMIN_WEBHOOKS = "admin:webhooks", "See and manage webhooks.";
}
