//! Refusals as gRPC statuses: each code in one match.

use doorward_core::{Code, Error};
use tonic::Status;
use tonic::metadata::MetadataValue;

/// The metadata with the stable text of the code.
const CODE: &str = "doorward-code";
/// As `Retry-After` of HTTP, in seconds.
const RETRY_AFTER: &str = "retry-after";

/// The status of a refusal.
pub(super) fn status(error: &Error) -> Status {
    let code = error.code();
    if code == Code::Internal {
        tracing::error!(%error, "A gRPC call failed");
    }
    let mut status = Status::new(status_code(code), error.detail());
    status.metadata_mut().insert(CODE, MetadataValue::from_static(code.as_str()));
    if let Some(wait) = error.wait() {
        status.metadata_mut().insert(RETRY_AFTER, wait.as_seconds_ceil().into());
    }
    status
}

const fn status_code(code: Code) -> tonic::Code {
    match code {
        Code::MalformedBody
        | Code::MalformedParameter
        | Code::InvalidEmail
        | Code::InvalidUsername
        | Code::InvalidField
        | Code::InvalidScope
        | Code::InvalidFilter
        | Code::DocumentTypeUnknown
        | Code::TicketInvalid
        | Code::PasskeyInvalid
        | Code::InvalidGrant
        | Code::UnsupportedGrant
        | Code::UnauthorizedClient
        | Code::UnsupportedResponse
        | Code::UnsupportedRequest
        | Code::CaptchaRequired
        | Code::CaptchaFailed
        | Code::BodyTooLarge
        | Code::UnsupportedMediaType => tonic::Code::InvalidArgument,
        Code::PasswordTooShort | Code::PasswordTooLong => tonic::Code::InvalidArgument,
        Code::PasswordTooCommon | Code::PasswordBreached => tonic::Code::InvalidArgument,
        Code::PasswordHoldsName | Code::PasswordTooWeak => tonic::Code::InvalidArgument,
        Code::InvalidCredentials
        | Code::SecondFactorInvalid
        | Code::InvalidClient
        | Code::LoginRequired
        | Code::AuthenticationRequired
        | Code::TokenInvalid
        | Code::TokenExpired
        | Code::TokenRevoked
        | Code::TokenReused => tonic::Code::Unauthenticated,
        Code::CrossSite
        | Code::RegistrationClosed
        | Code::AccountDisabled
        | Code::EmailUnverified
        | Code::FreshLoginRequired
        | Code::WrongPassword
        | Code::WrongCode
        | Code::SecondFactorRequired
        | Code::RefusedByHook
        | Code::ConsentRequired
        | Code::AccessDenied
        | Code::Forbidden => tonic::Code::PermissionDenied,
        Code::NotFound | Code::SessionNotFound => tonic::Code::NotFound,
        Code::MethodNotAllowed => tonic::Code::Unimplemented,
        Code::TimedOut => tonic::Code::DeadlineExceeded,
        Code::EmailTaken | Code::UsernameTaken | Code::RoleTaken | Code::DocumentExists => {
            tonic::Code::AlreadyExists
        }
        Code::LastSuperuser | Code::LastWayIn | Code::NotConfigured => tonic::Code::FailedPrecondition,
        Code::Conflict => tonic::Code::Aborted,
        Code::TooManyAttempts | Code::RefreshRestricted | Code::QuotaReached => {
            tonic::Code::ResourceExhausted
        }
        Code::Overloaded | Code::CheckUnavailable | Code::StoreUnavailable => tonic::Code::Unavailable,
        Code::Internal => tonic::Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use doorward_core::Ttl;

    use super::*;

    #[test]
    fn a_refusal_tells_its_code_and_when_to_come_back_and_no_cause() {
        let error =
            Error::from(Code::StoreUnavailable).retry_after(Ttl::from_seconds(2)).because("/secret is full");

        let status = status(&error);

        assert_eq!(status.code(), tonic::Code::Unavailable);
        assert_eq!(status.metadata().get(CODE).unwrap(), "store_unavailable");
        assert_eq!(status.metadata().get(RETRY_AFTER).unwrap(), "2");
        assert!(!format!("{status:?}").contains("/secret"));
    }
}
