//! What each operation can refuse because of what it does.

use doorward_core::Code;

/// What an operation can refuse because of what it does.
pub(super) fn own(operation: &str) -> &'static [Code] {
    match operation {
        "register" => &[
            Code::InvalidEmail,
            Code::InvalidUsername,
            Code::InvalidField,
            Code::PasswordTooShort,
            Code::PasswordTooLong,
            Code::PasswordTooCommon,
            Code::PasswordHoldsName,
            Code::PasswordTooWeak,
            Code::PasswordBreached,
            Code::CaptchaRequired,
            Code::CaptchaFailed,
            Code::CheckUnavailable,
            Code::RegistrationClosed,
            Code::RefusedByHook,
            Code::Forbidden,
            Code::EmailTaken,
            Code::UsernameTaken,
            Code::TooManyAttempts,
        ],
        "login" => &[
            Code::InvalidCredentials,
            Code::AccountDisabled,
            Code::EmailUnverified,
            Code::SecondFactorRequired,
            Code::InvalidScope,
            Code::CrossSite,
            Code::Conflict,
            Code::CaptchaRequired,
            Code::CaptchaFailed,
            Code::CheckUnavailable,
            Code::TooManyAttempts,
        ],
        "refresh" => &[
            Code::TokenInvalid,
            Code::TokenReused,
            Code::TokenRevoked,
            Code::Conflict,
            Code::CheckUnavailable,
            Code::TooManyAttempts,
        ],
        "change_password" => &[
            Code::WrongPassword,
            Code::PasswordTooShort,
            Code::PasswordTooLong,
            Code::PasswordTooCommon,
            Code::PasswordHoldsName,
            Code::PasswordTooWeak,
            Code::PasswordBreached,
            Code::CheckUnavailable,
            Code::Conflict,
            Code::TooManyAttempts,
        ],
        "logout" => &[Code::Conflict],
        "end_session" => &[Code::NotFound, Code::SessionNotFound],
        _ => for_others(operation),
    }
}

/// As [`own`], for API keys and for what those who run the server do.
fn for_others(operation: &str) -> &'static [Code] {
    match operation {
        "introspect_token" | "revocations" => &[Code::Forbidden],
        "revoke_token" => &[Code::TooManyAttempts],
        "begin_login" => &[Code::NotFound, Code::CheckUnavailable],
        "finish_login" => &[
            Code::NotFound,
            Code::InvalidCredentials,
            Code::SecondFactorRequired,
            Code::AccountDisabled,
            Code::RegistrationClosed,
            Code::RefusedByHook,
            Code::InvalidEmail,
            Code::InvalidField,
            Code::EmailTaken,
            Code::CaptchaRequired,
            Code::CaptchaFailed,
            Code::CheckUnavailable,
            Code::Conflict,
            Code::TooManyAttempts,
        ],
        "begin_passkey"
        | "add_passkey"
        | "rename_passkey"
        | "remove_passkey"
        | "begin_passkey_login"
        | "login_with_passkey" => about_passkeys(operation),
        "admin_audit" | "admin_analytics" => &[Code::MalformedParameter],
        "create_api_key" => &[Code::InvalidField, Code::InvalidScope, Code::Forbidden, Code::Conflict],
        "revoke_api_key" => &[Code::NotFound, Code::Forbidden],
        "admin_import_users" => &[Code::MalformedParameter],
        "admin_read_user" => &[Code::NotFound],
        "admin_enable_user" | "admin_disable_user" => &[Code::NotFound, Code::Conflict, Code::LastSuperuser],
        "admin_list_sessions" | "admin_end_sessions" | "admin_list_api_keys" | "admin_revoke_api_key" => {
            &[Code::NotFound]
        }
        "admin_end_session" => &[Code::NotFound, Code::SessionNotFound],
        "userinfo" | "userinfo_by_post" => &[Code::Forbidden],
        "openid_configuration" => &[Code::NotFound],
        "admin_add_client" => &[Code::InvalidField, Code::InvalidScope],
        "admin_remove_client" | "withdraw_consent" => &[Code::NotFound],
        "admin_renew_client_secret" => &[Code::NotFound, Code::InvalidField],
        "admin_change_settings" => &[Code::InvalidField],
        "admin_create_role" => &[Code::InvalidField, Code::InvalidScope, Code::RoleTaken],
        "admin_update_role" => &[Code::NotFound, Code::InvalidField, Code::InvalidScope, Code::Conflict],
        "admin_delete_role" => &[Code::NotFound, Code::Conflict],
        "admin_give_role" | "admin_take_role" => &[Code::NotFound, Code::Conflict, Code::LastSuperuser],
        _ => about_mail(operation),
    }
}

/// As [`own`], for passkeys.
fn about_passkeys(operation: &str) -> &'static [Code] {
    match operation {
        "begin_passkey" => &[
            Code::Forbidden,
            Code::WrongPassword,
            Code::FreshLoginRequired,
            Code::InvalidField,
            Code::NotConfigured,
            Code::TooManyAttempts,
        ],
        "add_passkey" => &[Code::PasskeyInvalid, Code::InvalidField, Code::Forbidden, Code::NotConfigured],
        "rename_passkey" => &[Code::NotFound, Code::InvalidField, Code::Forbidden],
        "remove_passkey" => &[
            Code::NotFound,
            Code::LastWayIn,
            Code::Forbidden,
            Code::WrongPassword,
            Code::FreshLoginRequired,
            Code::TooManyAttempts,
        ],
        "begin_passkey_login" => &[Code::NotConfigured, Code::TooManyAttempts],
        _ => &[
            Code::InvalidCredentials,
            Code::AccountDisabled,
            Code::EmailUnverified,
            Code::InvalidScope,
            Code::CrossSite,
            Code::Conflict,
            Code::CheckUnavailable,
            Code::NotConfigured,
            Code::TooManyAttempts,
        ],
    }
}

