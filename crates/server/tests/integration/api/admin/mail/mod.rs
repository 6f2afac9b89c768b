mod discard;
mod list;
mod retry;
