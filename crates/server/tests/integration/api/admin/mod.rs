mod audit;
mod users;