/// As [`own`], for what is mailed and what is told of an account.
fn about_mail(operation: &str) -> &'static [Code] {
    match operation {
        "ask_verification" | "ask_password_reset" => &[
            Code::InvalidEmail,
            Code::CaptchaRequired,
            Code::CaptchaFailed,
            Code::CheckUnavailable,
            Code::TooManyAttempts,
        ],
        "verify_email" => &[Code::TicketInvalid, Code::TooManyAttempts],
        "confirm_email_change" => &[Code::TicketInvalid, Code::EmailTaken, Code::TooManyAttempts],
        "reset_password" => &[
            Code::TicketInvalid,
            Code::PasswordTooShort,
            Code::PasswordTooLong,
            Code::PasswordTooCommon,
            Code::PasswordHoldsName,
            Code::PasswordTooWeak,
            Code::PasswordBreached,
            Code::CheckUnavailable,
            Code::TooManyAttempts,
        ],
        "change_email" => &[
            Code::InvalidEmail,
            Code::InvalidField,
            Code::WrongPassword,
            Code::FreshLoginRequired,
            Code::TooManyAttempts,
        ],
        "update_profile" => {
            &[Code::InvalidUsername, Code::InvalidField, Code::Forbidden, Code::UsernameTaken, Code::Conflict]
        }
        "delete_account" => &[
            Code::WrongPassword,
            Code::FreshLoginRequired,
            Code::LastSuperuser,
            Code::Conflict,
            Code::TooManyAttempts,
        ],
        "admin_invite_user" => &[
            Code::InvalidEmail,
            Code::InvalidUsername,
            Code::InvalidField,
            Code::EmailTaken,
            Code::UsernameTaken,
        ],
        "admin_update_user" => {
            &[Code::NotFound, Code::InvalidUsername, Code::InvalidField, Code::UsernameTaken, Code::Conflict]
        }
        "admin_delete_user" => &[Code::NotFound, Code::LastSuperuser, Code::Conflict],
        "admin_reset_password" => &[Code::NotFound, Code::Conflict],
        "admin_verify_user" => &[Code::NotFound, Code::Conflict],
        "admin_list_mail" => &[Code::MalformedParameter],
        "admin_retry_mail" | "admin_discard_mail" => &[Code::NotFound],
        _ => about_second_factors(operation),
    }
}

/// As [`own`], for second factors.
fn about_second_factors(operation: &str) -> &'static [Code] {
    match operation {
        "finish_second_factor" => &[
            Code::SecondFactorInvalid,
            Code::TicketInvalid,
            Code::AccountDisabled,
            Code::EmailUnverified,
            Code::CrossSite,
            Code::CheckUnavailable,
            Code::TooManyAttempts,
        ],
        "begin_second_factor" => &[
            Code::WrongPassword,
            Code::FreshLoginRequired,
            Code::Forbidden,
            Code::Conflict,
            Code::TooManyAttempts,
        ],
        "confirm_second_factor" => &[Code::WrongCode, Code::NotFound, Code::Forbidden, Code::Conflict],
        "renew_recovery_codes" | "remove_second_factor" => {
            &[Code::WrongCode, Code::NotFound, Code::Forbidden, Code::TooManyAttempts]
        }
        "admin_remove_second_factor" => &[Code::NotFound],
        _ => about_documents(operation),
    }
}

/// As [`own`], for documents. Where none are kept, nothing is found.
fn about_documents(operation: &str) -> &'static [Code] {
    match operation {
        "create_document" | "upload_document" | "update_document" | "replace_document" => &[
            Code::NotFound,
            Code::Forbidden,
            Code::InvalidField,
            Code::BodyTooLarge,
            Code::MalformedBody,
            Code::DocumentExists,
            Code::DocumentTypeUnknown,
            Code::QuotaReached,
        ],
        "list_documents" | "delete_documents" => &[Code::NotFound, Code::InvalidFilter],
        "read_document" | "download_document" | "list_chunks" | "document_usage" => &[Code::NotFound],
        "delete_document" => &[Code::NotFound, Code::Forbidden],
        "create_collection" => &[Code::NotFound, Code::Forbidden, Code::InvalidField, Code::QuotaReached],
        "list_collections" | "read_collection" | "list_members" => &[Code::NotFound],
        "update_collection" => &[Code::NotFound, Code::Forbidden, Code::InvalidField],
        "delete_collection" | "add_to_collection" | "remove_from_collection" => {
            &[Code::NotFound, Code::Forbidden]
        }
        "add_member" | "remove_member" => &[Code::NotFound, Code::Forbidden, Code::Conflict],
        "search" | "answer" => &[
            Code::NotFound,
            Code::InvalidField,
            Code::InvalidFilter,
            Code::NotConfigured,
            Code::CheckUnavailable,
        ],
        _ => &[],
    }
}
