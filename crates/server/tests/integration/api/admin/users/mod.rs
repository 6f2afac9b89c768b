mod export;
mod import;
mod list;
mod manage;
