mod export;
mod import;
mod list;
mod manage;
mod tend;
