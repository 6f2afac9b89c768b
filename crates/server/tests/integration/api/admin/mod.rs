mod audit;
mod roles;
mod users;
