//! The first level of `OWASP ASVS` 5.0, one test for each requirement about passwords, sessions and accounts, named after it, and some of the
//! second about second factors. What
//! a requirement says is said by the test's name; the whole behaviour has its tests under `api/` and beside it.

mod accounts;
mod mails;
mod passwords;
mod second_factors;
mod sessions;
