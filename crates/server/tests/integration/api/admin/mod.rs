mod analytics;
mod audit;
mod roles;
mod sessions;
mod settings;
mod status;
mod users;
