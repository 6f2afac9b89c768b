mod analytics;
mod audit;
mod roles;
mod users;
