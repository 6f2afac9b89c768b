mod change_email;
mod change_password;
mod delete;
mod export;
mod read;
mod update;
mod verification;
