mod analytics;
mod audit;
mod mail;
mod roles;
mod sessions;
mod settings;
mod status;
mod users;
