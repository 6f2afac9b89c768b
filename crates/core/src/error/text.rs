//! What a caller is told of each code where no more is known: one sentence, nothing secret.

use super::Code;

/// What is said of a code where no more is known.
pub(super) const fn of(code: Code) -> &'static str {
    match code {
        Code::MalformedBody => "The body is not of the documented form.",
        Code::MalformedParameter => "A part of the path or query is not of the documented form.",
        Code::BodyTooLarge => "The body is larger than this server takes.",
        Code::TimedOut => "The request took too long.",
        Code::UnsupportedMediaType => "Send the body as application/json.",
        Code::NotFound => "There is nothing here.",
        Code::MethodNotAllowed => "This path does not answer to this method.",
        Code::CrossSite => "A browser sent this request in the name of another site.",
        Code::InvalidEmail => "This is not an email address that can be used here.",
        Code::InvalidUsername => "This user name cannot be used here.",
        Code::InvalidField => "A field holds what it may not hold.",
        Code::EmailTaken => "There is an account with this email address.",
        Code::UsernameTaken => "There is an account with this user name.",
        Code::RegistrationClosed => "New accounts are not taken at present.",
        Code::LastSuperuser => "Nobody else runs this server. Make another account a superuser first.",
        Code::RoleTaken => "There is a role of this name.",
        Code::AccountDisabled => "This account is disabled.",
        Code::EmailUnverified => "Verify your email address first: the link and the code are in your mail.",
        Code::TicketInvalid => "This link or code is wrong, was used, or is too old. Ask for a new one.",
        Code::PasswordTooShort | Code::PasswordTooLong | Code::PasswordTooCommon => about_passwords(code),
        Code::PasswordBreached | Code::PasswordHoldsName | Code::PasswordTooWeak => about_passwords(code),
        Code::InvalidCredentials => "No account has this name and this password.",
        Code::WrongPassword => "The current password is not right.",
        Code::SecondFactorRequired | Code::SecondFactorInvalid | Code::WrongCode => about_factors(code),
        Code::PasskeyInvalid | Code::LastWayIn => about_factors(code),
        Code::FreshLoginRequired => "Give the password with this, or sign in again first.",
        Code::AuthenticationRequired => "Sign in and send the access token as a bearer token.",
        Code::TokenInvalid => "This token is not valid here.",
        Code::TokenExpired => "This token has expired.",
        Code::TokenRevoked => "The session of this token has ended.",
        Code::TokenReused => "This refresh token was used before; its session has been ended. Sign in again.",
        Code::Forbidden => "This credential does not allow that.",
        Code::InvalidScope => "This is no scope that can be given here.",
        Code::SessionNotFound => "You have no such session.",
        Code::DocumentExists | Code::DocumentTypeUnknown | Code::QuotaReached => about_documents(code),
        Code::InvalidFilter | Code::NotConfigured => about_documents(code),
        Code::InvalidClient | Code::ConsentRequired | Code::AccessDenied => about_applications(code),
        Code::UnauthorizedClient | Code::UnsupportedGrant | Code::LoginRequired => about_applications(code),
        Code::UnsupportedResponse | Code::UnsupportedRequest | Code::InvalidGrant => about_applications(code),
        Code::TooManyAttempts => "Too many attempts. Wait before the next one.",
        Code::RefreshRestricted => {
            "This session was given a fresh token a moment ago. Wait before the next one."
        }
        Code::RefusedByHook => "The operator's rules do not allow that.",
        Code::CaptchaRequired => "Solve a captcha and send its solution with the request.",
        Code::CaptchaFailed => "The captcha was not solved, or too long ago. Solve a new one.",
        Code::CheckUnavailable => "A service that has to be asked first does not answer. Try again shortly.",
        Code::Overloaded => "Too much is going on at once. Try again shortly.",
        Code::Conflict => {
            "This was changed by somebody else at the same time. Nothing was changed; try again."
        }
        Code::StoreUnavailable => {
            "The server cannot reach its database. Nothing was changed; try again shortly."
        }
        Code::Internal => "The server failed. The request id finds the reason in its log.",
    }
}

/// As [`of`], for what proves somebody beside a password.
const fn about_factors(code: Code) -> &'static str {
    match code {
        Code::SecondFactorRequired => "Show the second factor of the account: a code, with this ticket.",
        Code::PasskeyInvalid => "This is not what was asked of your device, or it took too long. Begin anew.",
        Code::LastWayIn => "Nothing else would let you in. Set a password or add another passkey first.",
        _ => "This code is wrong, or was used. Wait for the next one.",
    }
}

/// As [`of`], for documents.
const fn about_documents(code: Code) -> &'static str {
    match code {
        Code::DocumentExists => "You keep this document already.",
        Code::DocumentTypeUnknown => "This is no kind of document that is read here.",
        Code::QuotaReached => "You keep as much as you may.",
        Code::InvalidFilter => "The filter is not of the documented form.",
        _ => "This server is not set up for that.",
    }
}

/// As [`of`], for applications that people sign in to.
const fn about_applications(code: Code) -> &'static str {
    match code {
        Code::InvalidClient => "There is no such application, or this is not its secret.",
        Code::InvalidGrant => "This code or token is wrong, was used, or is too old. Begin anew.",
        Code::UnsupportedGrant => {
            "Tokens are given for authorization_code, refresh_token and client_credentials."
        }
        Code::UnauthorizedClient => "The application may not have tokens in this way.",
        Code::UnsupportedResponse => "Ask for response_type=code.",
        Code::UnsupportedRequest => "Send the parameters by themselves, not as an object.",
        Code::LoginRequired => "Nobody is signed in.",
        Code::ConsentRequired => "The owner of the account has not agreed yet.",
        _ => "The owner of the account does not agree.",
    }
}

/// As [`of`], for new passwords.
const fn about_passwords(code: Code) -> &'static str {
    match code {
        Code::PasswordTooShort => "The password is too short.",
        Code::PasswordTooLong => "The password is too long.",
        Code::PasswordTooCommon => "This password is one of the first that are guessed.",
        Code::PasswordBreached => "This password has leaked from some other service. Take another one.",
        Code::PasswordHoldsName => "The password must not repeat the account's email address or names.",
        _ => "This password is too easy to guess; make it longer or less regular.",
    }
}
